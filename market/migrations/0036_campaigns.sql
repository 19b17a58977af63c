-- A call for gifts with a goal and a day; what is given to it can only be spent on its purpose.
CREATE TABLE campaigns (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  fund_id         uuid NOT NULL REFERENCES funds,
  title           text NOT NULL,
  title_en        text,
  about           text NOT NULL DEFAULT '',
  purpose         text NOT NULL,
  goal_minor      bigint NOT NULL CHECK (goal_minor > 0),
  ends_on         date NOT NULL,             -- the last day, in the community's zone
  created_by      uuid NOT NULL REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX campaigns_fund ON campaigns (fund_id, id DESC);

-- What was given, and for what: money stands in the ledger under event_key; goods only here, at the value that was recorded for them.
CREATE TABLE gifts (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  fund_id         uuid NOT NULL REFERENCES funds,
  event_key       text NOT NULL UNIQUE,
  kind            text NOT NULL CHECK (kind IN ('donation', 'monthly', 'grant', 'goods')),
  label           text NOT NULL,             -- public: what, never who
  purpose         text,                      -- the earmark; null: whatever the fund is for
  campaign_id     uuid REFERENCES campaigns,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  valuation       text NOT NULL DEFAULT '',  -- goods: how the value was found
  recorded_by     uuid NOT NULL REFERENCES persons,
  given_at        timestamptz NOT NULL,
  CHECK ((kind = 'goods') = (valuation <> ''))
);
CREATE INDEX gifts_fund ON gifts (fund_id, given_at DESC);
CREATE INDEX gifts_campaign ON gifts (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE TRIGGER gifts_insert_only BEFORE UPDATE OR DELETE ON gifts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How much of a request's money is taken from gifts for its purpose.
ALTER TABLE spending_requests ADD COLUMN earmarked_minor bigint NOT NULL DEFAULT 0
  CHECK (earmarked_minor BETWEEN 0 AND amount_minor);

-- Grants are a kind of their own in the public books.
CREATE OR REPLACE FUNCTION fund_line_kind(applies_to text, event_kind text, is_internal boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN is_internal THEN 'internal'
    WHEN applies_to IS NOT NULL THEN applies_to
    WHEN event_kind = 'donation_received' THEN 'donation'
    WHEN event_kind = 'grant_received' THEN 'grant'
    WHEN event_kind LIKE 'spending%' THEN 'spending'
    WHEN event_kind LIKE 'relief%' THEN 'relief'
    WHEN event_kind LIKE 'period%' THEN 'distribution'
    ELSE 'other'
  END
$$;
