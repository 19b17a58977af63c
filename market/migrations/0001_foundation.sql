-- PostgreSQL 18 has uuidv7(); older servers (16, 17) get an equivalent.
DO $$
BEGIN
  IF to_regproc('pg_catalog.uuidv7') IS NULL THEN
    CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS $f$
      SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
        52, 1), 53, 1), 'hex')::uuid
    $f$;
  END IF;
END $$;

-- For tables whose rows are only ever inserted.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever inserted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- One answer per key: money and slots are claimed at most once however often a request is sent.
CREATE TABLE idempotency_keys (
  owner       text        NOT NULL,          -- person id or hashed token of an anonymous caller
  operation   text        NOT NULL,
  key         text        NOT NULL,
  body_hash   bytea       NOT NULL,
  result_id   uuid,                          -- what the first request made
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, operation, key)
);

-- Fixed-window counters that hold across processes.
CREATE UNLOGGED TABLE rate_limits (
  bucket      text        NOT NULL,
  window_at   timestamptz NOT NULL,
  hits        int         NOT NULL DEFAULT 1,
  PRIMARY KEY (bucket, window_at)
);
