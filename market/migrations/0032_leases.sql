-- A space or a whole complex let to a partner: what it pays, and a statement for each month (T2). The time itself is an occupancy.
CREATE TABLE leases (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  space_id        uuid NOT NULL REFERENCES spaces,
  community_id    uuid NOT NULL REFERENCES communities,
  partner_id      uuid NOT NULL REFERENCES partners,
  occupancy_group uuid NOT NULL UNIQUE,
  first_day       date NOT NULL,
  last_day        date NOT NULL,                 -- as agreed; ended_on when it ended earlier
  ended_on        date,
  end_reason      text NOT NULL DEFAULT '',
  base_minor      bigint NOT NULL CHECK (base_minor BETWEEN 0 AND 10000000000),      -- a month
  share_bp        int NOT NULL CHECK (share_bp BETWEEN 0 AND 10000),                  -- of the partner's turnover in the community
  minimum_minor   bigint NOT NULL CHECK (minimum_minor BETWEEN 0 AND 10000000000),   -- a month
  mode            text NOT NULL CHECK (mode IN ('sum', 'max')),                       -- base and share, or the greater of them
  rent_free_weeks int NOT NULL DEFAULT 0 CHECK (rent_free_weeks BETWEEN 0 AND 104),
  deposit_minor   bigint NOT NULL DEFAULT 0 CHECK (deposit_minor BETWEEN 0 AND 10000000000),  -- agreed; kept at the desk
  currency        text NOT NULL,
  note            text NOT NULL DEFAULT '',
  created_by      uuid REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (last_day >= first_day),
  CHECK (ended_on IS NULL OR ended_on BETWEEN first_day AND last_day)
);
CREATE INDEX leases_community ON leases (community_id, id DESC);
CREATE INDEX leases_partner ON leases (partner_id, id DESC);

CREATE TABLE lease_statements (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  lease_id        uuid NOT NULL REFERENCES leases,
  month           date NOT NULL,                 -- its first day
  until           date NOT NULL,                 -- the last day it covers
  is_final        boolean NOT NULL,
  turnover_minor  bigint NOT NULL CHECK (turnover_minor >= 0),
  base_minor      bigint NOT NULL,
  share_minor     bigint NOT NULL,
  due_minor       bigint NOT NULL CHECK (due_minor >= 0),
  netted_minor    bigint NOT NULL,               -- taken at once from what the partner had available; the rest is its bill
  paid_minor      bigint NOT NULL DEFAULT 0,     -- of the bill, over the desk
  shares          jsonb NOT NULL,                -- as order_lines.shares
  made_at         timestamptz NOT NULL DEFAULT now(),
  CHECK (netted_minor BETWEEN 0 AND due_minor),
  CHECK (paid_minor BETWEEN 0 AND due_minor - netted_minor),
  UNIQUE (lease_id, month)
);
