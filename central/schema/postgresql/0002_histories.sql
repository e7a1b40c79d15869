-- What terminals say of entries that are not (yet) in their journals here, entries that parted
-- from them, and how the terminals do.

CREATE TABLE told (
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  head bytea NOT NULL, -- the chain's value behind it, in the history that it is told of
  acked bigint NOT NULL, -- the last entry held when it was told of, or when the journal was found shorter
  parts_at bigint NOT NULL, -- the first entry known to differ from the journal here; 0: none is
  is_last bigint NOT NULL, -- 1: whoever ended this epoch says that the disk held no more
  told_at bigint NOT NULL,
  PRIMARY KEY (terminal, epoch, seq, head)
);

CREATE TABLE quarantine_entry (
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  line bytea NOT NULL,
  chain bytea NOT NULL, -- its value behind this line: tells the histories apart
  PRIMARY KEY (terminal, epoch, seq, chain)
);

CREATE TABLE health (
  terminal text COLLATE "C" PRIMARY KEY,
  report text NOT NULL, -- JSON, flat
  told_at bigint NOT NULL
);
