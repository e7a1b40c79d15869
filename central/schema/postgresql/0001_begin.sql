-- The centre's tables. No statement of the upload path touches two terminals, so that
-- the same statements run on a database spread by terminal.

CREATE TABLE card (
  status_index bigint PRIMARY KEY,
  subject bytea NOT NULL UNIQUE,
  status bigint NOT NULL DEFAULT 0, -- verifier.status.Status
  issued_at bigint NOT NULL
);

CREATE INDEX card_not_valid ON card (status_index) WHERE status <> 0;

CREATE TABLE publication (
  version bigint PRIMARY KEY,
  issued_at bigint NOT NULL
);

CREATE TABLE enrolment_code (
  code_id text PRIMARY KEY,
  secret bytea NOT NULL,
  terminal text NOT NULL,
  expires_at bigint NOT NULL,
  used_by bytea, -- the key it was used by
  answer bytea -- what that key was answered, for a terminal that lost it
);

CREATE TABLE terminal (
  terminal text COLLATE "C" PRIMARY KEY, -- in the order of its octets, as SQLite has it
  public bytea NOT NULL, -- replaced by a new enrolment
  epoch bigint NOT NULL,
  acked bigint NOT NULL, -- the last entry held of this epoch
  head bytea NOT NULL, -- the chain's value behind it
  status text NOT NULL DEFAULT 'active', -- or suspended
  last_seen_at bigint NOT NULL
) WITH (fillfactor = 50); -- a row is written at each upload: room for its next version beside it

CREATE TABLE journal_entry (
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  line bytea NOT NULL, -- the exact octets that the chain covers
  chain bytea NOT NULL, -- its value behind this line: says where a fork begins
  PRIMARY KEY (terminal, epoch, seq)
);
