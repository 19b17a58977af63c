-- Who waits for a time of a space that is taken. When it is freed the first is offered it for half an hour: the time is really held
-- for them (`offer_group`), a little longer than they are told, so that the next one's turn begins before anybody else's.
CREATE TABLE space_waits (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id       uuid NOT NULL REFERENCES persons,
  space_id        uuid NOT NULL REFERENCES spaces,
  starts_at       timestamptz NOT NULL,
  ends_at         timestamptz NOT NULL,
  attendees       int NOT NULL CHECK (attendees > 0),
  status          text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'offered', 'taken', 'passed', 'left', 'over')),
  offer_group     uuid,                                -- the occupancy that holds the time for them
  offered_until   timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (starts_at < ends_at),
  CHECK ((status <> 'offered') OR (offer_group IS NOT NULL AND offered_until IS NOT NULL))
);
-- once each for the same time
CREATE UNIQUE INDEX space_waits_once ON space_waits (person_id, space_id, starts_at, ends_at) WHERE status IN ('waiting', 'offered');
CREATE INDEX space_waits_line ON space_waits (space_id, id) WHERE status IN ('waiting', 'offered');
