"""The tables of the journal's database, as each version of the schema made them."""

from collections.abc import Mapping

_SHOWN = """CREATE TABLE IF NOT EXISTS shown (
        pseudonym TEXT PRIMARY KEY,
        iat INTEGER NOT NULL,
        at INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) WITHOUT ROWID"""

# What replay.py remembers; made anew at each opening where they are gone, for the journal can fill
# them. `at`, `epoch` and `seq` are of the entry that wrote a row last; `before_` is what that
# changed, which an annulment brings back.
# WITHOUT ROWID: a commit touches one page a table instead of two.
REPLAY_TABLES: Mapping[str, str] = {
    "shown": _SHOWN,
    "shown_static": """CREATE TABLE IF NOT EXISTS shown_static (
        pseudonym TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        lane TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        before_at INTEGER,
        before_lane TEXT,
        before_epoch INTEGER,
        before_seq INTEGER
    ) WITHOUT ROWID""",
}

# What ledger.py and references.py keep: each granted use that nothing has taken back, the last
# entry of each client's key, and what was taken back or overridden by what. As above.
LEDGER_TABLES: Mapping[str, str] = {
    "uses": """CREATE TABLE IF NOT EXISTS uses (
        pseudonym TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        zone TEXT NOT NULL,
        profile TEXT NOT NULL,
        direction TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount_minor INTEGER NOT NULL,
        is_online INTEGER NOT NULL,
        PRIMARY KEY (pseudonym, epoch, seq)
    ) WITHOUT ROWID""",
    # What the terminal granted on its own, in order, so that its sum is read from one place.
    # `is_online` is in it or SQLite looks each row up in the table: 0.6 s for 270,000, not 20 ms.
    "uses_alone": """CREATE INDEX IF NOT EXISTS uses_alone
        ON uses (currency, epoch, seq, amount_minor, is_online)
        WHERE is_online = 0 AND amount_minor > 0""",
    "keyed": """CREATE TABLE IF NOT EXISTS keyed (
        digest TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        is_final INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "answered": """CREATE TABLE IF NOT EXISTS answered (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        by_seq INTEGER NOT NULL,
        PRIMARY KEY (epoch, seq)
    ) WITHOUT ROWID""",
}

FIRST = (
    """CREATE TABLE journal (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        line BLOB NOT NULL,
        chain BLOB NOT NULL,
        PRIMARY KEY (epoch, seq)
    ) WITHOUT ROWID""",
    """CREATE TABLE shown (
        pseudonym TEXT PRIMARY KEY,
        iat INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE shown_static (
        pseudonym TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        lane TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE checkpoint (
        epoch INTEGER PRIMARY KEY,
        acked INTEGER NOT NULL,
        document BLOB NOT NULL
    )""",
)

# Rows of the first tables name no entry, and may know a later proof than theirs says: they stand at
# the journal's end, so that merging the entries lowers none. A phone's iat is its moment.
SECOND = (
    "ALTER TABLE shown RENAME TO shown_first",
    "ALTER TABLE shown_static RENAME TO shown_static_first",
    _SHOWN,
    """CREATE TABLE shown_static (
        pseudonym TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        lane TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "INSERT INTO shown SELECT pseudonym, iat, iat, 0, 0 FROM shown_first",
    "INSERT INTO shown_static SELECT pseudonym, at, lane, 0, 0 FROM shown_static_first",
    """UPDATE shown SET (epoch, seq) =
        (SELECT epoch, seq FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1)
        WHERE EXISTS (SELECT 1 FROM journal)""",
    """UPDATE shown_static SET (epoch, seq) =
        (SELECT epoch, seq FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1)
        WHERE EXISTS (SELECT 1 FROM journal)""",
    "DROP TABLE shown_first",
    "DROP TABLE shown_static_first",
)

# The terminal's own word on its chain (protocol/checkpoint.py): every thousandth entry's and the
# newest; and up to where each epoch's entries were erased, which the notes there stand for.
THIRD = (
    """CREATE TABLE own_checkpoint (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        note BLOB NOT NULL,
        PRIMARY KEY (epoch, seq)
    ) WITHOUT ROWID""",
    """CREATE TABLE erased (
        epoch INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        note BLOB NOT NULL
    )""",
)

# The ledger; and what an annulment brings back of a printed card's window.
FOURTH = (
    "ALTER TABLE shown_static ADD COLUMN before_at INTEGER",
    "ALTER TABLE shown_static ADD COLUMN before_lane TEXT",
    "ALTER TABLE shown_static ADD COLUMN before_epoch INTEGER",
    "ALTER TABLE shown_static ADD COLUMN before_seq INTEGER",
    *LEDGER_TABLES.values(),
)
