-- What visits at screens left behind, and what was paid to holders. Projected, and made again from the
-- journals: visit_hour, rating_day, appeal. What became of an appeal, and subsidies, are nobody's journal.

CREATE TABLE visit_hour ( -- tickets and what was asked, by service
  terminal TEXT NOT NULL,
  lane TEXT NOT NULL,
  hour INTEGER NOT NULL, -- UTC, since 1970
  kind TEXT NOT NULL, -- ticket, checklist, subsidies, offline
  service TEXT NOT NULL, -- empty: none was chosen
  count INTEGER NOT NULL,
  PRIMARY KEY (terminal, lane, hour, kind, service)
) STRICT, WITHOUT ROWID;

CREATE INDEX visit_hour_at ON visit_hour (hour);

CREATE TABLE rating_day (
  terminal TEXT NOT NULL,
  lane TEXT NOT NULL,
  day INTEGER NOT NULL, -- UTC, since 1970
  service TEXT NOT NULL,
  score INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (terminal, lane, day, service, score)
) STRICT, WITHOUT ROWID;

CREATE INDEX rating_day_at ON rating_day (day);

CREATE TABLE appeal ( -- its words stay sealed in its entry
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  lane TEXT NOT NULL,
  at INTEGER NOT NULL,
  urgency TEXT NOT NULL, -- sudden, urgent, ordinary
  service TEXT NOT NULL,
  sector TEXT NOT NULL,
  pseudonym TEXT NOT NULL, -- empty: nobody showed a card
  PRIMARY KEY (terminal, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX appeal_at ON appeal (at);

CREATE TABLE appeal_work ( -- what became of an appeal; no row: nothing yet
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  state TEXT NOT NULL, -- open, claimed, answered, closed
  operator TEXT NOT NULL,
  note TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (terminal, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE subsidy (
  number INTEGER PRIMARY KEY,
  status_index INTEGER NOT NULL, -- of the card
  sector TEXT NOT NULL,
  pseudonym TEXT NOT NULL, -- as terminals of that sector name the card
  paid_on TEXT NOT NULL, -- 2026-10-15
  zh TEXT NOT NULL,
  en TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL
) STRICT;

CREATE INDEX subsidy_of ON subsidy (sector, pseudonym, paid_on);

CREATE INDEX subsidy_card ON subsidy (status_index);
