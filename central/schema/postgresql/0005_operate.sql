-- Who may sign in to the operators' pages, what they did, and what they have worked through.

CREATE TABLE operator (
  name text COLLATE "C" PRIMARY KEY,
  role text NOT NULL, -- viewer, operator, admin
  password text NOT NULL, -- Argon2id, with its salt and cost
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL -- of role or password
);

CREATE TABLE operator_session (
  digest bytea PRIMARY KEY, -- SHA-256 of the cookie, which is kept nowhere
  operator text COLLATE "C" NOT NULL,
  begun_at bigint NOT NULL,
  used_at bigint NOT NULL
);

CREATE INDEX operator_session_of ON operator_session (operator);

CREATE TABLE sign_in_try (
  kind text NOT NULL, -- name, address
  name text COLLATE "C" NOT NULL,
  failures bigint NOT NULL,
  until bigint NOT NULL, -- no further try before
  last_at bigint NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE TABLE audit ( -- nothing changes or removes a line
  number bigint PRIMARY KEY,
  line bytea NOT NULL, -- the exact octets that the chain covers
  chain bytea NOT NULL -- its value behind this line
);

CREATE TABLE case_work ( -- what was done about a double use or a reversal; no row: nothing yet
  kind text NOT NULL, -- double, reversal
  first text COLLATE "C" NOT NULL, -- sector, or terminal
  second text COLLATE "C" NOT NULL, -- presentation, or EPOCH/SEQ
  state text NOT NULL, -- open, claimed, resolved
  operator text NOT NULL,
  outcome text NOT NULL,
  note text NOT NULL,
  changed_at bigint NOT NULL,
  PRIMARY KEY (kind, first, second)
);

CREATE INDEX double_use_at ON double_use (at);

CREATE INDEX reversal_at ON reversal (at, terminal, epoch, seq);

CREATE TABLE hour_sum ( -- of tally, over all lanes. Projected
  hour bigint NOT NULL,
  kind text NOT NULL,
  name text COLLATE "C" NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (hour, kind, name)
);

INSERT INTO hour_sum (hour, kind, name, count)
  SELECT hour, kind, name, sum(count) FROM tally
  WHERE kind IN ('verdict', 'reason') GROUP BY hour, kind, name;
