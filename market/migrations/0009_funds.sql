CREATE TABLE funds (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  slug            text NOT NULL UNIQUE,      -- <community>-development, <community>-charity
  community_id    uuid NOT NULL REFERENCES communities,
  kind            text NOT NULL CHECK (kind IN ('development', 'charity')),
  name            text NOT NULL,
  name_en         text,
  about           text NOT NULL DEFAULT '',
  about_en        text,
  custodian       text NOT NULL DEFAULT '',
  purposes        jsonb NOT NULL DEFAULT '[]',
  currency        text NOT NULL DEFAULT 'CNY',
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (community_id, kind)
);

-- The ledger accounts of a fund; its balance is their sum.
CREATE TABLE fund_accounts (
  account_id      bigint PRIMARY KEY REFERENCES ledger_accounts,
  fund_id         uuid NOT NULL REFERENCES funds,
  part            text NOT NULL CHECK (part IN ('income', 'spendable', 'reserved')),
  UNIQUE (fund_id, part)
);

-- Who gets which share of what; a new version is a new row, the newest in force counts.
CREATE TABLE routing_rules (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  applies_to      text NOT NULL CHECK (applies_to IN ('service_turnover', 'room_rent', 'stall_rent', 'advertising', 'donation')),
  fund_id         uuid NOT NULL REFERENCES funds,
  version         int NOT NULL CHECK (version > 0),
  rate_bp         int NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
  bearer          text NOT NULL DEFAULT 'partner' CHECK (bearer IN ('partner', 'enterprise')),
  effective_from  timestamptz NOT NULL,
  approved_by     text NOT NULL DEFAULT '',
  minutes         text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (community_id, applies_to, fund_id, version)
);
CREATE INDEX routing_rules_fund ON routing_rules (fund_id);
CREATE TRIGGER routing_rules_insert_only BEFORE UPDATE OR DELETE ON routing_rules FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Period-close schemes, versioned likewise: [{"to": "reinvestment", "rate_bp": 5000}, …]
CREATE TABLE distribution_schemes (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  version         int NOT NULL,
  name            text NOT NULL,
  parts           jsonb NOT NULL,
  effective_from  timestamptz NOT NULL,
  approved_by     text NOT NULL DEFAULT '',
  minutes         text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (community_id, version)
);

-- What a public line of the books is called: the rule's subject, else the business event; money that only changes its
-- part inside a fund is internal and no line of its own.
CREATE FUNCTION fund_line_kind(applies_to text, event_kind text, is_internal boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN is_internal THEN 'internal'
    WHEN applies_to IS NOT NULL THEN applies_to
    WHEN event_kind = 'donation_received' THEN 'donation'
    WHEN event_kind LIKE 'spending%' THEN 'spending'
    ELSE 'other'
  END
$$;

-- What the transfers with after_id < id <= upto_id did to funds: one row per fund account touched, `amount_minor` signed.
CREATE FUNCTION fund_lines(after_id bigint, upto_id bigint)
RETURNS TABLE (fund_id uuid, part text, month text, kind text, amount_minor bigint) LANGUAGE sql STABLE AS $$
  WITH moved AS MATERIALIZED (SELECT * FROM ledger_transfers AS t WHERE t.id > after_id AND t.id <= upto_id)
  SELECT a.fund_id, a.part, to_char(t.occurred_at AT TIME ZONE c.time_zone, 'YYYY-MM'),
         fund_line_kind(r.applies_to, e.kind, o.fund_id IS NOT NULL), s.amount_minor
  FROM moved AS t
  CROSS JOIN LATERAL (VALUES (t.credit_id, t.debit_id, t.amount_minor), (t.debit_id, t.credit_id, -t.amount_minor))
             AS s (account_id, other_id, amount_minor)
  JOIN fund_accounts AS a ON a.account_id = s.account_id
  JOIN funds AS f ON f.id = a.fund_id
  JOIN communities AS c ON c.id = f.community_id
  JOIN ledger_events AS e ON e.id = t.event_id
  LEFT JOIN routing_rules AS r ON r.id = t.rule_id
  LEFT JOIN fund_accounts AS o ON o.account_id = s.other_id AND o.fund_id = a.fund_id
$$;

-- The fund lines with id <= upto_id, summed: a fund's page reads these few rows and the tail, however long its history is.
CREATE TABLE fund_rollups (
  fund_id         uuid NOT NULL REFERENCES funds,
  part            text NOT NULL,
  month           text NOT NULL,             -- YYYY-MM in the community's zone
  kind            text NOT NULL,
  amount_minor    numeric NOT NULL,
  lines           bigint NOT NULL,
  PRIMARY KEY (fund_id, part, month, kind)
);
CREATE TABLE fund_rollup_mark (
  only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  upto_id         bigint NOT NULL DEFAULT 0
);
INSERT INTO fund_rollup_mark DEFAULT VALUES;
