-- What terminals say of entries that are not (yet) in their journals here, entries that parted
-- from them, and how the terminals do.

CREATE TABLE told (
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  head BLOB NOT NULL, -- the chain's value behind it, in the history that it is told of
  acked INTEGER NOT NULL, -- the last entry held when it was told of, or when the journal was found shorter
  parts_at INTEGER NOT NULL, -- the first entry known to differ from the journal here; 0: none is
  is_last INTEGER NOT NULL, -- 1: whoever ended this epoch says that the disk held no more
  told_at INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, seq, head)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine_entry (
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  line BLOB NOT NULL,
  chain BLOB NOT NULL, -- its value behind this line: tells the histories apart
  PRIMARY KEY (terminal, epoch, seq, chain)
) STRICT, WITHOUT ROWID;

CREATE TABLE health (
  terminal TEXT PRIMARY KEY,
  report TEXT NOT NULL, -- JSON, flat
  told_at INTEGER NOT NULL
) STRICT;
