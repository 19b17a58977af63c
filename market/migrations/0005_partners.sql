CREATE TABLE partners (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  slug            text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
  community_id    uuid NOT NULL REFERENCES communities,
  kind            text NOT NULL CHECK (kind IN ('business', 'charity', 'club', 'individual')),
  tier            text NOT NULL DEFAULT 'basic' CHECK (tier IN ('basic', 'skill', 'startup')),
  status          text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'exited')),
  name            text NOT NULL,
  name_en         text,
  name_skeleton   text NOT NULL UNIQUE,      -- text.skeleton(name): no two names look alike (I09)
  about           text NOT NULL DEFAULT '',
  about_en        text,
  phone           text NOT NULL DEFAULT '',
  address         text NOT NULL DEFAULT '',
  latitude        double precision,
  longitude       double precision,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX partners_community ON partners (community_id);

CREATE TABLE partner_members (
  partner_id      uuid NOT NULL REFERENCES partners,
  person_id       uuid NOT NULL REFERENCES persons,
  role            text NOT NULL CHECK (role IN ('owner', 'staff')),
  added_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (partner_id, person_id)
);
CREATE INDEX partner_members_person ON partner_members (person_id);
