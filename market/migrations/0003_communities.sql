CREATE TABLE communities (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  slug            text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
  kind            text NOT NULL CHECK (kind IN ('district', 'street', 'community')),
  parent_id       uuid REFERENCES communities,
  path            uuid[] NOT NULL,           -- ancestors from the root down, itself last
  name            text NOT NULL,
  name_en         text,
  about           text NOT NULL DEFAULT '',
  about_en        text,
  time_zone       text NOT NULL DEFAULT 'Asia/Shanghai',
  currency        text NOT NULL DEFAULT 'CNY',
  latitude        double precision,
  longitude       double precision,
  desk_phone      text NOT NULL DEFAULT '',
  address         text NOT NULL DEFAULT '',
  policies        jsonb NOT NULL DEFAULT '{}',  -- communities/rules.py: Policies
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'district') = (parent_id IS NULL))
);
CREATE INDEX communities_path ON communities USING gin (path);

-- A company founded by the community; it keeps the rest of the room rent (D1).
CREATE TABLE enterprises (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  slug            text NOT NULL UNIQUE,
  community_id    uuid NOT NULL REFERENCES communities,
  name            text NOT NULL,
  name_en         text,
  scope           text NOT NULL DEFAULT '',
  founded_on      date,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX enterprises_community ON enterprises (community_id);
