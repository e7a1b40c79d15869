"""The journal's one thread: it groups whatever waits into one durable transaction.

While nothing waits it tidies up, a little at a time; and after a failed write it has the journal
written anew, so that the lanes serve again without anybody coming.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from offline_cache.errors import CacheError, CacheFault, DiskFull, JournalBusy
from offline_cache.journal import Append, Appended, Journal

log = logging.getLogger(__name__)

_T = TypeVar("_T")

# Sixteen lanes at two scans a second fill a quarter of it during one slow sync of 200 ms.
QUEUE_ENTRIES_MAX = 256
# One group's transaction stays short, so that no lane waits for more than one of them.
GROUP_ENTRIES_MAX = 64
# Nobody has come for so long: whoever comes next waits for one step of tidying up at most.
REST_AFTER_S = 0.05
# A disk that failed, or is full, is looked at again after so long. Writing a large journal anew
# takes as long itself.
AGAIN_AFTER_S = 5.0


class JournalFull(CacheFault):  # the condition is the name
    """The writer can't keep up; the presentation is not taken."""


@dataclass(frozen=True, slots=True)
class _Writing:
    request: Append
    future: Future[Appended]


@dataclass(frozen=True, slots=True)
class _Calling:
    function: Callable[[Journal], Any]
    future: Future[Any]


class JournalWriter:
    """Runs a `Journal` in a thread of its own; every access to it goes through here."""

    def __init__(self, open_journal: Callable[[], Journal]) -> None:
        self._open = open_journal
        self._queue: queue.SimpleQueue[_Writing | _Calling | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # nothing is put into the queue once the thread has ended
        self._fault: CacheFault | None = None
        self._was_told_to_end, self._has_ended = False, False
        self._wait_s: float | None = REST_AFTER_S  # None: nothing is left to tidy up
        self._told = ""  # what was logged last of a fault that stays
        # Is told, in this thread, how many seconds each group took to the disk.
        self.on_commit: Callable[[float], None] = _unheard
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    @property
    def fault(self) -> CacheFault | None:
        """Return why nothing is acknowledged any more; None while all is well."""
        return self._fault

    def start(self) -> None:
        """Open the journal in its thread.

        Raises:
            CacheError: as `Journal` says.
        """
        self._thread.start()
        self._opened.result()

    def append(self, request: Append) -> Future[Appended]:
        """Return what becomes of `request`; done once the entry is on the disk.

        The future raises KeyUsed or ReferenceRefused where the entry is not to be written, and
        CacheFault where it could not be.

        Raises:
            JournalFull: too many wait already.
            CacheFault: the journal failed before, or has ended.
        """
        if self._fault is not None:
            raise self._fault
        if self._queue.qsize() >= QUEUE_ENTRIES_MAX:
            raise JournalFull(
                f"the journal's queue is full ({QUEUE_ENTRIES_MAX} entries): the disk is too"
                " slow; look at its load and health"
            )
        future: Future[Appended] = _promise()
        self._put(_Writing(request, future))
        return future

    def call(self, function: Callable[[Journal], _T]) -> Future[_T]:
        """Run `function` on the journal in its thread, between two groups.

        Whoever calls waits for the answer, so that no more calls wait than there are threads.

        Raises:
            CacheFault: the thread has ended.
        """
        future: Future[_T] = _promise()
        self._put(_Calling(function, future))
        return future

    def stop(self) -> None:
        """Write what waits, close the journal and end the thread."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _put(self, item: _Writing | _Calling) -> None:
        with self._lock:
            if self._has_ended:
                raise self._fault or _ended()
            self._queue.put(item)

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            self._end()

    def _serve(self) -> None:
        try:
            journal = self._open()
        except CacheError as error:
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        try:
            while self._turn(journal):
                pass
            self._was_told_to_end = True
        finally:
            journal.close()

    def _end(self) -> None:
        """Leave nobody waiting, whatever ended the thread: an order, a fault or a bug."""
        if not self._was_told_to_end:
            self._fault = self._fault or _ended()
        with self._lock:
            self._has_ended = True
        if not self._opened.done():
            self._opened.set_exception(_ended())
        while not self._queue.empty():
            item = self._queue.get()
            if item is not None:
                self._fail(item)

    def _turn(self, journal: Journal) -> bool:
        """Do the next call, or the next group of entries; return whether to go on."""
        group = list[_Writing]()
        item = self._next(journal)
        while isinstance(item, _Writing):
            group.append(item)
            if len(group) >= GROUP_ENTRIES_MAX or self._queue.empty():
                self._write(journal, group)
                return True
            item = self._queue.get()
        self._write(journal, group)
        if item is not None:
            self._answer(journal, item)
        return item is not None

    def _next(self, journal: Journal) -> _Writing | _Calling | None:
        """Return what comes next; tidy up until it does."""
        while True:
            try:
                return self._queue.get(timeout=self._wait_s)
            except queue.Empty:
                self._rest(journal)

    def _rest(self, journal: Journal) -> None:
        """Do one step of what can wait, or of what a fault needs."""
        try:
            if journal.has_failed:
                journal.recover()
                log.warning("the journal was written anew after: %s", self._fault)
                self._fault = None  # what may still be wrong, a full disk say, is another matter
            has_more = journal.rest()
        except CacheError as error:
            if isinstance(error, CacheFault) and not isinstance(error, JournalBusy):
                self._note(error)
            self._tell(str(error))
            self._wait_s = AGAIN_AFTER_S
        else:
            self._fault, self._told = None, ""
            self._wait_s = REST_AFTER_S if has_more else None

    def _write(self, journal: Journal, group: list[_Writing]) -> None:
        """Commit a group and tell each of its writers; after a fault tell all that it failed."""
        try:
            if group and self._fault is None:
                begun_ns = time.perf_counter_ns()
                written = journal.append_each([item.request for item in group])
                self.on_commit((time.perf_counter_ns() - begun_ns) / 1e9)
                self._wait_s = REST_AFTER_S
                for item, entry in zip(group, written, strict=True):
                    if isinstance(entry, Appended):
                        item.future.set_result(entry)
                    else:
                        item.future.set_exception(entry)
        except JournalBusy as error:
            for item in group:
                item.future.set_exception(error)
        except CacheFault as error:
            self._note(error)
        finally:
            for item in group:
                self._fail(item)

    def _answer(self, journal: Journal, item: _Calling) -> None:
        try:
            item.future.set_result(item.function(journal))
            if self._fault is None:
                self._wait_s = REST_AFTER_S
        except CacheError as error:
            if isinstance(error, CacheFault) and not isinstance(error, JournalBusy | DiskFull):
                self._note(error)
            item.future.set_exception(error)
        finally:
            self._fail(item)

    def _tell(self, trouble: str) -> None:
        """Log what keeps the journal from being mended, once."""
        if trouble != self._told:
            log.error("the journal is not yet mended: %s", trouble)
        self._told = trouble

    def _note(self, fault: CacheFault) -> None:
        """Stop acknowledging, until `_rest` has mended it; that is tried as soon as can be."""
        if self._fault is None:
            self._wait_s = REST_AFTER_S
            self._fault = fault

    def _fail(self, item: _Writing | _Calling) -> None:
        """Tell a waiter that was not told anything yet."""
        if not item.future.done():
            item.future.set_exception(self._fault or _ended())


def _unheard(_: float) -> None:
    """Measure nothing: nobody wants to know."""


def _ended() -> CacheFault:
    return CacheFault("the journal's thread has ended; restart the terminal")


def _promise() -> Future[Any]:
    """Return a future that its waiter can't cancel: the writer always keeps its word."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future
