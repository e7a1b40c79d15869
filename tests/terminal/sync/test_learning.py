"""A terminal in simulated time: what its clock learns, from start to start, and how it is fooled.

Trust, journal and floor lie on a disk; the network is a folder, the machine's clocks are set by
hand.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offline_cache.floor_file import FloorFile
from offline_cache.journal import Append, Journal
from offline_cache.trust_store import TrustStore
from offline_cache.writer import JournalWriter
from protocol.acknowledgement import Acknowledgement, acknowledgement_octets
from protocol.floor_reset import RESET_PATH, FloorReset, reset_octets
from protocol.keys import SigningKey
from protocol.trust_folder import KEYS_PATH
from terminal.bootstrap import open_timekeeper
from terminal.desk import Desk
from terminal.presenting import Outcome
from terminal.sync.learning import (
    is_to_be_judged_anew,
    load_trust,
    take_acknowledgement,
    take_journal,
)
from terminal.timekeeping import BUILD_DATE, MachineClocks, Timekeeper
from tests.support.cards import HOLDER, NOW, holder_part, issuer_claims, issuer_part, public, text
from tests.support.desks import IDENTITY
from tests.support.journals import draft
from tests.support.publishing import Folder
from tests.support.trust import (
    CARD_KEY,
    COMMAND,
    LIST_NAME,
    STATUS,
    jwk,
    keys_json,
    status_token,
)
from verifier.clock import (
    FLOOR_LEAD_S_MAX,
    FLOOR_STEP_S_MAX,
    ClockQuality,
    ClockState,
    FloorSource,
)
from verifier.errors import TrustError
from verifier.model import UnixSeconds, Verdict
from verifier.reasons import Reason

YEAR_2099 = 4_070_908_800
DAY = 86_400
TRUSTED, UNTRUSTED = ClockQuality.TRUSTED, ClockQuality.UNTRUSTED
COMMAND_SIGNER = SigningKey(bytes(COMMAND))
DEAD_CLOCKS = [0, BUILD_DATE - 100 * DAY]  # 1970; a date that systemd finds plausible


class Site:
    """One terminal's disk and machine, and the folder that its centre publishes."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, Folder()
        self.now, self.ms, self.synchronised = NOW, 50_000, False
        self.store = TrustStore(path / "trust", self.folder.pinned)

    def boot(self, now: int, *, synchronised: bool = False) -> None:
        self.now, self.ms, self.synchronised = now, 4_000, synchronised

    def pass_s(self, seconds: int) -> None:
        self.now, self.ms = self.now + seconds, self.ms + seconds * 1_000

    @contextmanager
    def terminal(self) -> Iterator["Terminal"]:
        """Start the terminal's program, and end it."""
        writer = JournalWriter(lambda: Journal(self.path / "j.db", terminal="gate-7", epoch=1))
        writer.start()
        try:
            yield Terminal(self, writer)
        finally:
            writer.stop()

    def publish(self, issued_at: int, *, reset: FloorReset | None = None) -> None:
        """Publish, sync, and end: one short run of the program."""
        with self.terminal() as terminal:
            terminal.sync(issued_at, reset=reset)


class Terminal:
    """The program at work."""

    def __init__(self, site: Site, writer: JournalWriter) -> None:
        self.site, self.writer = site, writer
        clocks = MachineClocks(
            system=lambda: UnixSeconds(site.now),
            monotonic_ms=lambda: site.ms,
            is_synchronised=lambda: site.synchronised,
        )
        self.keeper: Timekeeper = open_timekeeper(FloorFile(site.path / "clock.json"), clocks)
        self.desk = Desk(IDENTITY, writer, self.keeper)
        self.take()
        if self.desk.trust is not None:
            take_journal(writer, self.desk.trust.trusted.keys, self.keeper)
        self.keeper.keep()

    @property
    def floor(self) -> int:
        return self.keeper.standing().floor

    @property
    def quality(self) -> ClockQuality:
        return self.keeper.read().quality

    def take(self) -> None:
        now = self.keeper.read().now
        self.desk.trust = load_trust(self.site.store, self.keeper, self.writer, now=now)

    def sync(self, issued_at: int, *, reset: FloorReset | None = None) -> None:
        """Fetch what the centre publishes, dated `issued_at`."""
        site = self.site
        if reset is not None:
            site.folder.files[RESET_PATH] = reset_octets(reset)
        site.folder.publish(issued_at=issued_at)
        site.store.accept(site.folder, now=self.keeper.read().now)
        self.take()
        self.keeper.keep()

    def write(self, at: int, quality: ClockQuality = TRUSTED, *, iat: int | None = None) -> None:
        """Append an entry of a phone, drawn when it was shown or at `iat`, whatever the clock says."""
        shown = draft(at=at, iat=at if iat is None else iat, clock=quality)
        self.writer.append(Append(draft=shown, claim=None)).result(10)

    def acknowledged(self, date: int) -> None:
        """Take the centre's acknowledgement of all entries, dated `date`."""
        ack = self.writer.call(lambda journal: _acknowledged(journal, date)).result(10)
        take_acknowledgement(ack, self.keeper)
        self.keeper.keep()

    def show(self, code: bytes) -> Outcome:
        """Present a code at the gate."""
        profile = self.desk.profile("gate")
        assert profile is not None
        judged = self.desk.judge(text(code), lane="gate-1", profile=profile)
        return asyncio.run(self.desk.settle(judged, lane="gate-1", profile=profile, seen_ms=0))


def _acknowledged(journal: Journal, date: int) -> Acknowledgement:
    ack = Acknowledgement(
        terminal=journal.terminal,
        epoch=journal.epoch,
        acked=journal.seq,
        head=journal.chain,
        date=UnixSeconds(date),
    )
    journal.acknowledge(ack, acknowledgement_octets(ack, COMMAND_SIGNER))
    return ack


def dynamic(*, iat: int, exp: int = NOW + DAY, nbf: int = NOW - DAY) -> bytes:
    """Return a phone's code whose every time is of our choice."""
    issued = issuer_part(issuer_claims(exp=exp, nbf=nbf, holder=public(HOLDER)))
    return holder_part(issued, {6: iat})


def printed(*, exp: int) -> bytes:
    return issuer_part(issuer_claims(exp=exp))


def order(number: int, floor: int) -> FloorReset:
    return FloorReset(number=number, floor=UnixSeconds(floor))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


# A life.


@pytest.mark.parametrize("dead", DEAD_CLOCKS)
def test_a_reboot_without_a_clock_refers_until_a_time_server_answers(site: Site, dead: int) -> None:
    site.boot(NOW, synchronised=True)
    with site.terminal() as terminal:
        terminal.sync(NOW)
        assert terminal.show(dynamic(iat=NOW)).verdict is Verdict.GRANT
        site.pass_s(7_200)
        terminal.keeper.keep()
    site.boot(dead)
    with site.terminal() as terminal:
        reading = terminal.keeper.read()
        assert (reading.quality, reading.now) == (UNTRUSTED, NOW + 7_200)
        site.pass_s(1_000)
        refused = terminal.show(dynamic(iat=NOW + 7_000))
        assert (refused.verdict, refused.reason) == (Verdict.DENY, Reason.PROOF_TOO_OLD)
        referred = terminal.show(dynamic(iat=NOW + 8_200))
        assert (referred.verdict, referred.reason) == (
            Verdict.REFER,
            Reason.TERMINAL_CLOCK_UNTRUSTED,
        )
        site.now, site.synchronised = NOW + 9_000, True
        assert terminal.keeper.read().uncertainty_s == 0
        assert terminal.show(dynamic(iat=NOW + 9_000)).verdict is Verdict.GRANT


def test_a_sync_tells_a_terminal_without_a_clock_what_has_passed(site: Site) -> None:
    site.boot(0)
    with site.terminal() as terminal:
        assert terminal.keeper.read().now == BUILD_DATE
        terminal.sync(BUILD_DATE + 10 * DAY)
        terminal.write(BUILD_DATE, UNTRUSTED)
        terminal.acknowledged(BUILD_DATE + 10 * DAY + 5)
        reading = terminal.keeper.read()
        assert (reading.quality, reading.now) == (UNTRUSTED, BUILD_DATE + 10 * DAY + 5)
    site.boot(0)
    with site.terminal() as terminal:
        assert terminal.keeper.read().now == BUILD_DATE + 10 * DAY + 5


def test_an_acknowledgement_is_learnt_again_at_start_where_the_floor_was_not_written(
    site: Site,
) -> None:
    site.publish(BUILD_DATE)
    with site.terminal() as terminal:
        terminal.write(BUILD_DATE, UNTRUSTED)
        terminal.acknowledged(BUILD_DATE + 900)
    record = FloorFile(site.path / "clock.json").read()
    assert record is not None
    assert record.kept.floor == BUILD_DATE, "less than an hour on: not written yet"
    site.boot(0)
    with site.terminal() as terminal:
        assert terminal.keeper.read().now == BUILD_DATE + 900


def test_an_old_program_in_a_terminal_with_a_right_clock_trusts_it_from_the_start(
    site: Site,
) -> None:
    """What it learns is cut short, for it is months past the build date; its clock is right."""
    with site.terminal() as terminal:
        terminal.sync(NOW)
        assert terminal.floor < NOW
        assert terminal.quality is TRUSTED


# Holders.


def test_no_time_in_a_holders_code_raises_the_floor(site: Site) -> None:
    site.publish(NOW)
    with site.terminal() as terminal:
        before = terminal.floor
        far = 4_294_967_295
        outcomes = [
            terminal.show(dynamic(iat=far)),
            terminal.show(dynamic(iat=far, exp=far)),
            terminal.show(dynamic(iat=NOW, exp=far, nbf=far - 1)),
            terminal.show(dynamic(iat=NOW, exp=far)),
        ]
        assert [each.reason for each in outcomes] == [
            Reason.PROOF_FROM_THE_FUTURE,
            Reason.PROOF_FROM_THE_FUTURE,
            Reason.NOT_YET_VALID,
            None,
        ]
        assert (terminal.floor, terminal.quality) == (before, TRUSTED)
    with site.terminal() as terminal:
        assert terminal.floor == before


def test_under_an_untrusted_clock_a_phone_of_the_far_future_raises_nothing(site: Site) -> None:
    site.publish(NOW)
    site.boot(0)
    with site.terminal() as terminal:
        before = terminal.floor
        for _ in range(3):
            outcome = terminal.show(dynamic(iat=4_294_967_295))
            assert outcome.verdict is not Verdict.GRANT
        assert terminal.floor == before
    with site.terminal() as terminal:
        assert terminal.floor == before


# Documents with a false date.


def test_an_index_of_2099_reaches_a_quarter_of_an_hour_past_a_time_server(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.boot(NOW, synchronised=True)
    with site.terminal() as terminal:
        terminal.sync(NOW)
        terminal.sync(YEAR_2099)
        assert terminal.floor == NOW + FLOOR_LEAD_S_MAX
        assert terminal.quality is UNTRUSTED
        far = terminal.keeper.standing().far
        assert far is not None
        assert (far.source, far.date) == (FloorSource.TRUST_INDEX, YEAR_2099)
        for _ in range(10):
            terminal.take()
    assert caplog.text.count("clock.far") == 1, "told once"


@pytest.mark.parametrize("fast_s", [31, 120, FLOOR_LEAD_S_MAX, YEAR_2099])
def test_a_fast_centre_makes_a_terminal_with_a_time_server_refer_and_not_deny(
    site: Site, fast_s: int
) -> None:
    site.boot(NOW, synchronised=True)
    with site.terminal() as terminal:
        terminal.sync(NOW + fast_s)
        told = terminal.show(dynamic(iat=NOW))
        assert (told.verdict, told.reason) == (Verdict.REFER, Reason.TERMINAL_CLOCK_UNTRUSTED)
        photograph = terminal.show(dynamic(iat=NOW - 91))
        assert (photograph.verdict, photograph.reason) == (Verdict.DENY, Reason.PROOF_TOO_OLD)
        site.pass_s(FLOOR_LEAD_S_MAX)
        assert terminal.show(dynamic(iat=site.now)).verdict is Verdict.GRANT


def test_an_index_of_2099_reaches_thirty_days_and_no_restart_takes_it_further(site: Site) -> None:
    site.folder.files[LIST_NAME] = status_token(bytes(1 << 18), claims={6: BUILD_DATE})
    site.publish(BUILD_DATE + DAY)
    site.boot(BUILD_DATE + DAY)
    site.publish(YEAR_2099)
    expected = BUILD_DATE + DAY + FLOOR_STEP_S_MAX
    for _ in range(10):
        site.boot(BUILD_DATE + DAY)
        with site.terminal() as terminal:
            assert terminal.floor == expected
            assert terminal.quality is UNTRUSTED


def test_an_acknowledgement_of_2099_has_one_step_live_and_at_every_start(site: Site) -> None:
    site.publish(BUILD_DATE + DAY)
    site.boot(BUILD_DATE + DAY)
    with site.terminal() as terminal:
        terminal.write(BUILD_DATE + DAY)
        for _ in range(10):
            terminal.acknowledged(YEAR_2099)
        assert terminal.floor == BUILD_DATE + DAY + FLOOR_STEP_S_MAX
    for _ in range(3):
        with site.terminal() as terminal:
            assert terminal.floor == BUILD_DATE + DAY + FLOOR_STEP_S_MAX


def test_a_status_list_dated_behind_its_index_teaches_nothing(site: Site) -> None:
    site.folder.files[LIST_NAME] = status_token(bytes(1 << 18), claims={6: NOW + 60})
    site.boot(NOW, synchronised=True)
    with site.terminal() as terminal:
        terminal.sync(NOW)
        assert terminal.floor == NOW
        site.folder.files[LIST_NAME] = status_token(bytes(1 << 18), claims={6: NOW + 119})
        terminal.sync(NOW + 120)
        assert terminal.floor == NOW + 120


# Our own entries.


def restarted_floor(site: Site, *entries: tuple[int, ClockQuality]) -> int:
    """Return what `now` is, without a clock, after a start on a journal with these entries."""
    site.publish(BUILD_DATE + DAY)
    with site.terminal() as terminal:
        for at, quality in entries:
            terminal.write(at, quality)
    site.boot(0)
    with site.terminal() as terminal:
        return terminal.keeper.read().now


def test_an_entry_under_a_trusted_clock_counts_at_the_next_start(site: Site) -> None:
    entries = [(BUILD_DATE + 2 * DAY, TRUSTED), (BUILD_DATE + 5 * DAY, UNTRUSTED)]
    assert restarted_floor(site, *entries) == BUILD_DATE + 2 * DAY


def test_an_entry_under_an_untrusted_clock_counts_for_nothing(site: Site) -> None:
    assert restarted_floor(site, (BUILD_DATE + 5 * DAY, UNTRUSTED)) == BUILD_DATE + DAY


def test_an_entry_of_2099_counts_for_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    assert restarted_floor(site, (YEAR_2099, TRUSTED)) == BUILD_DATE + DAY
    assert "journal" not in caplog.text, "one of a month offline is as far ahead, and right"


@pytest.mark.parametrize(
    ("lead_s", "counts"), [(-91, False), (-90, True), (0, True), (45, True), (46, False)]
)
def test_an_entry_counts_where_the_phones_clock_agreed(
    site: Site, lead_s: int, *, counts: bool
) -> None:
    site.publish(BUILD_DATE + DAY)
    at = BUILD_DATE + 2 * DAY
    with site.terminal() as terminal:
        terminal.write(at, iat=at + lead_s)
    site.boot(0)
    with site.terminal() as terminal:
        assert terminal.keeper.read().now == (at if counts else BUILD_DATE + DAY)


def test_a_clock_set_right_after_it_was_weeks_ahead_is_believed_at_the_next_start(
    site: Site,
) -> None:
    """Everybody was refused under it, and entries say so; nobody's phone agreed."""
    site.publish(NOW)
    site.boot(NOW + 20 * DAY)
    with site.terminal() as terminal:
        assert terminal.quality is TRUSTED
        for shown in (dynamic(iat=NOW, exp=NOW + 40 * DAY), printed(exp=NOW + 40 * DAY)):
            assert terminal.show(shown).seq is not None
    site.boot(NOW + 60)
    with site.terminal() as terminal:
        assert terminal.show(dynamic(iat=NOW + 60)).verdict is Verdict.GRANT


# Resets.


def poison(site: Site) -> None:
    """Let everything that counts at a start bear a false date, ten days on."""
    false = BUILD_DATE + 10 * DAY
    site.publish(BUILD_DATE)
    site.boot(BUILD_DATE)
    with site.terminal() as terminal:
        terminal.sync(false)
        terminal.write(false + 7_200)
        terminal.acknowledged(false + 3_600)
        terminal.write(false + 7_300)
    with site.terminal() as terminal:
        assert terminal.keeper.read().now == false + 7_300


def test_a_reset_undoes_all_that_was_learnt_before_it_for_good(site: Site) -> None:
    poison(site)
    site.boot(BUILD_DATE + DAY)
    with site.terminal() as terminal:
        assert terminal.quality is UNTRUSTED
        terminal.sync(BUILD_DATE + DAY, reset=order(1, BUILD_DATE + DAY))
        assert terminal.floor == BUILD_DATE + DAY
        assert terminal.quality is TRUSTED
        assert terminal.keeper.standing().far is None
    for _ in range(2):
        site.boot(BUILD_DATE + DAY)
        with site.terminal() as terminal:
            assert terminal.floor == BUILD_DATE + DAY
            assert (terminal.quality, terminal.keeper.standing().state) == (
                TRUSTED,
                ClockState.ALONE,
            )


def test_after_a_reset_an_old_acknowledgement_that_comes_again_teaches_nothing(site: Site) -> None:
    poison(site)
    with site.terminal() as terminal:
        terminal.sync(BUILD_DATE, reset=order(1, BUILD_DATE))
        terminal.acknowledged(BUILD_DATE + 20 * DAY)
        assert terminal.floor == BUILD_DATE
        terminal.write(BUILD_DATE)
        terminal.acknowledged(BUILD_DATE + 60)
        assert terminal.floor == BUILD_DATE + 60


def test_a_reset_is_followed_once_however_often_it_is_published(site: Site) -> None:
    reset = order(1, BUILD_DATE)
    site.boot(NOW, synchronised=True)
    with site.terminal() as terminal:
        terminal.sync(NOW, reset=reset)
        for minute in range(1, 4):
            terminal.sync(NOW + minute * 60, reset=reset)
            assert terminal.floor == NOW + minute * 60
    site.boot(0)
    with site.terminal() as terminal:
        assert terminal.floor == NOW + 180


@pytest.mark.parametrize("number", [1, 2])
def test_a_reset_with_an_old_number_lowers_nothing(site: Site, number: int) -> None:
    site.boot(NOW, synchronised=True)
    with site.terminal() as terminal:
        terminal.sync(NOW, reset=order(2, BUILD_DATE))
        terminal.sync(NOW + 60, reset=order(number, BUILD_DATE))
        assert terminal.floor == NOW + 60


def test_a_number_that_was_used_stays_used_when_the_trust_folder_is_made_anew(
    site: Site,
) -> None:
    site.boot(NOW, synchronised=True)
    site.publish(NOW, reset=order(1, BUILD_DATE))
    site.store = TrustStore(site.path / "trust-2", site.folder.pinned)
    with site.terminal() as terminal:
        terminal.sync(NOW + 60, reset=order(1, BUILD_DATE))
        assert terminal.floor == NOW + 60


def test_a_reset_that_its_role_may_not_order_is_refused(site: Site) -> None:
    """Whoever holds the key of status lists alone lowers no floor."""
    site.publish(NOW)
    repository = site.folder.repository
    octets = reset_octets(order(1, BUILD_DATE))
    repository.add("status", RESET_PATH, octets)
    repository.publish("status", "snapshot", "timestamp")
    with site.terminal() as terminal:
        before = terminal.floor
        site.store.accept(site.folder, now=UnixSeconds(NOW))
        terminal.take()
        assert terminal.desk.trust is not None
        assert terminal.desk.trust.floor_reset is None
        assert terminal.floor == before


def test_a_reset_that_is_not_the_file_that_was_named_is_refused(site: Site) -> None:
    site.publish(NOW)
    site.folder.files[RESET_PATH] = reset_octets(order(1, BUILD_DATE))
    with site.terminal() as terminal:
        before = terminal.floor
        site.folder.publish()
        site.folder.repository.files[RESET_PATH] = reset_octets(order(2, BUILD_DATE))
        with pytest.raises(TrustError, match="not the file"):
            site.store.accept(site.folder, now=UnixSeconds(NOW))
        terminal.take()
        assert terminal.floor == before


def test_a_reset_out_of_form_loses_only_itself(site: Site) -> None:
    site.folder.files[RESET_PATH] = b'{"number":1}'
    site.boot(NOW, synchronised=True)
    with site.terminal() as terminal:
        terminal.sync(NOW)
        assert terminal.floor == NOW
        assert terminal.desk.trust is not None
        assert RESET_PATH in terminal.desk.trust.problems[0]


def test_the_reset_of_a_false_clock_brings_back_lists_whose_signer_it_had_ended(
    site: Site,
) -> None:
    """At a `now` years ahead the status key is past its end, and its lists are left out."""
    site.boot(NOW)
    with site.terminal() as terminal:
        for month in range(45):
            terminal.keeper.learn(UnixSeconds(YEAR_2099 + month), FloorSource.ACKNOWLEDGEMENT)
        terminal.sync(NOW)
        assert terminal.desk.trust is not None
        assert not terminal.desk.trust.trusted.lists
        terminal.sync(NOW + 60, reset=order(1, NOW))
        assert terminal.desk.trust.trusted.lists


@pytest.mark.parametrize(
    ("read_at", "now", "is_anew"),
    [
        (NOW - 1, NOW - 1, False),
        (NOW - 1, NOW, True),
        (NOW, NOW, False),
        (NOW, NOW - 1, False),  # what was believed stays
        (NOW + DAY, NOW + DAY - 1, True),
        (NOW + DAY - 1, NOW + DAY, False),
    ],
)
def test_lists_are_judged_anew_when_their_signers_time_has_begun(
    site: Site, read_at: int, now: int, *, is_anew: bool
) -> None:
    signer = jwk(public(STATUS), role="status", formats=[], nbf=NOW, exp=NOW + DAY)
    site.folder.files[KEYS_PATH] = keys_json(jwk(CARD_KEY.key), signer)
    site.folder.publish()
    site.store.accept(site.folder, now=UnixSeconds(read_at))
    trust = site.store.load(now=UnixSeconds(read_at))
    assert trust is not None
    assert bool(trust.trusted.lists) == (NOW <= read_at < NOW + DAY)
    assert is_to_be_judged_anew(trust, UnixSeconds(now)) is is_anew


# The disk.


def test_a_damaged_floor_is_told_and_begun_anew(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.boot(NOW, synchronised=True)
    site.publish(NOW)
    (site.path / "clock.json").write_bytes(b"junk")
    with site.terminal() as terminal:
        assert terminal.floor == NOW, "what is signed is still there"
    assert "remove it" in caplog.text


def test_a_kept_acknowledgement_whose_signer_is_gone_teaches_nothing(site: Site) -> None:
    site.publish(BUILD_DATE)
    stranger = SigningKey(bytes(32))
    with site.terminal() as terminal:
        terminal.write(BUILD_DATE)

        def keep(journal: Journal) -> None:
            ack = _acknowledged(journal, BUILD_DATE + DAY)
            journal._connection.execute(
                "UPDATE checkpoint SET document = ?", (acknowledgement_octets(ack, stranger),)
            )

        terminal.writer.call(keep).result(10)
    site.boot(0)
    with site.terminal() as terminal:
        assert terminal.keeper.read().now == BUILD_DATE
