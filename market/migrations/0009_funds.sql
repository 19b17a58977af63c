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
