-- The deposit of a lease as it came, went back or was kept, and the rent as it follows an index from a month on (T2).
CREATE TABLE lease_deposits (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  lease_id        uuid NOT NULL REFERENCES leases,
  act             text NOT NULL CHECK (act IN ('held', 'returned', 'kept')),
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  reason          text NOT NULL DEFAULT '',
  key             text NOT NULL,
  made_by         uuid REFERENCES persons,
  made_at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (lease_id, key),
  CHECK (act <> 'kept' OR reason <> '')
);

CREATE TABLE lease_indexations (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  lease_id        uuid NOT NULL REFERENCES leases,
  month           date NOT NULL CHECK (extract(day FROM month) = 1),     -- from which the new sums count
  numerator       bigint NOT NULL CHECK (numerator BETWEEN 1 AND 1000000000),    -- new index over old, or 10000 and the percentage over 10000
  denominator     bigint NOT NULL CHECK (denominator BETWEEN 1 AND 1000000000),
  base_minor      bigint NOT NULL CHECK (base_minor BETWEEN 0 AND 10000000000),
  minimum_minor   bigint NOT NULL CHECK (minimum_minor BETWEEN 0 AND 10000000000),
  reason          text NOT NULL,
  made_by         uuid REFERENCES persons,
  made_at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (lease_id, month)
);
