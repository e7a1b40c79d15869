"""Every metric of a terminal. docs/metrics.md has the same table; a test holds them equal."""

from protocol.use import Cause, NoteKind
from terminal.lanes.passage import Passage
from terminal.metrics.metric import Kind, Metric

# What a lane does takes from some microseconds to the seconds that a failing disk costs.
_DECIDE_S = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05)
_DISK_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_PEOPLE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def _counter(name: str, told: str, *labels: str) -> Metric:
    return Metric(name=f"scan_terminal_{name}", kind=Kind.COUNTER, help=told, labels=labels)


def _gauge(name: str, told: str, *labels: str, is_volatile: bool = False) -> Metric:
    return Metric(
        name=f"scan_terminal_{name}",
        kind=Kind.GAUGE,
        help=told,
        labels=labels,
        is_volatile=is_volatile,
    )


def _histogram(name: str, told: str, bounds: tuple[float, ...], *labels: str) -> Metric:
    return Metric(
        name=f"scan_terminal_{name}",
        kind=Kind.HISTOGRAM,
        help=told,
        labels=labels,
        bounds=bounds,
    )


DECISIONS = _counter(
    "decisions_total",
    "Presentations that ended, by verdict and reason; reason none for a plain grant.",
    *("lane", "verdict", "reason"),
)
UNPROVEN = _counter(
    "refusals_unproven_total",
    "Refusals before anything was proven: they name nobody and leave a count alone.",
    *("lane", "reason"),
)
DECODE = _histogram(
    "decode_seconds",
    "From the first sight of a code (or its first octet) to the whole code.",
    _PEOPLE_S,
    "lane",
)
DECIDE = _histogram(
    "decide_seconds", "Verifying and judging one code, without the journal.", _DECIDE_S, "lane"
)
COMMIT = _histogram(
    "journal_commit_seconds", "One transaction of the journal, on the disk when it ends.", _DISK_S
)
ANSWER = _histogram(
    "answer_seconds",
    "From the first sight of a code to the gate's command or the counter's answer.",
    _PEOPLE_S,
    "lane",
)
PASSAGES = _counter(
    "passages_total",
    "What happened at the gate: made, tailgating, forced, wrong-way, and what was taken back.",
    *("lane", "outcome"),
)
APPROVALS = _counter(
    "approvals_total",
    "Sales on which the centre's word was wanted: approved, declined, no-word, not-asked.",
    "outcome",
)
BREAKER = _gauge(
    "approvals_out", "1 while the centre is not asked, for it has not answered for a while."
)
DROPPED = _counter(
    "codes_dropped_total", "Codes that were not taken, for too many waited or one too long.", "lane"
)
SCANNER = _counter(
    "scanner_events_total",
    "What befell a scanner, by its own names: frames looked at, processes replaced, lines lost.",
    *("lane", "event"),
)
LANE_STATE = _gauge("lane_state", "1 for the state that a lane is in.", "lane", "state")
LANE_TROUBLE = _gauge(
    "lane_trouble", "1 while a lane is out of service or one of its devices is down.", "lane"
)
DEVICES = _gauge(
    "devices",
    "How many devices of one part of a lane are in each condition.",
    *("lane", "part", "condition"),
)
DEVICES_POOR = _gauge(
    "devices_poor",
    "How many devices of one part of a lane work, but in some respect not as they are set.",
    *("lane", "part"),
)
JOURNAL_LAST = _gauge("journal_last_entry", "Number of the journal's last entry.")
JOURNAL_ACKED = _gauge(
    "journal_acknowledged_entry", "Number of the last entry that the centre acknowledged."
)
JOURNAL_PENDING = _gauge("journal_pending_entries", "Entries that the centre has not acknowledged.")
JOURNAL_FAULT = _gauge(
    "journal_fault", "1 while nothing is acknowledged to any lane, for the journal failed."
)
VALUE_STOP = _gauge(
    "value_stop", "1 while no lane may move money, for the journal's history is in doubt."
)
SYNC_STATE = _gauge("sync_state", "1 for the state that the sync is in.", "state")
SYNC_SUCCESS = _gauge(
    "sync_last_success_timestamp_seconds",
    "When a round of sync last ended well, by the terminal's clock; 0: not since the start.",
)
TRUST_VERSION = _gauge("trust_version", "Version of the trust that is held; 0: none.")
TRUST_LISTS = _gauge("trust_status_lists", "Status lists that are held.")
LIST_ISSUED = _gauge(
    "list_issued_timestamp_seconds",
    "When the oldest list in use of a class was issued.",
    *("lane", "class"),
)
LIST_AGE = _gauge(
    "list_age_seconds",
    "Age of the oldest list in use of a class, as decisions see it.",
    *("lane", "class"),
    is_volatile=True,
)
LIST_STATE = _gauge(
    "list_state",
    "1 for how the lane's profile sees that age: fresh, stale or expired.",
    *("lane", "class", "state"),
)
CLOCK_TRUSTED = _gauge("clock_trusted", "1 while decisions trust the clock.")
CLOCK_STATE = _gauge("clock_state", "1 for what the clock runs by.", "state")
CLOCK_UNCERTAINTY = _gauge(
    "clock_uncertainty_seconds",
    "By how much the clock may be wrong; it widens windows.",
    is_volatile=True,
)
CLOCK_TIME = _gauge(
    "clock_timestamp_seconds", "The time that decisions are made by.", is_volatile=True
)
LOCAL_CONNECTIONS = _gauge(
    "local_connections", "Open connections of the local interface.", is_volatile=True
)
LOCAL_STREAMS = _gauge("local_streams", "Open streams of events to programs.")
LOCAL_SCREENS = _gauge("local_screen_streams", "Open streams of pages to screens.")
LOCAL_LISTENERS = _gauge(
    "local_listener_up", "1 for a listener of the local interface that listens.", "listener"
)
BALLAST = _gauge("ballast_held", "1 while the room kept for a full disk is still held.")
DISK_FREE = _gauge("disk_free_bytes", "Room left where the state folder lies.", is_volatile=True)
DISK_SIZE = _gauge("disk_size_bytes", "Size of the file system where the state folder lies.")
JOURNAL_SIZE = _gauge(
    "journal_size_bytes", "Size of the journal's file and its write-ahead log.", is_volatile=True
)
LOG_LINES = _counter("log_lines_total", "Lines that the log was given, by level.", "level")
LOG_SUPPRESSED = _counter(
    "log_suppressed_total", "Lines that were not written, for too many came of an event.", "event"
)
LOG_LOST = _counter("log_lost_total", "Lines that the system's journal could not take.")
IDENTITY = _gauge(
    "identity_info", "1; which terminal this is, and of which epoch.", "terminal", "epoch"
)
BUILD = _gauge("build_info", "1; what runs here.", "version", "python")

# All that there are, in docs/metrics.md too.
OUTCOMES_OF_PASSAGES = (
    Passage.MADE.value,
    Cause.NOT_PASSED.value,
    Cause.LATE.value,
    *(kind.value for kind in NoteKind),
)
OUTCOMES_OF_APPROVALS = ("approved", "declined", "no-word", "not-asked")

METRICS: tuple[Metric, ...] = (
    *(BUILD, IDENTITY, DECISIONS, UNPROVEN, DECODE, DECIDE, COMMIT, ANSWER, PASSAGES),
    *(
        LANE_STATE,
        LANE_TROUBLE,
        DEVICES,
        DEVICES_POOR,
        SCANNER,
        DROPPED,
        APPROVALS,
        BREAKER,
        VALUE_STOP,
    ),
    *(JOURNAL_LAST, JOURNAL_ACKED, JOURNAL_PENDING, JOURNAL_FAULT, JOURNAL_SIZE),
    *(SYNC_STATE, SYNC_SUCCESS, TRUST_VERSION, TRUST_LISTS),
    *(LIST_ISSUED, LIST_AGE, LIST_STATE),
    *(CLOCK_TRUSTED, CLOCK_STATE, CLOCK_UNCERTAINTY, CLOCK_TIME),
    *(LOCAL_CONNECTIONS, LOCAL_STREAMS, LOCAL_SCREENS, LOCAL_LISTENERS),
    *(BALLAST, DISK_FREE, DISK_SIZE, LOG_LINES, LOG_SUPPRESSED, LOG_LOST),
)
