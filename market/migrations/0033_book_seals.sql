-- Every line of a fund's public book has a number and a link to the line before: a book that was downloaded can be checked with nothing
-- but the file and a published head. Only lines that the ledger has sealed are chained.
CREATE TABLE fund_links (
  fund_id         uuid NOT NULL REFERENCES funds,
  n               bigint NOT NULL CHECK (n > 0),
  transfer_id     bigint NOT NULL,
  hash            bytea NOT NULL,
  PRIMARY KEY (fund_id, n),
  UNIQUE (fund_id, transfer_id)
);
CREATE TABLE fund_link_mark (
  only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  upto_id         bigint NOT NULL DEFAULT 0
);
INSERT INTO fund_link_mark DEFAULT VALUES;

-- What is published each day: the number and the link of a book's last line.
CREATE TABLE fund_heads (
  fund_id         uuid NOT NULL REFERENCES funds,
  day             date NOT NULL,             -- in the community's zone
  n               bigint NOT NULL CHECK (n > 0),
  head            bytea NOT NULL,
  published_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (fund_id, day)
);

-- And of the whole ledger: the root of a tree over the links sealed since the day before, chained to that day. A buyer's proof leads here.
CREATE TABLE ledger_days (
  day             date PRIMARY KEY,          -- UTC
  from_id         bigint NOT NULL,
  upto_id         bigint NOT NULL UNIQUE,
  count           bigint NOT NULL CHECK (count > 0),
  root            bytea NOT NULL,
  head            bytea NOT NULL,
  published_at    timestamptz NOT NULL DEFAULT now(),
  CHECK (from_id <= upto_id)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['fund_links', 'fund_heads', 'ledger_days'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
                   name || '_insert_only', name);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                   name || '_no_truncate', name);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM PUBLIC, CURRENT_USER', name);
  END LOOP;
END $$;
