-- What a fund means to spend in a year, by purpose: entered by one person, confirmed by another. The newest confirmed version counts.
CREATE TABLE fund_plans (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  fund_id         uuid NOT NULL REFERENCES funds,
  year            int NOT NULL CHECK (year BETWEEN 2000 AND 2200),
  version         int NOT NULL CHECK (version > 0),
  lines           jsonb NOT NULL,            -- [{"purpose": "助老", "amount": 500000}, …]
  note            text NOT NULL DEFAULT '',
  entered_by      uuid NOT NULL REFERENCES persons,
  entered_at      timestamptz NOT NULL DEFAULT now(),
  status          text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'confirmed', 'refused', 'withdrawn')),
  decided_by      uuid REFERENCES persons,
  decided_at      timestamptz,
  answer          text NOT NULL DEFAULT '',
  UNIQUE (fund_id, year, version),
  CHECK ((status = 'waiting') = (decided_by IS NULL)),
  CHECK (status NOT IN ('confirmed', 'refused') OR decided_by <> entered_by)
);
CREATE UNIQUE INDEX fund_plans_waiting ON fund_plans (fund_id, year) WHERE status = 'waiting';
