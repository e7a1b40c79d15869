-- Which sales were taken back, each by one entry alone. Projected: made again from the journals.

CREATE TABLE taken_back (
  terminal TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL, -- of the sale
  by_epoch INTEGER NOT NULL,
  by_seq INTEGER NOT NULL, -- of the entry that took it back first
  PRIMARY KEY (terminal, epoch, seq)
) STRICT, WITHOUT ROWID;
