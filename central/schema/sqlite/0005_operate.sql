-- Who may sign in to the operators' pages, what they did, and what they have worked through.

CREATE TABLE operator (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL, -- viewer, operator, admin
  password TEXT NOT NULL, -- Argon2id, with its salt and cost
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL -- of role or password
) STRICT;

CREATE TABLE operator_session (
  digest BLOB PRIMARY KEY, -- SHA-256 of the cookie, which is kept nowhere
  operator TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL
) STRICT;

CREATE INDEX operator_session_of ON operator_session (operator);

CREATE TABLE sign_in_try (
  kind TEXT NOT NULL, -- name, address
  name TEXT NOT NULL,
  failures INTEGER NOT NULL,
  until INTEGER NOT NULL, -- no further try before
  last_at INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit ( -- nothing changes or removes a line
  number INTEGER PRIMARY KEY,
  line BLOB NOT NULL, -- the exact octets that the chain covers
  chain BLOB NOT NULL -- its value behind this line
) STRICT;

CREATE TABLE case_work ( -- what was done about a double use or a reversal; no row: nothing yet
  kind TEXT NOT NULL, -- double, reversal
  first TEXT NOT NULL, -- sector, or terminal
  second TEXT NOT NULL, -- presentation, or EPOCH/SEQ
  state TEXT NOT NULL, -- open, claimed, resolved
  operator TEXT NOT NULL,
  outcome TEXT NOT NULL,
  note TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (kind, first, second)
) STRICT, WITHOUT ROWID;

CREATE INDEX double_use_at ON double_use (at);

CREATE INDEX reversal_at ON reversal (at, terminal, epoch, seq);

CREATE TABLE hour_sum ( -- of tally, over all lanes. Projected
  hour INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, kind, name)
) STRICT, WITHOUT ROWID;

INSERT INTO hour_sum (hour, kind, name, count)
  SELECT hour, kind, name, sum(count) FROM tally
  WHERE kind IN ('verdict', 'reason') GROUP BY hour, kind, name;
