-- Time is promised on the clock of the place: when the rules of its zone change (a country gives up summer time), the moment moves and
-- what the clock shows stays (B14). These columns say what it showed when the time was taken.
ALTER TABLE occupancies ADD COLUMN wall_starts_at timestamp, ADD COLUMN wall_ends_at timestamp;
ALTER TABLE offers ADD COLUMN wall_starts_at timestamp, ADD COLUMN wall_ends_at timestamp;

CREATE FUNCTION keep_wall_of_occupancy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT NEW.starts_at AT TIME ZONE c.time_zone, NEW.ends_at AT TIME ZONE c.time_zone INTO NEW.wall_starts_at, NEW.wall_ends_at
    FROM spaces s JOIN communities c ON c.id = s.community_id WHERE s.id = NEW.space_id;
  RETURN NEW;
END $$;
CREATE TRIGGER occupancies_wall BEFORE INSERT OR UPDATE OF starts_at, ends_at ON occupancies
  FOR EACH ROW EXECUTE FUNCTION keep_wall_of_occupancy();

CREATE FUNCTION keep_wall_of_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT NEW.starts_at AT TIME ZONE c.time_zone, NEW.ends_at AT TIME ZONE c.time_zone INTO NEW.wall_starts_at, NEW.wall_ends_at
    FROM listings l JOIN communities c ON c.id = l.community_id WHERE l.id = NEW.listing_id;
  RETURN NEW;
END $$;
CREATE TRIGGER offers_wall BEFORE INSERT OR UPDATE OF starts_at, ends_at ON offers FOR EACH ROW EXECUTE FUNCTION keep_wall_of_offer();

UPDATE occupancies SET starts_at = starts_at WHERE status <> 'released';
UPDATE offers SET starts_at = starts_at WHERE starts_at IS NOT NULL;
