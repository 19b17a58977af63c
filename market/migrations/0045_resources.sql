-- Who teaches and what is used in a session: taken for its time as its room is, so that nobody is in two places (one availability model).
CREATE TABLE resources (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  resource_no     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- what the exclusion constraint compares
  kind            text NOT NULL CHECK (kind IN ('teacher', 'equipment')),
  community_id    uuid NOT NULL REFERENCES communities,
  partner_id      uuid REFERENCES partners,                    -- whose teacher
  name            text NOT NULL,
  quantity        int NOT NULL DEFAULT 1 CHECK (quantity BETWEEN 1 AND 1000),
  is_active       boolean NOT NULL DEFAULT true,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'teacher') = (partner_id IS NOT NULL)),
  CHECK (kind <> 'teacher' OR quantity = 1),
  UNIQUE NULLS NOT DISTINCT (community_id, partner_id, name)
);
CREATE INDEX resources_partner ON resources (partner_id);

CREATE TABLE resource_claims (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  resource_id     uuid NOT NULL REFERENCES resources,
  resource_no     bigint NOT NULL,
  offer_id        uuid NOT NULL REFERENCES offers,
  period          tstzrange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)),
  quantity        int NOT NULL CHECK (quantity > 0),
  is_sole         boolean NOT NULL,                            -- there is one of it: behind the lock stands a constraint
  is_released     boolean NOT NULL DEFAULT false,
  UNIQUE (offer_id, resource_id),
  CONSTRAINT resource_claims_no_overlap EXCLUDE USING gist (int8range(resource_no, resource_no, '[]') WITH =, period WITH &&)
    WHERE (is_sole AND NOT is_released)
);
CREATE INDEX resource_claims_time ON resource_claims USING gist (int8range(resource_no, resource_no, '[]'), period) WHERE NOT is_released;
