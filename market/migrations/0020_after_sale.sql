-- A refund that failed is paid once more, by card (another refund row) or in cash.
ALTER TABLE payment_refunds
  ADD COLUMN repeated_at timestamptz,
  ADD COLUMN repeated_by text CHECK (repeated_by IN ('card', 'desk'));
CREATE INDEX payment_refunds_failed ON payment_refunds (order_id) WHERE status = 'failed' AND repeated_at IS NULL;
CREATE INDEX payment_disputes_open ON payment_disputes (order_id) WHERE status = 'open';

-- Something about money that a person must look at. Nothing is ever mended silently: a case has an owner and ends with a reason (M42).
CREATE TABLE cases (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  case_key        text NOT NULL UNIQUE,      -- the same finding opens one case
  kind            text NOT NULL,             -- checkout/rules.py: CASE_KINDS
  community_id    uuid REFERENCES communities,   -- null: of the whole installation
  order_id        uuid REFERENCES orders,
  amount_minor    bigint NOT NULL DEFAULT 0, -- signed: what is missing is negative
  currency        text NOT NULL,
  facts           jsonb NOT NULL DEFAULT '{}',
  owner_id        uuid REFERENCES persons,
  status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved')),
  resolution      text NOT NULL DEFAULT '',
  opened_at       timestamptz NOT NULL DEFAULT now(),
  resolved_at     timestamptz,
  resolved_by     uuid REFERENCES persons,
  CHECK ((status = 'resolved') = (resolved_at IS NOT NULL))
);
CREATE INDEX cases_community ON cases (community_id, status, id DESC);
CREATE INDEX cases_order ON cases (order_id);

-- What was sold in a community, newest first, for its desk.
CREATE INDEX order_lines_community ON order_lines (community_id, id DESC);
