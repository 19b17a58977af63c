-- Calendars that programs of people subscribe to. Whoever has the address may read it, so that it is a secret: only its hash is kept.
CREATE TABLE calendar_feeds (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  token_hash      bytea NOT NULL UNIQUE,
  person_id       uuid REFERENCES persons,             -- exactly one of the three: whose calendar it is
  partner_id      uuid REFERENCES partners,
  space_id        uuid REFERENCES spaces,
  created_by      uuid NOT NULL REFERENCES persons,    -- while they act for it the address works
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(person_id, partner_id, space_id) = 1)
);
CREATE UNIQUE INDEX calendar_feeds_owner ON calendar_feeds (coalesce(person_id, partner_id, space_id));
