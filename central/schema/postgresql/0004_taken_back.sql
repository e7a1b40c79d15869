-- Which sales were taken back, each by one entry alone. Projected: made again from the journals.

CREATE TABLE taken_back (
  terminal text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  seq bigint NOT NULL, -- of the sale
  by_epoch bigint NOT NULL,
  by_seq bigint NOT NULL, -- of the entry that took it back first
  PRIMARY KEY (terminal, epoch, seq)
);
