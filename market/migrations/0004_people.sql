CREATE TABLE persons (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  name            text NOT NULL,
  locale          text NOT NULL DEFAULT 'zh-CN' CHECK (locale IN ('zh-CN', 'en')),
  password_hash   text,                      -- argon2id; null once the account is deleted
  is_disabled     boolean NOT NULL DEFAULT false,
  deleted_at      timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now()
);

-- An e-mail address or phone number a person signs in with, stored in its normal form.
CREATE TABLE logins (
  login           text PRIMARY KEY,
  kind            text NOT NULL CHECK (kind IN ('email', 'phone')),
  person_id       uuid NOT NULL REFERENCES persons,
  verified_at     timestamptz
);
CREATE INDEX logins_person ON logins (person_id);

-- The CSRF token of a session is an HMAC of its cookie's value, so it needs no column.
CREATE TABLE sessions (
  token_hash      bytea PRIMARY KEY,         -- SHA-256 of the cookie's value
  person_id       uuid NOT NULL REFERENCES persons,
  created_at      timestamptz NOT NULL DEFAULT now(),
  seen_at         timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  user_agent      text NOT NULL DEFAULT ''
);
CREATE INDEX sessions_person ON sessions (person_id);

CREATE TABLE tokens (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  token_hash      bytea NOT NULL UNIQUE,
  person_id       uuid NOT NULL REFERENCES persons,
  name            text NOT NULL,
  scopes          text[] NOT NULL,
  expires_at      timestamptz,
  revoked_at      timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tokens_person ON tokens (person_id);

-- Staff roles reach the whole subtree below their community; operator has no community.
CREATE TABLE roles (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id       uuid NOT NULL REFERENCES persons,
  role            text NOT NULL CHECK (role IN ('clerk', 'director', 'street', 'operator')),
  community_id    uuid REFERENCES communities,
  granted_by      uuid REFERENCES persons,
  granted_at      timestamptz NOT NULL DEFAULT now(),
  revoked_at      timestamptz,
  CHECK ((role = 'operator') = (community_id IS NULL))
);
CREATE INDEX roles_person ON roles (person_id) WHERE revoked_at IS NULL;
CREATE UNIQUE INDEX roles_once ON roles (person_id, role, community_id) NULLS NOT DISTINCT WHERE revoked_at IS NULL;

CREATE TABLE residencies (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id       uuid NOT NULL REFERENCES persons,
  community_id    uuid NOT NULL REFERENCES communities,
  address         text NOT NULL DEFAULT '',
  status          text NOT NULL DEFAULT 'requested' CHECK (status IN ('requested', 'verified', 'refused', 'ended')),
  decided_by      uuid REFERENCES persons,
  decided_at      timestamptz,
  reason          text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX residencies_open ON residencies (person_id, community_id) WHERE status IN ('requested', 'verified');
CREATE INDEX residencies_community ON residencies (community_id, status);

-- Eligibility groups (H2): elder, disabled, bereaved…, verified by staff.
CREATE TABLE group_members (
  person_id       uuid NOT NULL REFERENCES persons,
  "group"         text NOT NULL,
  community_id    uuid NOT NULL REFERENCES communities,
  verified_by     uuid REFERENCES persons,
  verified_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person_id, "group", community_id)
);

CREATE TABLE audit_log (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at              timestamptz NOT NULL DEFAULT now(),
  person_id       uuid,
  action          text NOT NULL,
  subject         text NOT NULL,
  detail          jsonb NOT NULL DEFAULT '{}'
);
CREATE TRIGGER audit_log_insert_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
