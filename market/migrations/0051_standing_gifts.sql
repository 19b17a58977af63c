-- A gift every month: somebody's word, which makes an order that waits to be paid on its day, and can be taken back at any time.
CREATE TABLE standing_gifts (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id       uuid NOT NULL REFERENCES persons,
  fund_id         uuid NOT NULL REFERENCES funds,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  purpose         text,
  is_named        boolean NOT NULL DEFAULT false,
  day             int NOT NULL CHECK (day BETWEEN 1 AND 28),
  starts_on       date NOT NULL,             -- the first day on which it may fall due, in the community's zone
  ends_on         date,                      -- the last; null: until it is stopped
  status          text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'stopped', 'ended')),
  stopped_at      timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (ends_on >= starts_on),
  CHECK ((status = 'active') = (stopped_at IS NULL))
);
CREATE INDEX standing_gifts_person ON standing_gifts (person_id, id DESC);
CREATE INDEX standing_gifts_fund ON standing_gifts (fund_id) WHERE status = 'active';

-- The order of a month; at most one for each.
ALTER TABLE donations ADD COLUMN standing_id uuid REFERENCES standing_gifts,
                      ADD COLUMN month date,
                      ADD CHECK ((standing_id IS NULL) = (month IS NULL)),
                      ADD CHECK (extract(day FROM month) = 1),
                      ADD UNIQUE (standing_id, month);
