-- Price lists of a space: who pays what, when and in which unit (S1, T6). A space without one costs its rate per hour.
CREATE TABLE space_tariffs (
  id            uuid PRIMARY KEY DEFAULT uuidv7(),
  space_id      uuid NOT NULL REFERENCES spaces,
  audience      text NOT NULL CHECK (audience IN ('everybody', 'resident', 'low_fee', 'public_benefit',
                                                  'partner_basic', 'partner_skill', 'partner_startup')),
  -- rates: [{"unit", "minor", "weekdays": [0..6], "opens": "13:00" | null, "closes": "17:00" | null, "peak": "" | "peak" | "off_peak"}]
  rates         jsonb NOT NULL,
  minimum_minor bigint NOT NULL DEFAULT 0 CHECK (minimum_minor BETWEEN 0 AND 100000000),
  deposit_minor bigint NOT NULL DEFAULT 0 CHECK (deposit_minor BETWEEN 0 AND 100000000),
  valid_from    date NOT NULL,
  valid_until   date,                        -- the last day; null = until another list follows
  created_by    uuid REFERENCES persons,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CHECK (valid_until IS NULL OR valid_until >= valid_from)
);
CREATE INDEX space_tariffs_space ON space_tariffs (space_id, audience, valid_from);

-- tariff: {"audience", "deposit_minor", "parts": [{"starts_at", "ends_at", "unit", "minor", "peak"}]} as it was priced
ALTER TABLE order_lines ADD COLUMN tariff jsonb;
-- the partner a space was booked for, when it was
ALTER TABLE order_lines ADD COLUMN renter_id uuid REFERENCES partners;
CREATE INDEX order_lines_renter ON order_lines (renter_id, id DESC) WHERE renter_id IS NOT NULL;
