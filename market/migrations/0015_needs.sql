-- What residents say is missing (T7, H4): others support it, a partner takes it, in the end it is a listing.
CREATE TABLE needs (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  category_id     uuid REFERENCES categories,
  person_id       uuid REFERENCES persons,   -- who asked; null once the account is deleted
  for_community   boolean NOT NULL DEFAULT false,             -- asked by staff in the community's name
  title           text NOT NULL,
  about           text NOT NULL DEFAULT '',
  status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'taken', 'offered', 'closed')),
  supports        int NOT NULL DEFAULT 0 CHECK (supports >= 0),
  partner_id      uuid REFERENCES partners,
  partner_note    text NOT NULL DEFAULT '',
  taken_at        timestamptz,
  listing_id      uuid REFERENCES listings,
  offered_at      timestamptz,
  closed_as       text CHECK (closed_as IN ('solved', 'withdrawn', 'not_possible', 'removed')),
  closed_note     text NOT NULL DEFAULT '',
  closed_by       uuid REFERENCES persons,
  closed_at       timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((status IN ('taken', 'offered')) <= (partner_id IS NOT NULL)),
  CHECK ((status = 'offered') <= (listing_id IS NOT NULL)),
  CHECK ((status = 'closed') = (closed_as IS NOT NULL))
);
CREATE INDEX needs_community ON needs (community_id, status, supports DESC, id DESC);
CREATE INDEX needs_partner ON needs (partner_id) WHERE status = 'taken';
-- The same person asks the same place for the same thing once.
CREATE UNIQUE INDEX needs_once ON needs (person_id, community_id, lower(title)) WHERE status = 'open';

CREATE TABLE need_supports (
  need_id         uuid NOT NULL REFERENCES needs ON DELETE CASCADE,
  person_id       uuid NOT NULL REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (need_id, person_id)
);
CREATE INDEX need_supports_person ON need_supports (person_id);
