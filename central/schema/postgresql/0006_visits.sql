-- What visits at screens left behind, and what was paid to holders. Projected, and made again from the
-- journals: visit_hour, rating_day, appeal. What became of an appeal, and subsidies, are nobody's journal.

CREATE TABLE visit_hour ( -- tickets and what was asked, by service
  terminal text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  hour bigint NOT NULL, -- UTC, since 1970
  kind text COLLATE "C" NOT NULL, -- ticket, checklist, subsidies, offline
  service text COLLATE "C" NOT NULL, -- empty: none was chosen
  count bigint NOT NULL,
  PRIMARY KEY (terminal, lane, hour, kind, service)
);

CREATE INDEX visit_hour_at ON visit_hour (hour);

CREATE TABLE rating_day (
  terminal text COLLATE "C" NOT NULL,
  lane text COLLATE "C" NOT NULL,
  day bigint NOT NULL, -- UTC, since 1970
  service text COLLATE "C" NOT NULL,
  score bigint NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (terminal, lane, day, service, score)
);

CREATE INDEX rating_day_at ON rating_day (day);

CREATE TABLE appeal ( -- its words stay sealed in its entry
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  lane text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  urgency text NOT NULL, -- sudden, urgent, ordinary
  service text COLLATE "C" NOT NULL,
  sector text COLLATE "C" NOT NULL,
  pseudonym text COLLATE "C" NOT NULL, -- empty: nobody showed a card
  PRIMARY KEY (terminal, epoch, seq)
);

CREATE INDEX appeal_at ON appeal (at);

CREATE TABLE appeal_work ( -- what became of an appeal; no row: nothing yet
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL,
  state text NOT NULL, -- open, claimed, answered, closed
  operator text COLLATE "C" NOT NULL,
  note text NOT NULL,
  changed_at bigint NOT NULL,
  PRIMARY KEY (terminal, epoch, seq)
);

CREATE TABLE subsidy (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  status_index bigint NOT NULL, -- of the card
  sector text COLLATE "C" NOT NULL,
  pseudonym text COLLATE "C" NOT NULL, -- as terminals of that sector name the card
  paid_on text COLLATE "C" NOT NULL, -- 2026-10-15
  zh text NOT NULL,
  en text NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL
);

CREATE INDEX subsidy_of ON subsidy (sector, pseudonym, paid_on);

CREATE INDEX subsidy_card ON subsidy (status_index);
