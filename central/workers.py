"""The threads that work with the database, and uploads that share one commit.

SQLite takes one writer, and waits for the disk several times at each commit: uploads that wait
for it anyhow go in together, each undone by itself where it is refused. PostgreSQL takes several
writers and joins their waits for the disk itself.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from central.errors import Refused, StoreUnavailable
from central.store.store import Store

_T = TypeVar("_T")

# What one commit carries at most: all uploads that may be in flight (routes/journals.py), some
# 16,000 entries, which SQLite writes in a second or two.
GROUP_MAX = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    task: Callable[[], Any]
    future: Future[Any]


class Workers:
    """As many threads as the database serves at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        threads = store.database.connections
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="store")
        self._is_grouping = threads == 1
        self._waiting: deque[_Job] = deque()

    def work(self, task: Callable[[], _T]) -> Future[_T]:
        """Do `task` in a thread."""
        return self._threads.submit(task)

    def write(self, task: Callable[[], _T]) -> Future[_T]:
        """Do `task` in a thread; its result comes when what it has written is durable.

        It may be done twice: once beside others, undone with them, and then by itself.
        """
        if not self._is_grouping:
            return self._threads.submit(task)
        future: Future[_T] = Future()
        self._waiting.append(_Job(task=task, future=future))
        self._threads.submit(self._drain)
        return future

    def shut_down(self) -> None:
        """End what was begun, then the threads."""
        self._threads.shutdown()

    def _drain(self) -> None:
        """Do what waits at once; where one has a fault, each is done again by itself."""
        taken = [self._waiting.popleft() for _ in range(min(GROUP_MAX, len(self._waiting)))]
        jobs = [job for job in taken if job.future.set_running_or_notify_cancel()]
        together = _done(partial(self._together, jobs)) if len(jobs) > 1 else None
        if together is None or _is_fault(together):
            answers = [_done(job.task) for job in jobs]
        else:
            answers = together.result() if together.exception() is None else [together] * len(jobs)
        for job, answer in zip(jobs, answers, strict=True):
            _pass_on(answer, job.future)

    def _together(self, jobs: Sequence[_Job]) -> list[Future[Any]]:
        """Return what each came to; a refused one has undone what it wrote."""
        with self._store.transaction():
            answers = [_done(job.task) for job in jobs]
            for answer in answers:
                if not isinstance(answer.exception(), Refused | None):
                    answer.result()  # raises: nothing of the others stays either
        return answers


def _is_fault(together: Future[Any]) -> bool:
    """Return whether a group failed over one of its own; a database in want fails them all."""
    error = together.exception()
    return error is not None and not isinstance(error, StoreUnavailable)


def _done(task: Callable[[], _T]) -> Future[_T]:
    """Return what came of `task`, for whoever waits for it."""
    future: Future[_T] = Future()
    try:
        future.set_result(task())
    except BaseException as error:  # noqa: BLE001  # as an executor: whoever waits is told
        future.set_exception(error)
    return future


def _pass_on(answer: Future[_T], waiting: Future[_T]) -> None:
    error = answer.exception()
    if error is None:
        waiting.set_result(answer.result())
    else:
        waiting.set_exception(error)
