-- Dates of a series that were asked for and could not be had when the order was placed, each with its reason.
CREATE TABLE refused_dates (
  order_id        uuid NOT NULL REFERENCES orders,
  space_id        uuid NOT NULL REFERENCES spaces,
  starts_at       timestamptz NOT NULL,
  ends_at         timestamptz NOT NULL,
  reason          text NOT NULL CHECK (reason IN ('taken', 'closed', 'past', 'too_soon', 'too_far', 'no_such_time', 'limit_reached')),
  PRIMARY KEY (order_id, space_id, starts_at, ends_at)
);

-- the repeat rule that a line is one date of
ALTER TABLE order_lines ADD COLUMN repeat text;
