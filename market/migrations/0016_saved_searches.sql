-- A search that somebody keeps, to hear when something new matches. Where the person was is not among it.
CREATE TABLE saved_searches (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id       uuid NOT NULL REFERENCES persons,
  asked           jsonb NOT NULL,            -- parameters of /api/search
  looked_at       timestamptz NOT NULL DEFAULT now(),
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (person_id, asked)
);
CREATE INDEX saved_searches_looked_at ON saved_searches (looked_at);

-- What was there when it was saved, or was told since: nothing is told twice.
CREATE TABLE saved_search_matches (
  saved_search_id uuid NOT NULL REFERENCES saved_searches ON DELETE CASCADE,
  kind            text NOT NULL,
  found_id        uuid NOT NULL,
  PRIMARY KEY (saved_search_id, kind, found_id)
);
