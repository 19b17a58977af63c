CREATE TABLE spaces (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  space_no        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- what the exclusion constraint compares
  community_id    uuid NOT NULL REFERENCES communities,
  enterprise_id   uuid REFERENCES enterprises,                 -- who keeps the rest of the rent
  parent_id       uuid REFERENCES spaces,                      -- a hall contains rooms
  kind            text NOT NULL CHECK (kind IN ('room', 'stall', 'pitch', 'shop', 'kiosk', 'ad_site', 'parking', 'complex')),
  name            text NOT NULL,
  name_en         text,
  about           text NOT NULL DEFAULT '',
  about_en        text,
  address         text NOT NULL DEFAULT '',
  floor           text NOT NULL DEFAULT '',
  area_dm2        int CHECK (area_dm2 > 0),                    -- square decimetres
  capacity        int NOT NULL DEFAULT 1 CHECK (capacity BETWEEN 1 AND 10000),
  is_step_free    boolean NOT NULL DEFAULT false,
  equipment       text[] NOT NULL DEFAULT '{}',
  latitude        double precision,
  longitude       double precision,
  -- hours: [{"weekday": 0..6 (Monday 0), "opens": "08:00", "closes": "21:00"}] wall time in the community's zone
  hours           jsonb NOT NULL DEFAULT '[]',
  rate_minor      bigint NOT NULL CHECK (rate_minor BETWEEN 0 AND 100000000),  -- per hour
  -- off-peak: [{"weekday": 0..6, "opens": "13:00", "closes": "17:00", "rate_minor": 2000}]
  off_peak        jsonb NOT NULL DEFAULT '[]',
  currency        text NOT NULL DEFAULT 'CNY',
  granularity_min int NOT NULL DEFAULT 30 CHECK (granularity_min IN (15, 30, 60)),
  min_length_min  int NOT NULL DEFAULT 60,
  max_length_min  int NOT NULL DEFAULT 480,
  lead_min        int NOT NULL DEFAULT 0,                      -- latest booking before the start
  horizon_days    int NOT NULL DEFAULT 60,                     -- earliest booking
  buffer_before_min int NOT NULL DEFAULT 0,
  buffer_after_min  int NOT NULL DEFAULT 0,
  status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (min_length_min > 0 AND max_length_min >= min_length_min)
);
CREATE INDEX spaces_community ON spaces (community_id);
CREATE INDEX spaces_parent ON spaces (parent_id);

-- Whatever takes a space: a booking (held or booked), a class session, a lease, a closure.
-- `period` includes the buffers and is what may not overlap; starts_at and ends_at are what was asked for.
-- Booking a hall also writes one row for each room inside it, tied by group_id: the row on the asked space has is_primary = true.
-- Booking a room writes nothing on the hall, so that two rooms can be taken at once; who wants the hall meets the rooms' rows.
CREATE TABLE occupancies (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  group_id        uuid NOT NULL,
  is_primary      boolean NOT NULL DEFAULT true,
  space_id        uuid NOT NULL REFERENCES spaces,
  space_no        bigint NOT NULL,
  period          tstzrange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)),
  starts_at       timestamptz NOT NULL,
  ends_at         timestamptz NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('booking', 'session', 'lease', 'closure')),
  status          text NOT NULL CHECK (status IN ('held', 'active', 'released')),
  held_until      timestamptz,
  note            text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (starts_at < ends_at),
  CHECK ((status = 'held') = (held_until IS NOT NULL)),
  CONSTRAINT occupancies_no_overlap EXCLUDE USING gist (int8range(space_no, space_no, '[]') WITH =, period WITH &&)
    WHERE (status <> 'released')
);
CREATE INDEX occupancies_space_time ON occupancies (space_id, starts_at) WHERE status <> 'released';
CREATE INDEX occupancies_group ON occupancies (group_id);
CREATE INDEX occupancies_held ON occupancies (held_until) WHERE status = 'held';
