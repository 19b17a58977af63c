CREATE TABLE ledger_accounts (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code            text NOT NULL,             -- built only by ledger/chart.py
  currency        text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (code, currency),
  UNIQUE (id, currency)
);

-- One business event; its transfers stand or fall together, in one currency.
CREATE TABLE ledger_events (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  event_key       text NOT NULL UNIQUE,      -- posting the same key again changes nothing
  kind            text NOT NULL,             -- the name of the function in entries.py
  occurred_at     timestamptz NOT NULL DEFAULT now(),
  reverses        uuid REFERENCES ledger_events,
  reference       jsonb NOT NULL DEFAULT '{}',  -- order_id, line_id…: never a person
  currency        text,                      -- null only where nothing moved (a free order)
  transfer_count  int NOT NULL CHECK (transfer_count >= 0),
  CHECK ((currency IS NULL) = (transfer_count = 0)),
  UNIQUE (id, currency)
);
CREATE INDEX ledger_events_reverses ON ledger_events (reverses) WHERE reverses IS NOT NULL;

CREATE TABLE ledger_transfers (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id        uuid NOT NULL,
  debit_id        bigint NOT NULL,
  credit_id       bigint NOT NULL,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  rule_id         uuid,                      -- routing rule (with its version) that caused the share
  label           text NOT NULL DEFAULT '',  -- public wording: what it was, never who
  occurred_at     timestamptz NOT NULL DEFAULT now(),
  CHECK (debit_id <> credit_id),
  FOREIGN KEY (event_id, currency) REFERENCES ledger_events (id, currency),
  FOREIGN KEY (debit_id, currency) REFERENCES ledger_accounts (id, currency),
  FOREIGN KEY (credit_id, currency) REFERENCES ledger_accounts (id, currency)
);
-- The public books page through an account by time; what came after the rollups is found by the primary key.
CREATE INDEX ledger_transfers_debit_time ON ledger_transfers (debit_id, occurred_at, id);
CREATE INDEX ledger_transfers_credit_time ON ledger_transfers (credit_id, occurred_at, id);
CREATE INDEX ledger_transfers_event ON ledger_transfers (event_id);

-- A group is written whole: an event has exactly as many transfers as it says, from the commit on and for good (M38).
CREATE FUNCTION ledger_event_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.transfer_count <> (SELECT count(*) FROM ledger_transfers WHERE event_id = NEW.id) THEN
    RAISE EXCEPTION 'event % does not have the % transfers it says', NEW.event_key, NEW.transfer_count USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_events_whole AFTER INSERT ON ledger_events
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_event_is_whole();

CREATE FUNCTION ledger_transfers_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT event_id FROM added) AS a JOIN ledger_events AS e ON e.id = a.event_id
    WHERE e.transfer_count < (SELECT count(*) FROM ledger_transfers AS t WHERE t.event_id = e.id)
  ) THEN
    RAISE EXCEPTION 'an event gets no further transfers' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_transfers_fit AFTER INSERT ON ledger_transfers REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfers_fit();

-- Sums of all transfers with id <= upto_id. A job moves the mark only over ids that no running transaction can still fill
-- (pg_snapshot_xmin); a balance is this row plus the tail, so posting never waits for a hot balance row.
CREATE TABLE ledger_rollups (
  account_id      bigint PRIMARY KEY REFERENCES ledger_accounts,
  debit_minor     numeric NOT NULL DEFAULT 0,
  credit_minor    numeric NOT NULL DEFAULT 0
);
CREATE TABLE ledger_rollup_mark (
  only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  upto_id         bigint NOT NULL DEFAULT 0
);
INSERT INTO ledger_rollup_mark DEFAULT VALUES;

-- The hash chain: one link per sealed transfer, SHA-256 over the link before and the canonical text of the row;
-- a seal is the link of its last transfer, and is what gets published.
CREATE TABLE ledger_links (
  transfer_id     bigint PRIMARY KEY,
  hash            bytea NOT NULL
);
CREATE TABLE ledger_seals (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  from_id         bigint NOT NULL,
  upto_id         bigint NOT NULL UNIQUE,
  count           bigint NOT NULL,
  head            bytea NOT NULL,
  sealed_at       timestamptz NOT NULL DEFAULT now(),
  CHECK (from_id <= upto_id AND count > 0)
);

-- Rows are only ever inserted (M37): by trigger for everybody, and by privilege for the owner as well. The owner keeps
-- UPDATE on what foreign keys refer to, which PostgreSQL needs to lock the row; the trigger refuses the update itself.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_accounts', 'ledger_events', 'ledger_transfers', 'ledger_links', 'ledger_seals'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()',
                   name || '_insert_only', name);
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                   name || '_no_truncate', name);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON %I FROM PUBLIC, CURRENT_USER', name);
  END LOOP;
  REVOKE UPDATE ON ledger_transfers, ledger_links, ledger_seals FROM PUBLIC, CURRENT_USER;
END $$;
