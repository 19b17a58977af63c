-- What the provider told us, once per provider event id, kept for good (M11, M13).
CREATE TABLE webhook_inbox (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  provider        text NOT NULL,
  event_id        text NOT NULL,
  type            text NOT NULL,
  payload         jsonb NOT NULL,
  received_at     timestamptz NOT NULL DEFAULT now(),
  handled_at      timestamptz,
  outcome         text NOT NULL DEFAULT '',
  UNIQUE (provider, event_id)
);
CREATE INDEX webhook_inbox_open ON webhook_inbox (received_at) WHERE handled_at IS NULL;

-- One payment session at the provider per order attempt.
CREATE TABLE payment_sessions (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  order_id        uuid NOT NULL,             -- checkout's; payments knows no more of it
  provider        text NOT NULL,
  provider_session text UNIQUE,              -- cs_…; null until the provider answered
  provider_payment text,                     -- pi_…
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  checkout_url    text,
  status          text NOT NULL DEFAULT 'opening' CHECK (status IN ('opening', 'open', 'paid', 'expired', 'failed')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  settled_at      timestamptz
);
CREATE INDEX payment_sessions_order ON payment_sessions (order_id);
CREATE INDEX payment_sessions_unsettled ON payment_sessions (created_at) WHERE status IN ('opening', 'open');
CREATE UNIQUE INDEX payment_sessions_payment ON payment_sessions (provider, provider_payment);

-- A refund we asked the provider for; its id is the idempotency key of the call (T5).
CREATE TABLE payment_refunds (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  session_id      uuid NOT NULL REFERENCES payment_sessions,
  order_id        uuid NOT NULL,
  provider_refund text UNIQUE,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  reason          text NOT NULL DEFAULT '',
  status          text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'pending', 'succeeded', 'failed')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  settled_at      timestamptz
);
CREATE INDEX payment_refunds_order ON payment_refunds (order_id);

-- The sandbox: a Stripe-compatible service with its state apart from ours. Objects are kept as Stripe would answer them.
CREATE SCHEMA sandbox;
CREATE TABLE sandbox.objects (
  id              text PRIMARY KEY,          -- cs_…, pi_…, re_…, ch_…, txn_…
  kind            text NOT NULL,
  body            jsonb NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX objects_kind ON sandbox.objects (kind, created_at);
CREATE TABLE sandbox.idempotency (
  key             text PRIMARY KEY,
  request_hash    bytea NOT NULL,
  status          int,                       -- null while the first request runs
  body            jsonb,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE sandbox.events (
  id              text PRIMARY KEY,          -- evt_…
  type            text NOT NULL,
  body            jsonb NOT NULL,
  deliver_at      timestamptz NOT NULL DEFAULT now(),
  attempts        int NOT NULL DEFAULT 0,
  delivered_at    timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_due ON sandbox.events (deliver_at) WHERE delivered_at IS NULL;
-- How the next webhooks misbehave: {"duplicate": 2, "delay_s": 5, "drop": true, "reorder": true, "forge": true}
CREATE TABLE sandbox.script (
  only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  plan            jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO sandbox.script DEFAULT VALUES;
