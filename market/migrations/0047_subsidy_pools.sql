-- A pool pays part of the price for residents, or for a group of them, while it lasts. It is filled from a fund by an approved request;
-- what is taken (held by unpaid orders or paid out) can never be more than what was filled in.
CREATE TABLE subsidy_pools (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  fund_id         uuid NOT NULL REFERENCES funds,
  slug            text NOT NULL UNIQUE,      -- <community>-<short name>; also names the ledger account
  name            text NOT NULL,
  name_en         text,
  "group"         text,                      -- for members of this eligibility group; null: for every verified resident
  discount_bp     int NOT NULL CHECK (discount_bp BETWEEN 1 AND 10000),  -- how much less they pay in all; the seller bears its own part of it
  categories      text[] NOT NULL DEFAULT '{}',  -- slugs; none: whatever is for sale in the community
  month_cap_minor bigint NOT NULL CHECK (month_cap_minor > 0),
  household_cap_minor bigint NOT NULL CHECK (household_cap_minor > 0),
  currency        text NOT NULL,
  filled_minor    bigint NOT NULL DEFAULT 0,
  taken_minor     bigint NOT NULL DEFAULT 0,
  status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paused')),
  created_by      uuid NOT NULL REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (taken_minor BETWEEN 0 AND filled_minor)
);
CREATE INDEX subsidy_pools_community ON subsidy_pools (community_id, id);

-- What a household took in a month of the community's calendar, and under household '' what all of them took.
CREATE TABLE subsidy_uses (
  pool_id         uuid NOT NULL REFERENCES subsidy_pools,
  month           text NOT NULL,             -- YYYY-MM
  household       text NOT NULL,             -- a hash of the address that was verified, or person:<id>; never an address
  taken_minor     bigint NOT NULL CHECK (taken_minor >= 0),
  uses            int NOT NULL CHECK (uses >= 0),
  PRIMARY KEY (pool_id, month, household)
);

-- What somebody else than the buyer pays of a line, with shares of its own, frozen like those of the line.
CREATE TABLE line_covers (
  line_id         uuid NOT NULL REFERENCES order_lines,
  source          text NOT NULL,             -- who pays: subsidy:<pool>
  order_id        uuid NOT NULL REFERENCES orders,
  label           text NOT NULL,
  label_en        text,
  pool_id         uuid REFERENCES subsidy_pools,
  month           text NOT NULL DEFAULT '',
  household       text NOT NULL DEFAULT '',
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  returned_minor  bigint NOT NULL DEFAULT 0,
  shares          jsonb NOT NULL,            -- as order_lines.shares
  is_held         boolean NOT NULL DEFAULT true,  -- false: the order ended unpaid and what was held is free again
  PRIMARY KEY (line_id, source),
  CHECK (returned_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX line_covers_order ON line_covers (order_id);
CREATE INDEX line_covers_pool ON line_covers (pool_id) WHERE pool_id IS NOT NULL;

-- A request whose payee is a pool of the fund: paying it fills the pool.
ALTER TABLE spending_requests ADD COLUMN pool_id uuid REFERENCES subsidy_pools;

-- Everything that a line brings in, whoever pays it: its own shares and those of what covers it; and what covers it, less what went back.
CREATE FUNCTION shares_with_covers(line uuid, shares jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT shares || coalesce((SELECT jsonb_agg(s) FROM line_covers k CROSS JOIN LATERAL jsonb_array_elements(k.shares) s
                             WHERE k.line_id = line), '[]')
$$;
CREATE FUNCTION line_covered(line uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(amount_minor - returned_minor), 0)::bigint FROM line_covers WHERE line_id = line
$$;
