-- Bookings that were moved to another time, or to another room of the same owner: the line shows where they are now.
CREATE TABLE booking_moves (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  line_id         uuid NOT NULL REFERENCES order_lines,
  from_space      uuid NOT NULL REFERENCES spaces,
  from_starts_at  timestamptz NOT NULL,
  from_ends_at    timestamptz NOT NULL,
  to_space        uuid NOT NULL REFERENCES spaces,
  to_starts_at    timestamptz NOT NULL,
  to_ends_at      timestamptz NOT NULL,
  returned_minor  bigint NOT NULL CHECK (returned_minor >= 0),   -- the new time cost so much less
  moved_by        uuid NOT NULL REFERENCES persons,
  moved_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX booking_moves_line ON booking_moves (line_id);
