-- The centre's tables. No statement of the upload path touches two terminals, so that
-- the same statements run on a database spread by terminal.

CREATE TABLE card (
  status_index INTEGER PRIMARY KEY,
  subject BLOB NOT NULL UNIQUE,
  status INTEGER NOT NULL DEFAULT 0, -- verifier.status.Status
  issued_at INTEGER NOT NULL
) STRICT;

CREATE INDEX card_not_valid ON card (status_index) WHERE status <> 0;

CREATE TABLE publication (
  version INTEGER PRIMARY KEY,
  issued_at INTEGER NOT NULL
) STRICT;

CREATE TABLE enrolment_code (
  code_id TEXT PRIMARY KEY,
  secret BLOB NOT NULL,
  terminal TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_by BLOB, -- the key it was used by
  answer BLOB -- what that key was answered, for a terminal that lost it
) STRICT;

CREATE TABLE terminal (
  terminal TEXT PRIMARY KEY,
  public BLOB NOT NULL, -- replaced by a new enrolment
  epoch INTEGER NOT NULL,
  acked INTEGER NOT NULL, -- the last entry held of this epoch
  head BLOB NOT NULL, -- the chain's value behind it
  status TEXT NOT NULL DEFAULT 'active', -- or suspended
  last_seen_at INTEGER NOT NULL
) STRICT;

CREATE TABLE journal_entry (
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  line BLOB NOT NULL, -- the exact octets that the chain covers
  chain BLOB NOT NULL, -- its value behind this line: says where a fork begins
  PRIMARY KEY (terminal, epoch, seq)
) STRICT, WITHOUT ROWID;
