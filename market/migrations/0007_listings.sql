CREATE TABLE categories (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  slug            text NOT NULL UNIQUE,
  parent_id       uuid REFERENCES categories,
  name            text NOT NULL,
  name_en         text,
  icon            text NOT NULL DEFAULT '',
  position        int NOT NULL DEFAULT 0
);
CREATE INDEX categories_parent ON categories (parent_id);

CREATE TABLE listings (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  partner_id      uuid NOT NULL REFERENCES partners,
  community_id    uuid NOT NULL REFERENCES communities,       -- where it takes place; whose rules route the money
  category_id     uuid NOT NULL REFERENCES categories,
  kind            text NOT NULL CHECK (kind IN ('class', 'meal', 'appointment', 'voucher', 'free')),
  status          text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'withdrawn')),
  title           text NOT NULL,
  title_en        text,
  about           text NOT NULL DEFAULT '',
  about_en        text,
  price_minor     bigint NOT NULL CHECK (price_minor BETWEEN 0 AND 100000000),
  currency        text NOT NULL DEFAULT 'CNY',
  has_resident_price boolean NOT NULL DEFAULT false,          -- takes part in the residents' price (T3)
  eligibility_group text,                                     -- free or reduced only for this group (H2)
  duration_min    int CHECK (duration_min BETWEEN 1 AND 1440),
  valid_days      int CHECK (valid_days BETWEEN 1 AND 1095),  -- open voucher: valid this long after purchase
  refund_until_h  int NOT NULL DEFAULT 24 CHECK (refund_until_h BETWEEN 0 AND 720),
  max_per_person  int CHECK (max_per_person BETWEEN 1 AND 1000),
  address         text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'free') <= (price_minor = 0))
);
CREATE INDEX listings_partner ON listings (partner_id);
CREATE INDEX listings_category ON listings (category_id) WHERE status = 'published';
CREATE INDEX listings_community ON listings (community_id) WHERE status = 'published';

-- One purchasable unit: a session's seats, a day's portions, an appointment slot, a voucher, a free place.
CREATE TABLE offers (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  listing_id      uuid NOT NULL REFERENCES listings,
  starts_at       timestamptz,               -- null for an open voucher
  ends_at         timestamptz,               -- of the session, the pick-up window, the appointment
  sale_ends_at    timestamptz,               -- null = until ends_at
  price_minor     bigint CHECK (price_minor BETWEEN 0 AND 100000000),  -- null = the listing's
  capacity        int NOT NULL CHECK (capacity BETWEEN 1 AND 100000),
  taken           int NOT NULL DEFAULT 0,
  provider        text NOT NULL DEFAULT '',  -- who serves an appointment
  space_id        uuid REFERENCES spaces,
  occupancy_group uuid,                      -- what the session occupies
  status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'cancelled')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (taken >= 0 AND taken <= capacity),
  CHECK (starts_at < ends_at)
);
CREATE INDEX offers_listing ON offers (listing_id, starts_at);
-- What is on sale now, without walking through the sessions of the past.
CREATE INDEX offers_on_sale ON offers (listing_id, (coalesce(sale_ends_at, ends_at, 'infinity'))) WHERE status = 'open';

CREATE TABLE photos (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  listing_id      uuid REFERENCES listings,
  space_id        uuid REFERENCES spaces,
  alt             text NOT NULL DEFAULT '',
  width           int NOT NULL,
  height          int NOT NULL,
  -- variants: [{"width": 480, "height": 320, "format": "webp", "file": "ab/abcdef….webp"}]
  variants        jsonb NOT NULL,
  position        int NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(listing_id, space_id) = 1)
);
CREATE INDEX photos_listing ON photos (listing_id, position);
CREATE INDEX photos_space ON photos (space_id, position);
CREATE INDEX photos_files ON photos USING gin (variants jsonb_path_ops);  -- which photos show a file

CREATE TABLE reviews (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  listing_id      uuid NOT NULL REFERENCES listings,
  person_id       uuid NOT NULL REFERENCES persons,
  stars           int NOT NULL CHECK (stars BETWEEN 1 AND 5),
  text            text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (listing_id, person_id)
);
