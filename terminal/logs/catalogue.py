"""Every event of the log: its name and MESSAGE_ID never change their meaning.

What the program says stands where it says it; here is what each text is called, and which fields
its values go by. docs/logs.md has the same table, and systemd/ a catalogue for `journalctl -x` in
English and Chinese; tests hold them equal, and every text in the code to this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# A line each three seconds on and on, and twenty at once, of one event at one lane: more of it
# tells nobody more, and flash wears out.
BURST, PER_S = 20, 1 / 3
# Sixteen lanes with two scans a second each, for ten seconds at once.
DECIDED_BURST, DECIDED_PER_S = 320, 32.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """One thing that the log tells."""

    name: str
    message_id: str  # 32 hex digits, as journald has it (sd-id128)
    # By the text as the code has it: names of the fields that its values go by, in their order.
    texts: Mapping[str, tuple[str, ...]]
    burst: int = BURST  # at once, of one lane
    per_s: float = PER_S  # on and on


def _event(name: str, message_id: str, texts: Mapping[str, str]) -> LogEvent:
    told = {text: tuple(fields.split()) for text, fields in texts.items()}
    return LogEvent(name=name, message_id=message_id, texts=told)


OTHER = _event("other", "1f5d818db6be4ebfbdc0fff0d50dce62", {})
SUPPRESSED = _event(
    "log.suppressed",
    "3246698e370c470d885e5490990d9980",
    {"%d lines of %s were not written": "COUNT WHAT"},
)
DECIDED = LogEvent(
    name="lane.decided",
    message_id="78d1af6cd0a04ca7902a102bbd4cb716",
    texts={"lane %s: %s %s": ("LANE", "VERDICT", "REASON")},
    burst=DECIDED_BURST,
    per_s=DECIDED_PER_S,
)
EVENTS: tuple[LogEvent, ...] = (
    _event(
        "terminal.serving",
        "c8a60f63731740189577ca1f7dfb5565",
        {"serving %d lanes as %s": "LANES TERMINAL"},
    ),
    _event("terminal.stopped", "8a20e2c6b801468ca21c6c7bc7bc49dc", {"stopped": ""}),
    _event(
        "terminal.bug",
        "756bc031fc804492a16773b21b93221c",
        {
            "a bug in thread %s": "THREAD",
            "a bug in what a program asked for": "",
            "the program ends: %s": "KIND",
        },
    ),
    _event(
        "terminal.systemd-away",
        "d46829d8d1764e25801011a3c71a0670",
        {"systemd does not listen: %s": "DETAIL"},
    ),
    _event(
        "lane.in-service",
        "41fe1b0ef2c64cba92d7ef44234e6026",
        {"lane %s: in service with profile %s": "LANE PROFILE"},
    ),
    _event(
        "lane.out-of-service",
        "4f63c956aa6a4714a9bca629ea9f7369",
        {"lane %s: out of service: %s": "LANE REASON"},
    ),
    DECIDED,
    _event(
        "lane.too-late",
        "8c51adc150a041698694d925781743eb",
        {
            (
                "lane %s: entry %s was durable after %d ms only; nobody waits so"
                " long, so nothing was opened or answered; look at the disk"
            ): "LANE ENTRY MS"
        },
    ),
    _event(
        "lane.flooded",
        "7089aaa2487b4a1f846ee9c751964a89",
        {
            (
                "lane %s: %s, so one was not taken; if it goes on, look at what the"
                " scanner sees and at the disk"
            ): "LANE REASON",
            "lane %s: %d codes were not taken so far": "LANE COUNT",
        },
    ),
    _event(
        "lane.request-given-up",
        "573707323ef04e7385327f0f562c0ae2",
        {"lane %s: a request was given up: %s": "LANE REASON"},
    ),
    _event(
        "lane.stays-granted",
        "c0f940f1f171433d88eb407bdf6a0002",
        {
            (
                "lane %s: entry %s stays granted, though nobody used it: %s; take"
                " it back at the centre"
            ): "LANE ENTRY REASON"
        },
    ),
    _event(
        "lane.owing",
        "46cc8b48d67d4680a8ecee68dc197ed1",
        {"lane %s: a grant is not taken back yet: %s": "LANE REASON"},
    ),
    _event(
        "lane.note-lost",
        "00d692bacca643ba8b80e2d3a67b168f",
        {"lane %s: %s could not be written: %s": "LANE WHAT REASON"},
    ),
    _event(
        "emergency.asked",
        "f62417cdafa64d188726fc96b8d3a713",
        {"lane %s: %s asks: held open %s": "LANE CLIENT OPEN"},
    ),
    _event("emergency.changed", "d42b5a09f6cb4e2e98ae6a3702b4c956", {"lane %s: %s": "LANE REASON"}),
    _event(
        "emergency.left-open",
        "1e1b0688a27048f59b233e4b77354d4b",
        {
            (
                "lane %s: it was held open for an emergency when the terminal"
                " ended, and is closed now; if the emergency goes on:"
                " `scan-terminal emergency open`"
            ): "LANE"
        },
    ),
    _event(
        "emergency.unknown",
        "f5edaab680d14c268afae303707463ed",
        {"whether a lane was left open can't be told: %s": "REASON"},
    ),
    _event(
        "device.condition",
        "8161ac0cd92f4597a638c3162ada41f1",
        {"lane %s: %s %s %s": "LANE DEVICE CONDITION DETAIL"},
    ),
    _event(
        "driver.stuck",
        "57a3a53470a7405d85cc5cfc626b488c",
        {"driver %s does not end: it keeps its device; restart the daemon": "DRIVER"},
    ),
    _event(
        "driver.threads-left",
        "c24aaa9bd1c34347ace93426069539ac",
        {"driver %s leaves %d threads behind (%s): tell who made it": "DRIVER COUNT THREADS"},
    ),
    _event(
        "family.bug",
        "078f4552772f4d0a80048454b862ecf2",
        {"family %s: %s (number %d so far); tell who brought the family": "FAMILY REASON COUNT"},
    ),
    _event(
        "journal.mended",
        "3a9f3ce83414417aadf3fed6e0285b71",
        {"the journal was written anew after: %s": "REASON"},
    ),
    _event(
        "journal.fault",
        "d1895b8e00d74d85b3c7b7075c6c9756",
        {"the journal is not yet mended: %s": "REASON"},
    ),
    _event(
        "journal.unread",
        "9fe80b9f34dc40f2b02561a77cfef2cd",
        {
            "totals: the journal can't be read: %s": "REASON",
            "requests: the journal can't be asked: %s": "REASON",
            "the journal can't say where it stands: %s": "REASON",
            "refusals could not be written: %s": "REASON",
            "tickets: the journal can't be read: %s": "REASON",
        },
    ),
    _event("clock.fault", "cb529ac9ed9142eab322600d53e2e400", {"clock: %s": "REASON"}),
    _event(
        "clock.lesson",
        "18ab399b876d457392de75248232a463",
        {
            "clock: the kept acknowledgement teaches nothing: %s": "REASON",
            "clock: an entry of the journal teaches nothing: %s": "REASON",
        },
    ),
    _event(
        "clock.far",
        "cba80638c1a64a39919a1ac99b3a2d6c",
        {
            (
                "clock: a date lies too far ahead of what is known to be believed:"
                " %s %d (clock.far)"
            ): "SOURCE DATE"
        },
    ),
    _event(
        "clock.floor-reset",
        "6ded8f7436e04e41acfd865d93611b85",
        {"clock: floor reset %d: the floor is %d now": "ORDER FLOOR"},
    ),
    _event("trust.fault", "8323a0cc86364054a9bbe0487179b813", {"trust: %s": "REASON"}),
    _event("trust.left-out", "a80f864f078e40798124cdd586f0bafe", {"trust: left out: %s": "REASON"}),
    _event(
        "trust.expired", "b224dc0bddfa48588a130acbc83f5506", {"trust: past its expiry: %s": "ROLES"}
    ),
    _event(
        "trust.imported",
        "70cfd540d33048519d50033b003e032f",
        {"trust: version %d, %d s old, from %s": "VERSION AGE_S FOLDER"},
    ),
    _event(
        "trust.import-refused",
        "1b9b0770572640969394f1d9b87ec457",
        {"trust: nothing taken from %s: %s": "FOLDER REASON"},
    ),
    _event("sync.state", "edf561df4bef4959b4ab172357572683", {"sync: %s %s": "STATE DETAIL"}),
    _event("sync.histories", "7edfc0a73ce7464d9aa5fbe85188ef71", {"histories: %s": "REASON"}),
    _event(
        "approvals.out",
        "44ce354c23024394bff39d3d861703f7",
        {"approvals: no word from the centre, offline rules decide: %s": "REASON"},
    ),
    _event(
        "approvals.back",
        "b556e0b443934e28af0263a8bcb27acc",
        {"approvals: the centre answers again": ""},
    ),
    _event(
        "erasing.ordered",
        "ef26c5114d3f4480abaf266594a19ed1",
        {"the centre orders this terminal to erase itself: %s": "ORDER"},
    ),
    _event(
        "erasing.refused",
        "5a5540ef7c5f45b88816174327f14f77",
        {
            "an order to erase this terminal is not obeyed: %s": "REASON",
            "%s: the order is damaged: %s": "FILE REASON",
        },
    ),
    _event(
        "erasing.done",
        "d2a071c8d4514543bfe0da2f38cc4888",
        {"this terminal has erased itself by order %s of the centre": "ORDER"},
    ),
    _event(
        "erasing.untold",
        "daa26e93842848128d39b2e63e422f85",
        {
            "erasing: the centre does not know that it is obeyed: %s": "REASON",
            "erasing: the journal can't be brought home: %s": "REASON",
        },
    ),
    _event(
        "local.listening",
        "80a03c8971964479829d95c6483ad6a7",
        {"local interface: listening on %s": "LISTENER"},
    ),
    _event(
        "local.listener-down",
        "b0a43482261b43f199480534fe92848c",
        {"local interface: %s: %s": "LISTENER REASON"},
    ),
    _event(
        "local.wrong-token",
        "70199e6ff0044aa9afdae987ab3765be",
        {"local interface: a token that opens nothing came from %s": "PEER"},
    ),
    _event(
        "local.clients-fault",
        "e4458851cbab4b1bacbe4c204407ea6f",
        {"local interface: no program is let in: %s": "REASON"},
    ),
    _event(
        "content.shown",
        "3fb71e34050f436f80a854e2075a682f",
        {"content %s: version %d is shown": "CONTENT VERSION"},
    ),
    _event(
        "content.refused",
        "181555e22c164b0980e13a1a6e7fdb08",
        {"content %s: the last good one is shown: %s": "CONTENT REASON"},
    ),
    _event(
        "content.not-kept",
        "34fcdf02389b4816a711093596fa8572",
        {"content %s: not kept for later: %s": "CONTENT REASON"},
    ),
    _event(
        "metrics.unwritten",
        "ec5299f674724c17a0ac4c99cb43a808",
        {"metrics: %s can't be written: %s": "FILE REASON"},
    ),
    _event(
        "enrolment.unenrolled",
        "bb392fb2b4104ef1811e4addbbaa852a",
        {"not enrolled: no lane serves; arm it by `scan-terminal enrol --arm`": ""},
    ),
    _event("enrolment.state", "652fd7138a454eed96fc132010a50157", {"enrolment: %s": "DETAIL"}),
    _event(
        "enrolment.done",
        "e492b21f54bd42ae89b90af3444739ca",
        {"enrolled: this machine is %s, epoch %d": "TERMINAL EPOCH"},
    ),
    _event(
        "lane.not-asked",
        "989980a266974f1883118f05b987c154",
        {"lane %s: no card can be asked for now: %s": "LANE REASON"},
    ),
    _event(
        "queries.unanswered",
        "992437b0425e4ce4b3e25f7e932926a6",
        {"queries: no answer from the centre: %s": "REASON"},
    ),
    _event(
        "screen.no-recordings",
        "b4494fc8f89a46dbb9edd96b0facb13a",
        {"lane %s: its screen has no recordings: %s": "LANE REASON"},
    ),
    SUPPRESSED,
    OTHER,
)

_BY_TEXT = {text: event for event in EVENTS for text in event.texts}


def event_of(text: object) -> LogEvent:
    """Return what a text of the code is called; OTHER for one of a library."""
    return _BY_TEXT.get(text, OTHER) if isinstance(text, str) else OTHER
