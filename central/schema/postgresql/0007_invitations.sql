-- Invitations to the test page: each lets one phone hold one test card for a while.

CREATE TABLE invitation (
  invitation_id text COLLATE "C" PRIMARY KEY, -- names the code without giving it away
  types bigint NOT NULL,
  capabilities bigint NOT NULL,
  valid_s bigint NOT NULL, -- of the card, from when it is made
  made_at bigint NOT NULL,
  expires_at bigint NOT NULL, -- of the invitation
  used_at bigint, -- null: nobody has used it
  public bytea, -- the phone's key, and with it:
  status_index bigint,
  issuer_part bytea
);
