-- A code that makes a cart cheaper; who bears it is said beforehand. How often it was used is counted in its row, so that a limit holds
-- however many check out at once.
CREATE TABLE coupons (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  code            text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9]{4,20}$'),
  community_id    uuid NOT NULL REFERENCES communities,
  name            text NOT NULL,
  name_en         text,
  bearer          text NOT NULL CHECK (bearer IN ('partner', 'platform', 'pool')),
  partner_id      uuid REFERENCES partners,  -- only for what this partner sells
  pool_id         uuid REFERENCES subsidy_pools,
  amount_minor    bigint CHECK (amount_minor > 0),
  rate_bp         int CHECK (rate_bp BETWEEN 1 AND 10000),
  minimum_minor   bigint NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
  currency        text NOT NULL,
  max_total       int NOT NULL CHECK (max_total > 0),
  max_per_person  int NOT NULL CHECK (max_per_person > 0),
  used            int NOT NULL DEFAULT 0,
  starts_at       timestamptz NOT NULL DEFAULT now(),
  ends_at         timestamptz NOT NULL,
  status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'ended')),
  created_by      uuid NOT NULL REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(amount_minor, rate_bp) = 1),
  CHECK ((bearer = 'partner') <= (partner_id IS NOT NULL)),
  CHECK ((bearer = 'pool') = (pool_id IS NOT NULL)),
  CHECK (used BETWEEN 0 AND max_total),
  CHECK (ends_at > starts_at)
);
CREATE INDEX coupons_community ON coupons (community_id, id DESC);
CREATE INDEX coupons_partner ON coupons (partner_id, id DESC) WHERE partner_id IS NOT NULL;

-- One code for an order. It is free again when the order ends unpaid or is given back whole.
CREATE TABLE coupon_uses (
  order_id        uuid PRIMARY KEY REFERENCES orders,
  coupon_id       uuid NOT NULL REFERENCES coupons,
  person_id       uuid NOT NULL REFERENCES persons,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  is_held         boolean NOT NULL DEFAULT true,
  used_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX coupon_uses_coupon ON coupon_uses (coupon_id, person_id) WHERE is_held;
