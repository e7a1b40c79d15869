"""Enrolment and sync with a real centre, and with somebody in between."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest

from offline_cache.errors import CacheCorrupt
from offline_cache.identity import Identity, load_identity
from offline_cache.state import StateFolder
from protocol.acknowledgement import Acknowledgement, acknowledgement_octets
from protocol.journal import extend_all, genesis
from protocol.keys import SigningKey
from protocol.problems import ProblemCode
from terminal.desk import Desk
from terminal.enrolling import enrol_terminal
from terminal.errors import CentreRefused, CentreUnreachable, UsageError
from terminal.settings import Settings
from terminal.sync import trust
from terminal.sync.machine import GROWTH_SUCCESSES, SyncState
from terminal.sync.thread import Round, Sync
from terminal.timekeeping import system_now
from tests.support.journals import dynamic
from tests.support.middleman import (
    SLOW_BODY,
    SLOW_BODY_WITHOUT_LENGTH,
    SLOW_HEAD,
    Asked,
    Drip,
    Told,
)
from tests.support.site import Town
from tests.support.syncs import JOURNAL, TIMESTAMP, Line, acked, at_work, hurried, refusal, write
from verifier.errors import TrustError
from verifier.model import UnixSeconds

pytestmark = [pytest.mark.slow, pytest.mark.journey]

# Enrolment.


def test_a_code_makes_a_machine_a_terminal_and_its_identity_is_on_disk(
    settings: Settings, identity: Identity, name: str
) -> None:
    assert (identity.terminal, identity.epoch) == (name, 1)
    assert load_identity(StateFolder(settings.state_folder).identity) == identity
    assert not (settings.state_folder / "enrolling.json").exists()


def test_a_terminal_is_not_enrolled_over(settings: Settings, identity: Identity) -> None:
    with pytest.raises(UsageError, match="enrolled already"):
        enrol_terminal(settings, "a" * 26)
    assert load_identity(StateFolder(settings.state_folder).identity) == identity


def test_after_a_lost_answer_the_same_code_brings_the_same_identity(
    settings: Settings, line: Line, code: str, name: str
) -> None:
    """The centre had enrolled the machine; the machine never heard of it."""
    lost: list[Told | None] = []

    def lose(asked: Asked) -> None:
        lost.append(line.honest(asked))

    line.at("/v1/enrolments", lose)
    with pytest.raises(CentreUnreachable):
        enrol_terminal(settings, code)
    assert lost[0] is not None
    assert lost[0].status == 201
    line.man.answer = line.honest
    identity = enrol_terminal(settings, code)
    assert identity.terminal == name
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() == 0.0
        assert acked(desk) == 1


def test_a_code_that_is_none_is_told_before_anybody_is_asked(
    settings: Settings, line: Line
) -> None:
    for text in ("", "x", "1" * 26, "ключ" * 7, "a" * 27):
        with pytest.raises(UsageError, match="26 letters"):
            enrol_terminal(settings, text)
    assert line.man.asked == []


def test_an_unknown_code_is_the_centres_refusal(settings: Settings) -> None:
    with pytest.raises(CentreRefused, match="code-unknown"):
        enrol_terminal(settings, "a" * 26)


def test_an_answer_that_somebody_else_signed_enrols_nobody(
    settings: Settings, line: Line, code: str
) -> None:
    def forge(asked: Asked) -> Told | None:
        told = line.honest(asked)
        assert told is not None
        return replace(told, body=told.body.replace(b'"epoch":1', b'"epoch":9'))

    line.at("/v1/enrolments", forge)
    with pytest.raises(TrustError, match="no trusted key of role command signed"):
        enrol_terminal(settings, code)
    assert not StateFolder(settings.state_folder).identity.exists()


@pytest.mark.parametrize("octets", [b"junk", b"{}", b'{"signing":"00","opening":"00"}'])
def test_keys_of_an_enrolment_under_way_that_are_damaged_are_told(
    settings: Settings, code: str, octets: bytes
) -> None:
    settings.state_folder.mkdir()
    (settings.state_folder / "enrolling.json").write_bytes(octets)
    with pytest.raises(CacheCorrupt, match=r"enrolling\.json: damaged"):
        enrol_terminal(settings, code)


# Upload.


@pytest.mark.usefixtures("identity")
def test_all_entries_arrive_once_and_are_acknowledged(
    settings: Settings, town: Town, name: str
) -> None:
    with at_work(settings) as (desk, sync):
        write(desk, *range(1, 6))
        assert sync.round() == 0.0
        assert acked(desk) == 5
        write(desk, 6)
        assert sync.round() == 0.0
        assert acked(desk) == 6
        assert sync.round() == 0.0
        assert sync.machine.state is SyncState.WORKING
    assert [seq for _, seq, _ in town.entries(name)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.usefixtures("identity")
def test_a_lost_acknowledgement_is_asked_for_again_and_doubles_nothing(
    settings: Settings, town: Town, line: Line, name: str
) -> None:

    def lose(asked: Asked) -> None:
        line.honest(asked)

    line.at(JOURNAL, lose)
    with at_work(settings) as (desk, sync):
        write(desk, 1, 2)
        sync.round()
        assert sync.machine.state is SyncState.BACKING_OFF
        assert acked(desk) == 0
        line.man.answer = line.honest
        write(desk, 3)
        assert sync.round() == 0.0
        assert acked(desk) == 3
    assert [seq for _, seq, _ in town.entries(name)] == [1, 2, 3]


def forged(
    desk: Desk, *, key: SigningKey, acked: int = 3, terminal: str | None = None
) -> Callable[[Asked], Told]:
    """Return an answer that acknowledges what was never sent to the centre."""
    identity = desk.identity

    def answer(_: Asked) -> Told:
        batch = desk.writer.call(lambda journal: journal.batch_from(1)).result(10)
        assert batch is not None
        head = extend_all(genesis(identity.terminal, identity.epoch), batch.lines[:acked])
        ack = Acknowledgement(
            terminal=terminal or identity.terminal,
            epoch=identity.epoch,
            acked=acked,
            head=head,
            date=system_now(),
        )
        return Told(body=acknowledgement_octets(ack, key))

    return answer


@pytest.mark.usefixtures("identity")
def test_an_acknowledgement_signed_by_another_key_acknowledges_nothing(
    settings: Settings, town: Town, line: Line, name: str
) -> None:
    with at_work(settings) as (desk, sync):
        write(desk, 1, 2, 3)
        line.at(JOURNAL, forged(desk, key=SigningKey(bytes(32))))
        sync.round()
        assert acked(desk) == 0
        assert "no trusted key of role command" in sync.machine.detail
        line.man.answer = line.honest
        sync.round()
        assert acked(desk) == 3
    assert len(town.entries(name)) == 3


@pytest.mark.parametrize("body", [b"", b"{}", b"junk", b"\xff", b"[" * 60_000])
@pytest.mark.usefixtures("identity")
def test_an_acknowledgement_that_is_none_acknowledges_nothing(
    settings: Settings, line: Line, body: bytes
) -> None:
    line.at(JOURNAL, lambda _: Told(body=body))
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        sync.round()
        assert acked(desk) == 0
        assert sync.machine.state is SyncState.BACKING_OFF


@pytest.mark.usefixtures("identity")
def test_an_old_acknowledgement_shown_again_waits_and_does_not_spin(
    settings: Settings, line: Line
) -> None:
    """It is honest and signed, and says nothing of what was sent now."""
    kept: list[Told | None] = []

    def keep(asked: Asked) -> Told | None:
        kept.append(line.honest(asked))
        return kept[0]

    line.at(JOURNAL, keep)
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() == 0.0
        write(desk, 2)
        before = len(kept)
        sync.round()
        assert len(kept) - before <= 2
        assert acked(desk) == 1
        assert "before what was sent" in sync.machine.detail


@pytest.mark.usefixtures("identity")
def test_a_centre_that_lost_its_end_is_sent_it_again(
    settings: Settings, line: Line, town: Town, name: str
) -> None:
    """Asked for entry 1 although all is acknowledged: the restored centre's gap."""
    asked_for: list[bool] = []

    def gap_once(asked: Asked) -> Told | None:
        if asked_for:
            return line.honest(asked)
        asked_for.append(True)
        return refusal(ProblemCode.GAP, need=1)

    with at_work(settings) as (desk, sync):
        write(desk, 1, 2)
        sync.round()
        line.at(JOURNAL, gap_once)
        write(desk, 3)
        assert sync.round() == 0.0
        assert acked(desk) == 3
    assert [seq for _, seq, _ in town.entries(name)] == [1, 2, 3]


@pytest.mark.parametrize("need", [4, 10**12, 10**30])
@pytest.mark.usefixtures("identity")
def test_a_centre_that_wants_what_was_never_written_halts_and_harms_no_lane(
    settings: Settings, line: Line, need: int
) -> None:
    line.at(JOURNAL, lambda _: refusal(ProblemCode.GAP, need=need))
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() > 0
        assert sync.machine.state is SyncState.HALTED
        write(desk, 2)


@pytest.mark.usefixtures("identity")
def test_a_restored_disk_is_found_out_and_halts(settings: Settings) -> None:
    """The journal was copied, went on, and came back as it had been."""
    journal = settings.state_folder / "journal.db"
    with at_work(settings) as (desk, _):
        write(desk, 1)
    copy = journal.read_bytes()
    with at_work(settings) as (desk, sync):
        write(desk, 2, 3)
        sync.round()
    journal.write_bytes(copy)
    with at_work(settings) as (desk, sync):
        write(desk, 20, 30)
        sync.round()
        assert sync.machine.state is SyncState.HALTED
        assert acked(desk) == 0


@pytest.mark.parametrize(
    ("made_up", "state"),
    [
        (ProblemCode.MALFORMED, SyncState.REFUSED),
        (ProblemCode.FORK, SyncState.HALTED),
        (ProblemCode.EPOCH, SyncState.HALTED),
        (ProblemCode.GAP, SyncState.HALTED),
        (ProblemCode.SUSPENDED, SyncState.REFUSED),
    ],
)
@pytest.mark.usefixtures("identity")
def test_a_refusal_that_somebody_made_up_ends_no_upload(
    settings: Settings, line: Line, made_up: ProblemCode, state: SyncState
) -> None:
    """One document, not signed by anybody; then the line is honest again."""
    told = refusal(made_up, need=9, at=1, line=1)
    line.at(JOURNAL, lambda _: told)
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() > 0
        assert (sync.machine.state, acked(desk)) == (state, 0)
        line.man.answer = line.honest
        assert sync.round() == 0.0
        assert (sync.machine.state, acked(desk)) == (SyncState.WORKING, 1)


@pytest.mark.usefixtures("identity")
def test_a_mirror_that_takes_too_long_holds_up_no_upload(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "REFRESH_S_MAX", 0.0)
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        assert sync.round() > 0
        assert acked(desk) == 1
        assert "not everything came" in sync.machine.detail


@pytest.mark.usefixtures("identity")
def test_a_halt_outlasts_a_fault_of_the_network(settings: Settings, line: Line, town: Town) -> None:
    line.at(JOURNAL, lambda _: refusal(ProblemCode.FORK, at=1))
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        sync.round()
        line.man.answer = lambda _: None
        sync.round()
        assert sync.machine.state is SyncState.HALTED
        assert sync.machine.detail.startswith("fork")
        line.at(JOURNAL, lambda _: refusal(ProblemCode.FORK, at=1))
        assert desk.trust is not None
        before = desk.trust.version
        town.centre.publish()
        sync.round()
        assert desk.trust.version == before + 1  # what is published still comes in


@pytest.mark.usefixtures("identity")
def test_a_centre_that_takes_less_is_sent_less_and_then_more_again(
    settings: Settings, line: Line
) -> None:
    left = [refusal(ProblemCode.TOO_LARGE)] * 8
    line.at(JOURNAL, lambda asked: left.pop() if left else line.honest(asked))
    with at_work(settings) as (desk, sync):
        write(desk, *range(1, 5))
        assert sync.round() == 0.0
        assert acked(desk) == 4
        write(desk, *range(5, 5 + GROWTH_SUCCESSES))
        assert sync.round() == 0.0
        assert sync.machine.batch_entries > 1


# Answers without end, and the end of the sync.


@pytest.mark.parametrize(
    "drip",
    [SLOW_HEAD, SLOW_BODY, SLOW_BODY_WITHOUT_LENGTH],
    ids=["head", "body", "body without length"],
)
@pytest.mark.usefixtures("identity")
def test_an_answer_without_end_is_told_and_does_not_wedge_the_sync(
    settings: Settings, line: Line, drip: Drip
) -> None:
    line.at(JOURNAL, lambda _: drip)
    with hurried(settings, 1.0) as (desk, sync):
        write(desk, 1)
        sync.round()
        assert sync.machine.state is SyncState.BACKING_OFF
        assert "no whole answer within 1 s" in sync.machine.detail
        line.man.answer = line.honest
        assert sync.round() == 0.0
        assert acked(desk) == 1


@pytest.mark.usefixtures("identity")
def test_the_thread_ends_at_once_though_an_answer_drips(settings: Settings, line: Line) -> None:
    line.at(JOURNAL, lambda _: SLOW_HEAD)
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        sync.start()
        assert line.man.drips.wait(20)
        sync.stop()
        assert not sync._thread.is_alive()
        assert sync.machine.state is SyncState.WORKING  # it was we who ended the request


@pytest.mark.usefixtures("identity")
def test_a_round_that_is_asked_for_begins_after_it_was(settings: Settings, line: Line) -> None:
    """What was written while a round ran is home when the answer comes."""
    asked_for: list[Future[Round | None]] = []

    def ask_meanwhile(asked: Asked) -> Told | None:
        told = line.honest(asked)
        if not asked_for:
            desk.writer.append(dynamic("02"))
            asked_for.append(sync.ask_round())
        return told

    with at_work(settings) as (desk, sync):
        write(desk, 1)
        line.at(TIMESTAMP, ask_meanwhile)
        begun = len(line.man.asked)
        first = sync.ask_round()
        sync.start()
        assert first.result(20) == Round(state=SyncState.WORKING, detail="")
        assert asked_for[0].result(20) == Round(state=SyncState.WORKING, detail="")
        assert acked(desk) == 2
        paths = [asked.path for asked in line.man.asked[begun:]]
        assert paths.count(TIMESTAMP) == 2
        sync.stop()


@pytest.mark.usefixtures("identity")
def test_a_round_that_never_comes_is_not_waited_for(settings: Settings, line: Line) -> None:
    line.at(JOURNAL, lambda _: SLOW_BODY)
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        in_hand = sync.ask_round()
        sync.start()
        assert line.man.drips.wait(20)
        late = sync.ask_round()
        sync.stop()
        assert in_hand.result(0) is None
        assert late.result(0) is None
        assert sync.ask_round().result(0) is None


# Trust.


def _rolled_back(line: Line, town: Town) -> Told | None:
    old = line.honest(Asked(method="GET", path=TIMESTAMP, headers={}, body=b""))
    town.centre.publish()
    return old


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (Told(body=b"junk"), ""),
        (Told(status=503, headers={"Retry-After": "5"}), "HTTP status 503"),
        (None, "no connection"),
        ("old", "an old timestamp came"),
        ("fork", "fork"),
        ("gap", "gap"),
        ("too-large", "too-large"),
    ],
)
@pytest.mark.usefixtures("identity")
def test_trust_that_can_not_be_taken_holds_up_no_upload(
    settings: Settings, town: Town, line: Line, told: Told | str | None, says: str
) -> None:
    with at_work(settings) as (desk, sync):
        match told:
            case "old":
                answer = _rolled_back(line, town)
                sync.round()  # takes the newer
            case str():
                answer = refusal(ProblemCode(told), need=1, at=1)
            case _:
                answer = told
        line.at(TIMESTAMP if told == "old" else "/tuf/", lambda _: answer)
        write(desk, 1, 2)
        sync.round()
        assert acked(desk) == 2
        assert sync.machine.state is SyncState.BACKING_OFF
        assert says in sync.machine.detail
        assert sync.machine.detail
        write(desk, 3)
        sync.round()
        assert acked(desk) == 3
        line.man.answer = line.honest
        assert sync.round() == 0.0
        assert sync.machine.state is SyncState.WORKING


@pytest.mark.parametrize("tag", ['"\x85a"', "\x0bx", '"\x0bx"'])
@pytest.mark.usefixtures("identity")
def test_a_poisoned_tag_hinders_nothing(settings: Settings, line: Line, tag: str) -> None:
    def poison(asked: Asked) -> Told | None:
        told = line.honest(asked)
        return told and replace(told, headers={**told.headers, "etag": tag})

    with at_work(settings) as (desk, sync):
        line.at("/tuf/", poison)
        assert sync.round() == 0.0
        write(desk, 1)
        assert sync.round() == 0.0
        assert acked(desk) == 1


@pytest.mark.usefixtures("identity")
def test_a_round_without_news_is_two_requests_and_no_octets(settings: Settings, line: Line) -> None:
    with at_work(settings) as (_, sync):
        sync.round()
        begun = len(line.man.asked)
        sync.round()
        root, timestamp = line.man.asked[begun:]
    assert (root.path, timestamp.path) == ("/tuf/metadata/2.root.json", TIMESTAMP)
    told = line.honest(timestamp)
    assert told is not None
    assert (told.status, told.body) == (304, b"")


@pytest.mark.usefixtures("identity")
def test_what_is_published_later_reaches_the_lanes(settings: Settings, town: Town) -> None:
    with at_work(settings) as (desk, sync):
        assert desk.trust is not None
        before = desk.trust.version
        town.centre.publish()
        sync.round()
        assert desk.trust.version == before + 1


@pytest.mark.usefixtures("identity")
def test_a_floor_that_can_not_be_kept_stops_no_terminal_and_no_trust(
    settings: Settings, town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    floor = StateFolder(settings.state_folder).floor
    floor.unlink(missing_ok=True)
    floor.mkdir()
    with at_work(settings) as (desk, sync):
        assert "the clock's floor could not be kept" in caplog.text
        assert desk.trust is not None
        before = desk.trust.version
        town.centre.publish()
        sync.round()
        assert desk.trust.version == before + 1
        assert "the clock's floor could not be kept" in sync.machine.detail
        floor.rmdir()
        sync.round()
        assert floor.is_file()


@pytest.mark.usefixtures("identity")
def test_lists_left_out_while_the_clock_was_wrong_are_taken_once_it_is_right(
    settings: Settings, line: Line
) -> None:
    """Nothing new is published, and nobody reaches the centre."""
    with at_work(settings) as (desk, first):
        assert desk.trust is not None
        without = replace(desk.trust.trusted, lists={})
        desk.trust = replace(desk.trust, trusted=without, judged_at=UnixSeconds(0))
        sync = Sync(first._links, trust=desk.trust, interval_s=3600)
        line.at("/", lambda _: Told(status=503))
        sync.round()
        assert desk.trust.trusted.lists
        judged = desk.trust
        sync.round()
        assert desk.trust is judged, "once"


@pytest.mark.usefixtures("identity")
def test_trust_that_could_not_be_read_at_the_start_is_read_by_the_first_round(
    settings: Settings,
) -> None:
    with at_work(settings) as (desk, first):
        desk.trust = None  # its files were another user's; somebody gave them back meanwhile
        sync = Sync(first._links, trust=None, interval_s=3600)
        assert sync.round() == 0.0
        assert desk.trust is not None


@pytest.mark.usefixtures("identity")
def test_trust_that_arrives_in_pieces_keeps_what_was_held_and_is_taken_later(
    settings: Settings, town: Town, line: Line
) -> None:
    with at_work(settings) as (desk, sync):
        held = desk.trust
        town.centre.revoke(town.phones(1)[0])
        town.centre.publish()
        line.at("/targets/status/", lambda _: Told(body=b"junk"))
        sync.round()
        assert desk.trust is held
        assert "is not the file that was named" in sync.machine.detail
        line.man.answer = line.honest
        sync.round()
        assert desk.trust is not held


@pytest.mark.usefixtures("identity")
def test_an_older_timestamp_shown_again_is_refused(
    settings: Settings, line: Line, town: Town
) -> None:
    old = line.honest(Asked(method="GET", path=TIMESTAMP, headers={}, body=b""))
    town.centre.publish()
    with at_work(settings) as (desk, sync):
        sync.round()
        assert desk.trust is not None
        version = desk.trust.version
        line.at(TIMESTAMP, lambda _: old)
        sync.round()
        assert desk.trust.version == version
        assert "an old timestamp came" in sync.machine.detail


@pytest.mark.usefixtures("identity")
def test_the_thread_ends_when_it_is_told_to(settings: Settings) -> None:
    with at_work(settings) as (desk, sync):
        write(desk, 1)
        sync.start()
        sync.stop()
        assert not sync._thread.is_alive()
