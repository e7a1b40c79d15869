-- Invitations to the test page: each lets one phone hold one test card for a while.

CREATE TABLE invitation (
  invitation_id TEXT PRIMARY KEY, -- names the code without giving it away
  types INTEGER NOT NULL,
  capabilities INTEGER NOT NULL,
  valid_s INTEGER NOT NULL, -- of the card, from when it is made
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, -- of the invitation
  used_at INTEGER, -- null: nobody has used it
  public BLOB, -- the phone's key, and with it:
  status_index INTEGER,
  issuer_part BLOB
) STRICT;
