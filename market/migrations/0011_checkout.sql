CREATE TABLE orders (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id       uuid NOT NULL REFERENCES persons,
  status          text NOT NULL CHECK (status IN ('awaiting_approval', 'awaiting_payment', 'paid', 'completed', 'expired', 'cancelled',
                                                  'refunded', 'partly_refunded')),
  pay_by          text NOT NULL CHECK (pay_by IN ('card', 'desk', 'free')),
  currency        text NOT NULL,
  payable_minor   bigint NOT NULL CHECK (payable_minor >= 0),
  refunded_minor  bigint NOT NULL DEFAULT 0,
  session_id      uuid,                      -- the newest payment session (payments knows the rest)
  paid_session_id uuid,                      -- the session whose money paid for this order
  checkout_url    text,
  note            text NOT NULL DEFAULT '',  -- what the buyer should know, e.g. why a late payment was sent back
  hold_expires_at timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  paid_at         timestamptz,
  CHECK (refunded_minor BETWEEN 0 AND payable_minor)
);
CREATE INDEX orders_person ON orders (person_id, id DESC);
CREATE INDEX orders_holds ON orders (hold_expires_at) WHERE status = 'awaiting_payment';
CREATE INDEX orders_unpaid ON orders (person_id) WHERE status = 'awaiting_payment';
CREATE INDEX orders_desk ON orders (id) WHERE status = 'awaiting_payment' AND pay_by = 'desk';

CREATE TABLE order_lines (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  order_id        uuid NOT NULL REFERENCES orders,
  position        int NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('offer', 'space')),
  item_kind       text NOT NULL,             -- the listing's kind, or 'space'
  community_id    uuid NOT NULL REFERENCES communities,
  time_zone       text NOT NULL,
  seller          text NOT NULL,             -- the partner's or the enterprise's name when it was sold
  partner_id      uuid REFERENCES partners,
  listing_id      uuid REFERENCES listings,
  offer_id        uuid REFERENCES offers,
  space_id        uuid REFERENCES spaces,
  occupancy_group uuid,
  title           text NOT NULL,
  title_en        text,
  starts_at       timestamptz,
  ends_at         timestamptz,
  attendees       int,
  quantity        int NOT NULL CHECK (quantity > 0),
  list_minor      bigint NOT NULL,
  payable_minor   bigint NOT NULL CHECK (payable_minor >= 0),
  refunded_minor  bigint NOT NULL DEFAULT 0,
  reductions      jsonb NOT NULL DEFAULT '[]',   -- as schemas.Reduction
  -- shares: [{"to", "label", "label_en", "amount", "refunded", "rule": {"id", "version", "rate_bp"} | null}], rules frozen
  shares          jsonb NOT NULL DEFAULT '[]',
  refund_until    timestamptz,                   -- until when the buyer may give it back; null = until redeemed
  valid_until     timestamptz,                   -- of an open voucher
  earned_at       timestamptz,                   -- when the line was done (code redeemed, booking over): the partner's share is available
  refunded_at     timestamptz,                   -- when the line was given back as a whole
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (refunded_minor BETWEEN 0 AND payable_minor),
  CHECK ((kind = 'offer') = (offer_id IS NOT NULL)),
  CHECK ((kind = 'space') = (space_id IS NOT NULL)),
  UNIQUE (order_id, position)
);
CREATE INDEX order_lines_offer ON order_lines (offer_id);
CREATE INDEX order_lines_partner ON order_lines (partner_id, id DESC);
CREATE INDEX order_lines_occupancy ON order_lines (occupancy_group);
CREATE INDEX order_lines_ended ON order_lines (ends_at) WHERE earned_at IS NULL AND refunded_at IS NULL;

CREATE TABLE vouchers (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  line_id         uuid NOT NULL REFERENCES order_lines,
  order_id        uuid NOT NULL REFERENCES orders,
  partner_id      uuid REFERENCES partners,      -- who may redeem it; null for a space: community staff
  community_id    uuid NOT NULL REFERENCES communities,
  code            text NOT NULL UNIQUE,          -- 12 characters of Crockford's base 32 from the system's randomness
  status          text NOT NULL DEFAULT 'issued' CHECK (status IN ('issued', 'redeemed', 'cancelled')),
  valid_until     timestamptz,
  redeemed_at     timestamptz,
  redeemed_by     uuid REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX vouchers_line ON vouchers (line_id);
CREATE INDEX vouchers_order ON vouchers (order_id);

CREATE TABLE desk_payments (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  order_id        uuid NOT NULL UNIQUE REFERENCES orders,
  community_id    uuid NOT NULL REFERENCES communities,
  amount_minor    bigint NOT NULL,
  currency        text NOT NULL,
  method          text NOT NULL CHECK (method IN ('cash', 'transfer')),
  slip            text NOT NULL DEFAULT '',
  taken_by        uuid NOT NULL REFERENCES persons,
  taken_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE messages (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id       uuid,
  channel         text NOT NULL CHECK (channel IN ('email', 'sms')),
  recipient       text NOT NULL,
  subject         text NOT NULL DEFAULT '',
  body            text NOT NULL,
  dedupe_key      text NOT NULL UNIQUE,
  status          text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  sent_at         timestamptz
);
