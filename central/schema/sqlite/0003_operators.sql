-- What operators give and ask: tokens, orders to terminals, approvals, the outlet and the reports.
-- All that is projected can be made again from the journals, but for `outlet_run`: a cursor that was
-- given out must stay good.

CREATE TABLE operator_token (
  token_id TEXT PRIMARY KEY,
  digest BLOB NOT NULL, -- SHA-256 of the whole token, which is kept nowhere
  name TEXT NOT NULL,
  scopes TEXT NOT NULL, -- with a space between
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE wipe_order (
  terminal TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL, -- the one that it ends
  public BLOB NOT NULL, -- the terminal's key: an order fits no later enrolment
  order_id TEXT NOT NULL,
  ordered_at INTEGER NOT NULL,
  obeyed_at INTEGER -- when the terminal said that it begins to erase
) STRICT;

CREATE TABLE approval (
  terminal TEXT NOT NULL,
  request_key TEXT NOT NULL, -- the client's own; asked again it gets the same answer
  digest BLOB NOT NULL, -- SHA-256 of what was asked
  answer BLOB NOT NULL, -- as it was signed
  sector TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  day INTEGER NOT NULL, -- of the answer, UTC, since 1970
  is_pending INTEGER NOT NULL, -- 1: approved, and its entry has not come
  PRIMARY KEY (terminal, request_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX approval_pending ON approval (sector, pseudonym, day) WHERE is_pending = 1;

CREATE INDEX approval_day ON approval (day);

CREATE TABLE stopped_card (
  sector TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  status INTEGER NOT NULL, -- verifier.status.Status
  PRIMARY KEY (sector, pseudonym)
) STRICT, WITHOUT ROWID;

CREATE TABLE projected (
  projector TEXT NOT NULL,
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL, -- the last entry that is in the read model
  PRIMARY KEY (projector, terminal, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE looked_at (
  projector TEXT NOT NULL,
  terminal TEXT NOT NULL,
  at INTEGER NOT NULL, -- when nothing of the terminal was left to project
  PRIMARY KEY (projector, terminal)
) STRICT, WITHOUT ROWID;

CREATE TABLE outlet_run (
  first INTEGER PRIMARY KEY, -- cursor of its first event; each event after it is one more
  events INTEGER NOT NULL,
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL -- of its first event
) STRICT;

CREATE TABLE tally (
  terminal TEXT NOT NULL,
  lane TEXT NOT NULL,
  hour INTEGER NOT NULL, -- UTC, since 1970
  kind TEXT NOT NULL, -- entry, verdict, reason, interval
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (terminal, lane, hour, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE lane_end (
  terminal TEXT NOT NULL,
  lane TEXT NOT NULL,
  at INTEGER NOT NULL, -- of the last presentation under a trusted clock
  PRIMARY KEY (terminal, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE first_use (
  sector TEXT NOT NULL,
  presentation TEXT NOT NULL,
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  lane TEXT NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  verdict TEXT NOT NULL,
  amount_minor INTEGER,
  currency TEXT NOT NULL,
  PRIMARY KEY (sector, presentation)
) STRICT, WITHOUT ROWID;

CREATE INDEX first_use_at ON first_use (at);

CREATE TABLE double_use ( -- every use, the first too, of what was used more than once
  sector TEXT NOT NULL,
  presentation TEXT NOT NULL,
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  lane TEXT NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  verdict TEXT NOT NULL,
  amount_minor INTEGER,
  currency TEXT NOT NULL,
  PRIMARY KEY (sector, presentation, terminal, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reversal (
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  lane TEXT NOT NULL,
  at INTEGER NOT NULL,
  amount_minor INTEGER,
  currency TEXT NOT NULL,
  reference TEXT NOT NULL, -- what the entry says it takes back
  presentation TEXT NOT NULL,
  PRIMARY KEY (terminal, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE card_day (
  sector TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  day INTEGER NOT NULL, -- UTC, since 1970
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL, -- sold less taken back
  PRIMARY KEY (sector, pseudonym, day, currency)
) STRICT, WITHOUT ROWID;
