-- What the provider told us, once per provider event id, kept for good (M11, M13).
CREATE TABLE webhook_inbox (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  provider        text NOT NULL,
  event_id        text NOT NULL,
  type            text NOT NULL,
  payload         jsonb NOT NULL,
  received_at     timestamptz NOT NULL DEFAULT now(),
  handled_at      timestamptz,               -- null while parked: it came before what it is about (M15)
  waits_for       text,                      -- provider id of the session or payment it is about
  outcome         text NOT NULL DEFAULT '',
  UNIQUE (provider, event_id)
);
CREATE INDEX webhook_inbox_parked ON webhook_inbox (waits_for) WHERE handled_at IS NULL;

-- One payment session at the provider per order attempt. The row is written before the call, its id is the idempotency key (T5).
CREATE TABLE payment_sessions (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  order_id        uuid NOT NULL,             -- checkout's; payments knows no more of it
  provider        text NOT NULL,
  provider_session text UNIQUE,              -- cs_…; null until the provider answered
  provider_payment text,                     -- pi_…
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  request         jsonb NOT NULL,            -- lines and return addresses: a repeated call must be the same call
  checkout_url    text,
  status          text NOT NULL DEFAULT 'opening' CHECK (status IN ('opening', 'open', 'paid', 'expired', 'failed')),
  paid_minor      bigint,                    -- what the provider says it took; differs from the amount only in a fault (M19)
  paid_currency   text,
  expires_at      timestamptz NOT NULL,      -- of the page at the provider, not of the hold
  created_at      timestamptz NOT NULL DEFAULT now(),
  looked_at       timestamptz,               -- when the reconciler asked the provider last
  settled_at      timestamptz,
  CHECK ((status = 'paid') = (provider_payment IS NOT NULL AND paid_minor IS NOT NULL AND paid_currency IS NOT NULL))
);
CREATE INDEX payment_sessions_order ON payment_sessions (order_id);
CREATE INDEX payment_sessions_unsettled ON payment_sessions (created_at) WHERE status IN ('opening', 'open');
CREATE UNIQUE INDEX payment_sessions_payment ON payment_sessions (provider_payment);

-- A refund we asked the provider for; its id is the idempotency key of the call (T5). `provider` as origin: made there without us.
CREATE TABLE payment_refunds (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  session_id      uuid NOT NULL REFERENCES payment_sessions,
  order_id        uuid NOT NULL,
  origin          text NOT NULL DEFAULT 'market' CHECK (origin IN ('market', 'provider')),
  provider_refund text UNIQUE,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  reason          text NOT NULL DEFAULT '',
  status          text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'pending', 'succeeded', 'failed')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  tried_at        timestamptz,               -- set before the first call: later ones look first whether it was done (M25)
  looked_at       timestamptz,
  settled_at      timestamptz
);
CREATE INDEX payment_refunds_order ON payment_refunds (order_id);
CREATE INDEX payment_refunds_session ON payment_refunds (session_id);
CREATE INDEX payment_refunds_unfinished ON payment_refunds (created_at) WHERE status IN ('asked', 'pending');

-- A payment that the buyer's bank took back.
CREATE TABLE payment_disputes (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  session_id      uuid NOT NULL REFERENCES payment_sessions,
  order_id        uuid NOT NULL,
  provider_dispute text NOT NULL UNIQUE,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  status          text NOT NULL CHECK (status IN ('open', 'won', 'lost')),
  created_at      timestamptz NOT NULL DEFAULT now(),
  settled_at      timestamptz
);
CREATE INDEX payment_disputes_order ON payment_disputes (order_id);

-- The sandbox: a Stripe-compatible service with its state apart from ours. Objects are kept as Stripe would answer them.
CREATE SCHEMA sandbox;
CREATE TABLE sandbox.objects (
  id              text PRIMARY KEY,          -- cs_…, pi_…, re_…, ch_…, txn_…
  kind            text NOT NULL,
  parent          text,                      -- payment intent of a refund or charge, for list filters
  body            jsonb NOT NULL,
  number          bigint GENERATED ALWAYS AS IDENTITY,  -- lists are newest first
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX objects_kind ON sandbox.objects (kind, number DESC);
CREATE INDEX objects_parent ON sandbox.objects (parent, kind);
CREATE INDEX objects_open ON sandbox.objects (((body ->> 'expires_at')::bigint))
  WHERE kind = 'checkout.session' AND body ->> 'status' = 'open';
CREATE TABLE sandbox.idempotency (
  key             text PRIMARY KEY,
  request_hash    bytea NOT NULL,
  status          int NOT NULL,
  body            bytea NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE sandbox.events (
  number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id              text NOT NULL,              -- evt_…; twice for a scripted duplicate
  type            text NOT NULL,
  body            jsonb NOT NULL,
  forged          boolean NOT NULL DEFAULT false,       -- signed with a secret that is not ours
  deliver_at      timestamptz NOT NULL DEFAULT now(),
  attempts        int NOT NULL DEFAULT 0,
  answer          int,                        -- last HTTP status
  delivered_at    timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_due ON sandbox.events (deliver_at) WHERE delivered_at IS NULL;
-- How the next webhooks and API calls misbehave, as market/payments/sandbox/script.py reads it; {} = well-behaved.
CREATE TABLE sandbox.script (
  only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  plan            jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO sandbox.script DEFAULT VALUES;
