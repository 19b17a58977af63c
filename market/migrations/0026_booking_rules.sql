-- Who may book, how much at once, what comes back, and what becomes of a booking nobody comes to.
ALTER TABLE spaces
  ADD COLUMN who_may_book text NOT NULL DEFAULT 'anyone' CHECK (who_may_book IN ('anyone', 'residents', 'partners')),
  ADD COLUMN max_open_bookings int CHECK (max_open_bookings BETWEEN 1 AND 100),   -- of one person, null = any number
  ADD COLUMN releases_no_shows boolean NOT NULL DEFAULT false,
  -- [{"until_h": hours before the start, "back_bp": share that comes back}], the longest time first; after the last nothing comes back
  ADD COLUMN cancellation jsonb NOT NULL DEFAULT '[{"until_h": 24, "back_bp": 10000}]';

-- Days on which other hours hold: of one space, or of every space of a community and those below it (holidays).
CREATE TABLE space_exceptions (
  id            uuid PRIMARY KEY DEFAULT uuidv7(),
  space_id      uuid REFERENCES spaces,
  community_id  uuid REFERENCES communities,
  first_day     date NOT NULL,
  last_day      date NOT NULL,
  hours         jsonb NOT NULL DEFAULT '[]',  -- [{"opens", "closes"}] wall time; none = closed
  reason        text NOT NULL DEFAULT '',
  created_by    uuid REFERENCES persons,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CHECK ((space_id IS NULL) <> (community_id IS NULL)),
  CHECK (last_day >= first_day)
);
CREATE INDEX space_exceptions_space ON space_exceptions (space_id) WHERE space_id IS NOT NULL;
CREATE INDEX space_exceptions_community ON space_exceptions (community_id) WHERE community_id IS NOT NULL;

-- what the space promised when a line was sold, as spaces.cancellation
ALTER TABLE order_lines ADD COLUMN cancellation jsonb;
-- when the rest of a booking was freed because nobody came
ALTER TABLE occupancies ADD COLUMN no_show_at timestamptz;
CREATE INDEX occupancies_running ON occupancies (starts_at) WHERE kind = 'booking' AND status = 'active' AND is_primary;
