"""What the clock learns at start and at each sync, and from what (docs/protocol.md, "Time")."""

import logging

from offline_cache.floor_file import JournalPlace
from offline_cache.journal import Journal
from offline_cache.trust_store import Trust, TrustStore
from offline_cache.writer import JournalWriter
from protocol.acknowledgement import Acknowledgement, read_acknowledgement
from protocol.batch import Batch
from protocol.journal import LineMalformed, ReadLine, read_line
from terminal.timekeeping import Timekeeper
from verifier.clock import UNCERTAINTY_S_MAX, ClockQuality, FloorSource
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.verify import PROOF_AGE_S_MAX, PROOF_LEAD_S_MAX

log = logging.getLogger(__name__)

# Entries follow each other in time: the last that counts is among these, or lies behind so many
# others that its moment says little.
ENTRIES_READ = 200


def load_trust(
    store: TrustStore, timekeeper: Timekeeper, writer: JournalWriter, *, now: UnixSeconds
) -> Trust | None:
    """Return the trust that is held, after the clock learnt from it; None before the first.

    Raises:
        CacheError: a file is missing or altered, or the journal can't say where it ends.
    """
    trust = store.load(now=now)
    if trust is None:
        return None
    if _was_reset(trust, timekeeper, writer):  # what was judged at a false `now` is judged anew
        trust = store.load(now=timekeeper.read().now) or trust
    for problem in trust.problems:
        log.warning("trust: left out: %s", problem)
    if trust.expired:
        log.warning("trust: past its expiry: %s", ", ".join(trust.expired))
    dated_at = trust.trusted.issued_at
    if dated_at is not None:
        timekeeper.learn(dated_at, FloorSource.TRUST_INDEX)
        lists = (each.issued_at for each in trust.trusted.lists.values())
        # A list dated behind the index that names it is as false as it looks.
        newest = max((at for at in lists if at <= dated_at), default=None)
        if newest is not None:
            timekeeper.learn(newest, FloorSource.STATUS_LIST)
    return trust


def _was_reset(trust: Trust, timekeeper: Timekeeper, writer: JournalWriter) -> bool:
    order = trust.floor_reset
    return order is not None and timekeeper.reset(order, lambda: writer.call(_end).result())


def is_to_be_judged_anew(trust: Trust, now: UnixSeconds) -> bool:
    """Return whether lists may have been left out whose signer's time has begun since.

    So it is when `trust` was read before the clock was set right; nothing new need be published.
    """
    return any(
        key.is_within(now) and not key.is_within(trust.judged_at)
        for (role, _), sharing in trust.trusted.keys.items()
        for key in sharing
        if role is Role.STATUS
    )


def take_acknowledgement(ack: Acknowledgement, timekeeper: Timekeeper) -> None:
    """Let the clock learn from an acknowledgement of entries behind the last reset.

    One of earlier entries may be as old as what the reset undid, and come again.
    """
    if timekeeper.counts(JournalPlace(epoch=ack.epoch, seq=ack.acked)):
        timekeeper.learn(ack.date, FloorSource.ACKNOWLEDGEMENT)


def take_journal(writer: JournalWriter, keys: KeyTable, timekeeper: Timekeeper) -> None:
    """Let the clock learn, at start, from the kept acknowledgement and from our own entries.

    Args:
        writer: the journal's.
        keys: the trust list's; the acknowledgement's signer may have ended since.
        timekeeper: who learns.

    Raises:
        CacheError: the journal can't be read.
    """
    document, batch = writer.call(_kept).result()
    if document is not None:
        try:
            take_acknowledgement(read_acknowledgement(document, keys, now=None), timekeeper)
        except TrustError as error:
            log.info("clock: the kept acknowledgement teaches nothing: %s", error)
    believed_at = None if batch is None else _believed_at(batch, timekeeper)
    if believed_at is not None:
        timekeeper.learn(believed_at, FloorSource.JOURNAL)


def _end(journal: Journal) -> JournalPlace:
    return JournalPlace(epoch=journal.epoch, seq=journal.seq)


def _kept(journal: Journal) -> tuple[bytes | None, Batch | None]:
    batch = journal.batch_from(max(1, journal.seq - ENTRIES_READ + 1), ENTRIES_READ)
    return journal.kept_acknowledgement(), batch


def _believed_at(batch: Batch, timekeeper: Timekeeper) -> UnixSeconds | None:
    """Return when the last entry was written that counts; None: there is none."""
    for octets in reversed(batch.lines):
        try:
            line = read_line(octets)
        except LineMalformed as error:
            log.warning("clock: an entry of the journal teaches nothing: %s", error)
            continue
        if _counts(line, timekeeper):
            return line.at
    return None


def _counts(line: ReadLine, timekeeper: Timekeeper) -> bool:
    """Return whether an entry says when it was: two clocks agreed, ours and a citizen's phone.

    A clock that a person set a month ahead wrote entries too; they must not hold it to that month
    once it is right. No phone agreed with it.
    """
    was_trusted = line.fields["clock"] == ClockQuality.TRUSTED.value
    is_behind_reset = timekeeper.counts(JournalPlace(epoch=line.epoch, seq=line.seq))
    return was_trusted and is_behind_reset and _is_agreed(line.at, line.fields.get("iat"))


def _is_agreed(at: UnixSeconds, iat: object) -> bool:
    lead_s = iat - at if isinstance(iat, int) else None
    if lead_s is None:  # a printed card, or a count of refusals
        return False
    return -PROOF_AGE_S_MAX - UNCERTAINTY_S_MAX <= lead_s <= PROOF_LEAD_S_MAX + UNCERTAINTY_S_MAX
