-- A new version of a routing rule is first a draft; a second person approves it with the date and the minutes of the decision.
ALTER TABLE routing_rules
  ADD COLUMN proposed_by text NOT NULL DEFAULT '',
  ADD COLUMN decided_on  date;                 -- the day of the meeting that decided it

CREATE TABLE rule_drafts (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  applies_to      text NOT NULL CHECK (applies_to IN ('service_turnover', 'room_rent', 'stall_rent', 'advertising', 'donation')),
  fund_id         uuid NOT NULL REFERENCES funds,
  rate_bp         int NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
  bearer          text NOT NULL CHECK (bearer IN ('partner', 'enterprise')),
  effective_from  timestamptz NOT NULL,
  reason          text NOT NULL,
  proposed_by     uuid NOT NULL REFERENCES persons,
  proposed_at     timestamptz NOT NULL DEFAULT now(),
  status          text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'approved', 'refused', 'withdrawn')),
  decided_by      uuid REFERENCES persons,
  decided_at      timestamptz,
  answer          text NOT NULL DEFAULT '',    -- the minutes of the approval, or why not
  rule_id         uuid UNIQUE REFERENCES routing_rules,
  CHECK ((status = 'waiting') = (decided_by IS NULL)),
  CHECK ((status = 'approved') = (rule_id IS NOT NULL)),
  CHECK (status <> 'approved' OR decided_by <> proposed_by)
);
CREATE INDEX rule_drafts_community ON rule_drafts (community_id, id DESC);
