"""The tables of the journal's database, as each version of the schema made them."""

from collections.abc import Mapping

# What replay.py remembers; made anew at each opening where they are gone, for the journal can fill
# them. `at`, `epoch` and `seq` are of the entry that wrote a row last.
# WITHOUT ROWID: a commit touches one page a table instead of two.
REPLAY_TABLES: Mapping[str, str] = {
    "shown": """CREATE TABLE IF NOT EXISTS shown (
        pseudonym TEXT PRIMARY KEY,
        iat INTEGER NOT NULL,
        at INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "shown_static": """CREATE TABLE IF NOT EXISTS shown_static (
        pseudonym TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        lane TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL
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
    *REPLAY_TABLES.values(),
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
