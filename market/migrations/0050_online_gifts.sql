-- Money that people give on the site: an order of one line, of which the fund gets everything.
ALTER TABLE order_lines DROP CONSTRAINT order_lines_kind_check;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_kind_check CHECK (kind IN ('offer', 'space', 'donation'));

CREATE TABLE donations (
  order_id        uuid PRIMARY KEY REFERENCES orders,
  fund_id         uuid NOT NULL REFERENCES funds,
  person_id       uuid NOT NULL REFERENCES persons,
  campaign_id     uuid REFERENCES campaigns,
  purpose         text,                      -- the earmark as it was when it was given
  is_named        boolean NOT NULL DEFAULT false, -- the giver's name may be shown beside the gift
  message         text NOT NULL DEFAULT '',  -- shown beside the gift, unless it is hidden
  is_hidden       boolean NOT NULL DEFAULT false,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX donations_person ON donations (person_id, order_id DESC);
CREATE INDEX donations_fund ON donations (fund_id, order_id DESC);

-- What went back of a gift: by a refund, or because a bank took the payment back. The gift itself stays as it was.
CREATE TABLE gift_returns (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  gift_id         uuid NOT NULL REFERENCES gifts,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  returned_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gift_returns_gift ON gift_returns (gift_id);
CREATE TRIGGER gift_returns_insert_only BEFORE UPDATE OR DELETE ON gift_returns FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What is left of a gift.
CREATE FUNCTION gift_left(of_gift uuid, amount bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT amount - coalesce((SELECT sum(r.amount_minor) FROM gift_returns AS r WHERE r.gift_id = of_gift), 0)::bigint
$$;

-- A donation that goes back is taken off the donations, not shown as something else.
CREATE OR REPLACE FUNCTION fund_line_kind(applies_to text, event_kind text, is_internal boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN is_internal THEN 'internal'
    WHEN applies_to IS NOT NULL THEN applies_to
    WHEN event_kind LIKE 'donation%' THEN 'donation'
    WHEN event_kind = 'grant_received' THEN 'grant'
    WHEN event_kind LIKE 'spending%' THEN 'spending'
    WHEN event_kind LIKE 'relief%' THEN 'relief'
    WHEN event_kind LIKE 'period%' THEN 'distribution'
    ELSE 'other'
  END
$$;
