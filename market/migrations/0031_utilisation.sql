-- What the week of a space was from a day on: its hours, what contained it, whether it was in use. A row is written whenever one of
-- them changes, so that days that are over are counted as they were.
CREATE TABLE space_weeks (
  space_id        uuid NOT NULL REFERENCES spaces,
  first_day       date NOT NULL,                 -- at the wall of the community; what was last said on a day holds for the whole day
  parent_id       uuid,
  hours           jsonb NOT NULL,
  status          text NOT NULL,
  PRIMARY KEY (space_id, first_day)
);

CREATE FUNCTION keep_space_week() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.hours, OLD.parent_id, OLD.status) IS NOT DISTINCT FROM (NEW.hours, NEW.parent_id, NEW.status) THEN
    RETURN NULL;
  END IF;
  INSERT INTO space_weeks (space_id, first_day, parent_id, hours, status)
    SELECT NEW.id, (now() AT TIME ZONE c.time_zone)::date, NEW.parent_id, NEW.hours, NEW.status
      FROM communities c WHERE c.id = NEW.community_id
    ON CONFLICT (space_id, first_day) DO UPDATE
      SET parent_id = EXCLUDED.parent_id, hours = EXCLUDED.hours, status = EXCLUDED.status;
  RETURN NULL;
END $$;
CREATE TRIGGER spaces_week AFTER INSERT OR UPDATE OF hours, parent_id, status ON spaces
  FOR EACH ROW EXECUTE FUNCTION keep_space_week();

INSERT INTO space_weeks (space_id, first_day, parent_id, hours, status)
  SELECT s.id, (s.created_at AT TIME ZONE c.time_zone)::date, s.parent_id, s.hours, s.status
    FROM spaces s JOIN communities c ON c.id = s.community_id;

-- What a space did in one hour of its community's wall clock, counted when the day was over. Flat on purpose: it outlives bookings
-- that are deleted, and counted anew it is the same (spaces/utilisation.py says what each figure is).
CREATE TABLE space_hours (
  space_id        uuid NOT NULL,
  day             date NOT NULL,
  hour            smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
  is_leaf         boolean NOT NULL,              -- it contained no other space then: it counts in totals
  open_s          int NOT NULL,
  bookable_s      int NOT NULL,
  booked_s        int NOT NULL,
  used_s          int NOT NULL,
  public_s        int NOT NULL,
  cancelled_s     int NOT NULL,
  no_show_s       int NOT NULL,
  visits          int NOT NULL,
  revenue_minor   bigint NOT NULL,
  PRIMARY KEY (space_id, day, hour)
);

-- The first day of each community that is not counted yet.
CREATE TABLE space_counts (
  community_id    uuid PRIMARY KEY REFERENCES communities,
  counted_until   date NOT NULL
);

-- What was given back, and which session a taken time belongs to.
CREATE INDEX occupancies_given_back ON occupancies (space_id, starts_at) WHERE status = 'released' AND kind = 'booking' AND is_primary;
CREATE INDEX offers_occupancy ON offers (occupancy_group) WHERE occupancy_group IS NOT NULL;
