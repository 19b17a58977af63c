-- One way back into an account at a time: a newer code replaces the older one, a used or changed password ends it.
CREATE TABLE password_resets (
  person_id       uuid PRIMARY KEY REFERENCES persons,
  code_hash       bytea NOT NULL,            -- HMAC under the installation's secret: eight digits alone could be tried out
  expires_at      timestamptz NOT NULL,
  attempts        int NOT NULL DEFAULT 0,    -- wrong codes so far
  created_at      timestamptz NOT NULL DEFAULT now()
);
