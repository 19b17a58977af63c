-- The charter of a fund (H3): who keeps it, what it may be spent on, up to which sums and by whose consent. A new version is a new row,
-- the newest in force counts; a key that is missing means the preset of funds/spending_rules.py.
CREATE TABLE fund_charters (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  fund_id         uuid NOT NULL REFERENCES funds,
  version         int NOT NULL CHECK (version > 0),
  charter         jsonb NOT NULL,
  effective_from  timestamptz NOT NULL DEFAULT now(),
  approved_by     text NOT NULL DEFAULT '',
  minutes         text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (fund_id, version)
);
CREATE TRIGGER fund_charters_insert_only BEFORE UPDATE OR DELETE ON fund_charters FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A wish to spend from a fund, to help a family from it (relief), or to release its income for spending. Whether enough people consented
-- is never stored: it is worked out anew from the decisions on this revision, at every step.
CREATE TABLE spending_requests (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  fund_id         uuid NOT NULL REFERENCES funds,
  kind            text NOT NULL CHECK (kind IN ('spending', 'relief', 'release')),
  author_id       uuid NOT NULL REFERENCES persons,
  request_key     text NOT NULL UNIQUE,      -- author and Idempotency-Key, hashed
  revision        int NOT NULL DEFAULT 1,    -- every edit is a new one and voids what was decided before
  status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'refused', 'withdrawn', 'paid', 'settled')),
  purpose         text NOT NULL,
  title           text NOT NULL,
  about           text NOT NULL DEFAULT '',
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  payee_kind      text NOT NULL DEFAULT 'organisation' CHECK (payee_kind IN ('organisation', 'person')),
  payee_name      text NOT NULL DEFAULT '',
  payee_account   text NOT NULL DEFAULT '',  -- never public
  payee_keys      text[] NOT NULL DEFAULT '{}',  -- name and account in a form in which small differences vanish
  quotes          jsonb NOT NULL DEFAULT '[]',
  announced_until timestamptz,
  is_reserved     boolean NOT NULL DEFAULT false,
  paid_at         timestamptz,
  paid_by         uuid REFERENCES persons,
  paid_from       text CHECK (paid_from IN ('bank', 'desk', 'inside')),
  payment_note    text NOT NULL DEFAULT '',
  is_disclosed    boolean NOT NULL DEFAULT false,  -- relief: part of a public sum already
  people_helped   int CHECK (people_helped >= 0),
  outcome         text NOT NULL DEFAULT '',
  outcome_at      timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((status IN ('paid', 'settled')) = (paid_at IS NOT NULL))
);
CREATE INDEX spending_requests_fund ON spending_requests (fund_id, created_at);
CREATE INDEX spending_requests_payee ON spending_requests USING gin (payee_keys);

-- One person decides once on one revision (A07).
CREATE TABLE spending_decisions (
  request_id      uuid NOT NULL REFERENCES spending_requests,
  revision        int NOT NULL,
  person_id       uuid NOT NULL REFERENCES persons,
  role            text NOT NULL,             -- the staff role in which the person spoke
  verdict         text NOT NULL CHECK (verdict IN ('approve', 'refuse')),
  note            text NOT NULL DEFAULT '',
  decided_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (request_id, revision, person_id)
);
CREATE TRIGGER spending_decisions_insert_only BEFORE UPDATE OR DELETE ON spending_decisions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Quotes, documents, receipts and pictures of what came of it.
ALTER TABLE photos ADD COLUMN spending_id uuid REFERENCES spending_requests,
                   ADD COLUMN paper text CHECK (paper IN ('quote', 'document', 'receipt', 'picture'));
ALTER TABLE photos DROP CONSTRAINT photos_check;
ALTER TABLE photos ADD CONSTRAINT photos_check
  CHECK (num_nonnulls(listing_id, space_id, spending_id) = 1 AND (spending_id IS NULL) = (paper IS NULL));
CREATE INDEX photos_spending ON photos (spending_id, position) WHERE spending_id IS NOT NULL;

-- Help for families leaves a fund in public only as sums over several of them.
CREATE OR REPLACE FUNCTION fund_line_kind(applies_to text, event_kind text, is_internal boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN is_internal THEN 'internal'
    WHEN applies_to IS NOT NULL THEN applies_to
    WHEN event_kind = 'donation_received' THEN 'donation'
    WHEN event_kind LIKE 'spending%' THEN 'spending'
    WHEN event_kind LIKE 'relief%' THEN 'relief'
    WHEN event_kind LIKE 'period%' THEN 'distribution'
    ELSE 'other'
  END
$$;
