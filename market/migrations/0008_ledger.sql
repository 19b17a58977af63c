CREATE TABLE ledger_accounts (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code            text NOT NULL,             -- built only by ledger/chart.py
  currency        text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (code, currency),
  UNIQUE (id, currency)
);

-- One business event; its transfers stand or fall together.
CREATE TABLE ledger_events (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  event_key       text NOT NULL UNIQUE,      -- posting the same key again changes nothing
  kind            text NOT NULL,             -- the name of the function in entries.py
  occurred_at     timestamptz NOT NULL DEFAULT now(),
  reverses        uuid REFERENCES ledger_events,
  reference       jsonb NOT NULL DEFAULT '{}'  -- order_id, line_id…: never a person
);

CREATE TABLE ledger_transfers (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id        uuid NOT NULL REFERENCES ledger_events,
  debit_id        bigint NOT NULL,
  credit_id       bigint NOT NULL,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  rule_id         uuid,                      -- routing rule (with its version) that caused the share
  label           text NOT NULL DEFAULT '',  -- public wording: what it was, never who
  occurred_at     timestamptz NOT NULL DEFAULT now(),
  xid             xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CHECK (debit_id <> credit_id),
  FOREIGN KEY (debit_id, currency) REFERENCES ledger_accounts (id, currency),
  FOREIGN KEY (credit_id, currency) REFERENCES ledger_accounts (id, currency)
);
CREATE INDEX ledger_transfers_debit ON ledger_transfers (debit_id, id);
CREATE INDEX ledger_transfers_credit ON ledger_transfers (credit_id, id);
CREATE INDEX ledger_transfers_event ON ledger_transfers (event_id);

CREATE TRIGGER ledger_events_insert_only BEFORE UPDATE OR DELETE ON ledger_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transfers_insert_only BEFORE UPDATE OR DELETE ON ledger_transfers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_events_no_truncate BEFORE TRUNCATE ON ledger_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transfers_no_truncate BEFORE TRUNCATE ON ledger_transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Sums of all transfers with id <= upto_id, rolled up by a job only over transfers that no running transaction can precede;
-- a balance is this row plus the tail, so posting never waits for a hot balance row.
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

CREATE TABLE ledger_seals (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  from_id         bigint NOT NULL,
  upto_id         bigint NOT NULL,
  count           bigint NOT NULL,
  head            bytea NOT NULL,
  sealed_at       timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER ledger_seals_insert_only BEFORE UPDATE OR DELETE ON ledger_seals FOR EACH ROW EXECUTE FUNCTION refuse_change();
