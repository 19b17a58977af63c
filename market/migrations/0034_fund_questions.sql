-- Residents ask about an entry of a fund's book; staff answer by a day. Both are public, who asked is not.
CREATE TABLE fund_questions (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  fund_id         uuid NOT NULL REFERENCES funds,
  transfer_id     bigint NOT NULL,            -- an entry of the book: transfers are never removed
  asked_by        uuid NOT NULL REFERENCES persons,
  question        text NOT NULL,
  asked_at        timestamptz NOT NULL DEFAULT now(),
  due_at          timestamptz NOT NULL,
  status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'answered', 'removed')),
  answer          text NOT NULL DEFAULT '',    -- or, where it was removed, why
  answered_by     uuid REFERENCES persons,
  answered_at     timestamptz,
  CHECK ((status = 'open') = (answered_at IS NULL))
);
CREATE INDEX fund_questions_fund ON fund_questions (fund_id, id DESC);
CREATE UNIQUE INDEX fund_questions_once ON fund_questions (asked_by, transfer_id) WHERE status = 'open';
