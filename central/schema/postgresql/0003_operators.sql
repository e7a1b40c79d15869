-- What operators give and ask: tokens, orders to terminals, approvals, the outlet and the reports.
-- All that is projected can be made again from the journals, but for `outlet_run`: a cursor that was
-- given out must stay good.

CREATE TABLE operator_token (
  token_id text PRIMARY KEY,
  digest bytea NOT NULL, -- SHA-256 of the whole token, which is kept nowhere
  name text NOT NULL,
  scopes text NOT NULL, -- with a space between
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);

CREATE TABLE wipe_order (
  terminal text COLLATE "C" PRIMARY KEY,
  epoch bigint NOT NULL, -- the one that it ends
  public bytea NOT NULL, -- the terminal's key: an order fits no later enrolment
  order_id text NOT NULL,
  ordered_at bigint NOT NULL,
  obeyed_at bigint -- when the terminal said that it begins to erase
);

CREATE TABLE approval (
  terminal text COLLATE "C" NOT NULL,
  request_key text NOT NULL, -- the client's own; asked again it gets the same answer
  digest bytea NOT NULL, -- SHA-256 of what was asked
  answer bytea NOT NULL, -- as it was signed
  sector text NOT NULL,
  pseudonym text NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL,
  day bigint NOT NULL, -- of the answer, UTC, since 1970
  is_pending bigint NOT NULL, -- 1: approved, and its entry has not come
  PRIMARY KEY (terminal, request_key)
);

CREATE INDEX approval_pending ON approval (sector, pseudonym, day) WHERE is_pending = 1;

CREATE INDEX approval_day ON approval (day);

CREATE TABLE stopped_card (
  sector text NOT NULL,
  pseudonym text NOT NULL,
  status bigint NOT NULL, -- verifier.status.Status
  PRIMARY KEY (sector, pseudonym)
);

CREATE TABLE projected (
  projector text NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL, -- the last entry that is in the read model
  PRIMARY KEY (projector, terminal, epoch)
);

CREATE TABLE looked_at (
  projector text NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  at bigint NOT NULL, -- when nothing of the terminal was left to project
  PRIMARY KEY (projector, terminal)
);

CREATE TABLE outlet_run (
  first bigint PRIMARY KEY, -- cursor of its first event; each event after it is one more
  events bigint NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL -- of its first event
);

CREATE TABLE tally (
  terminal text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  hour bigint NOT NULL, -- UTC, since 1970
  kind text NOT NULL, -- entry, verdict, reason, interval
  name text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (terminal, lane, hour, kind, name)
);

CREATE TABLE lane_end (
  terminal text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  at bigint NOT NULL, -- of the last presentation under a trusted clock
  PRIMARY KEY (terminal, lane)
);

CREATE TABLE first_use (
  sector text NOT NULL,
  presentation text NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  lane text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  type text NOT NULL,
  verdict text NOT NULL,
  amount_minor bigint,
  currency text NOT NULL,
  PRIMARY KEY (sector, presentation)
);

CREATE INDEX first_use_at ON first_use (at);

CREATE TABLE double_use ( -- every use, the first too, of what was used more than once
  sector text NOT NULL,
  presentation text NOT NULL,
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  lane text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  type text NOT NULL,
  verdict text NOT NULL,
  amount_minor bigint,
  currency text NOT NULL,
  PRIMARY KEY (sector, presentation, terminal, epoch, seq)
);

CREATE TABLE reversal (
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  lane text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  amount_minor bigint,
  currency text NOT NULL,
  reference text NOT NULL, -- what the entry says it takes back
  presentation text NOT NULL,
  PRIMARY KEY (terminal, epoch, seq)
);

CREATE TABLE card_day (
  sector text NOT NULL,
  pseudonym text NOT NULL,
  day bigint NOT NULL, -- UTC, since 1970
  currency text NOT NULL,
  amount_minor bigint NOT NULL, -- sold less taken back
  PRIMARY KEY (sector, pseudonym, day, currency)
);
