-- Calendars kept elsewhere whose events block time of a space here.
CREATE TABLE space_imports (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  space_id        uuid NOT NULL REFERENCES spaces,
  name            text NOT NULL,
  url             text NOT NULL,
  every_min       int NOT NULL DEFAULT 60 CHECK (every_min BETWEEN 15 AND 1440),
  created_by      uuid NOT NULL REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now(),
  next_at         timestamptz NOT NULL DEFAULT now(),
  looked_at       timestamptz,                           -- the last time it was fetched, whatever came of it
  outcome         text CHECK (outcome IN ('ok', 'failed')),
  message         text NOT NULL DEFAULT '',              -- why it failed
  UNIQUE (space_id, url)
);
CREATE INDEX space_imports_due ON space_imports (next_at);

-- What stood in it when it was last read. With a problem it takes no time: something of ours is in the way, or it was not understood.
CREATE TABLE space_import_events (
  import_id       uuid NOT NULL REFERENCES space_imports ON DELETE CASCADE,
  uid             text NOT NULL,
  starts_at       timestamptz NOT NULL,
  ends_at         timestamptz NOT NULL,
  summary         text NOT NULL DEFAULT '',
  group_id        uuid,                                  -- the occupancy that blocks the time
  problem         text CHECK (problem IN ('taken', 'not_understood', 'too_long')),
  PRIMARY KEY (import_id, uid, starts_at),
  CHECK ((group_id IS NULL) = (problem IS NOT NULL))
);
