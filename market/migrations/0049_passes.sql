-- A pass is bought once and used unit by unit: a ten-class card, a month of meals. Its money is owed until it is used, and only then
-- shared; what is left at the end goes the way that was announced.
CREATE TABLE pass_kinds (
  listing_id      uuid PRIMARY KEY REFERENCES listings,  -- the open voucher that is sold as this pass; how long it is valid stands there
  partner_id      uuid NOT NULL REFERENCES partners,
  units           int NOT NULL CHECK (units BETWEEN 1 AND 1000),
  listing_ids     uuid[] NOT NULL CHECK (cardinality(listing_ids) > 0),  -- what a unit pays for
  leftover        text NOT NULL CHECK (leftover IN ('kept', 'refunded')),
  created_by      uuid NOT NULL REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pass_kinds_partner ON pass_kinds (partner_id);

CREATE TABLE passes (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  line_id         uuid NOT NULL UNIQUE REFERENCES order_lines,
  order_id        uuid NOT NULL REFERENCES orders,
  person_id       uuid NOT NULL REFERENCES persons,
  partner_id      uuid NOT NULL REFERENCES partners,
  listing_ids     uuid[] NOT NULL,           -- as announced when it was sold
  leftover        text NOT NULL CHECK (leftover IN ('kept', 'refunded')),
  units           int NOT NULL CHECK (units > 0),
  units_left      int NOT NULL,
  value_minor     bigint NOT NULL,           -- what the units that are left are worth together
  currency        text NOT NULL,
  valid_until     timestamptz NOT NULL,
  expiries        int NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (units_left BETWEEN 0 AND units),
  CHECK (value_minor >= units_left AND (units_left > 0 OR value_minor = 0))
);
CREATE INDEX passes_person ON passes (person_id, id DESC);
CREATE INDEX passes_ending ON passes (valid_until) WHERE units_left > 0;

ALTER TABLE line_covers ADD COLUMN pass_id uuid REFERENCES passes,
                        ADD COLUMN units int NOT NULL DEFAULT 0;
CREATE INDEX line_covers_pass ON line_covers (pass_id) WHERE pass_id IS NOT NULL;
