-- Every movement of our balance at the card provider, as it was told, once; fees are booked in the transaction that records them.
CREATE TABLE provider_transactions (
  id              text PRIMARY KEY,          -- txn_…
  provider        text NOT NULL,
  kind            text NOT NULL,
  amount_minor    bigint NOT NULL,
  fee_minor       bigint NOT NULL,
  net_minor       bigint NOT NULL,
  currency        text NOT NULL,
  source          text,                      -- ch_…, re_…, du_…, tr_…, trr_…, po_…
  payment_id      text,
  own_id          text,                      -- our row, as we sent it along
  made_at         timestamptz NOT NULL,
  seen_at         timestamptz NOT NULL DEFAULT now(),
  CHECK (net_minor = amount_minor - fee_minor)
);
CREATE INDEX provider_transactions_made ON provider_transactions (made_at);
CREATE INDEX provider_transactions_payment ON provider_transactions (payment_id);

-- A day that was compared, with what was found; each difference is a case.
CREATE TABLE reconciliations (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  what            text NOT NULL CHECK (what IN ('provider', 'bank')),
  day             date NOT NULL,
  checked         int NOT NULL,
  differences     int NOT NULL,
  made_by         uuid REFERENCES persons,   -- null: by the clock
  made_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reconciliations_what ON reconciliations (what, day DESC);

-- Lines of bank statements, each once: the same file imported again adds nothing.
CREATE TABLE bank_lines (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  day             date NOT NULL,
  amount_minor    bigint NOT NULL CHECK (amount_minor <> 0),   -- negative: money left the account
  currency        text NOT NULL,
  reference       text NOT NULL,
  counter         text NOT NULL DEFAULT '',
  nth             int NOT NULL,              -- of equal lines in one file
  payout_id       uuid REFERENCES payouts,
  deposit_id      uuid,
  imported_by     uuid NOT NULL REFERENCES persons,
  imported_at     timestamptz NOT NULL DEFAULT now(),
  UNIQUE (day, amount_minor, currency, reference, counter, nth)
);
CREATE UNIQUE INDEX bank_lines_payout ON bank_lines (payout_id) WHERE payout_id IS NOT NULL;

-- Cash counted by a clerk: at opening and closing of a day; what differs from what was taken is a case.
CREATE TABLE desk_counts (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  person_id       uuid NOT NULL REFERENCES persons,
  day             date NOT NULL,
  moment          text NOT NULL CHECK (moment IN ('opening', 'closing')),
  counted_minor   bigint NOT NULL CHECK (counted_minor >= 0),
  expected_minor  bigint NOT NULL,
  currency        text NOT NULL,
  made_at         timestamptz NOT NULL DEFAULT now(),
  UNIQUE (community_id, person_id, day, moment)
);

-- Desk cash brought to the bank: it leaves the desk's account for the operating bank account.
CREATE TABLE desk_deposits (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  person_id       uuid NOT NULL REFERENCES persons,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  slip            text NOT NULL DEFAULT '',
  made_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX desk_deposits_community ON desk_deposits (community_id, made_at DESC);

-- Cash that a clerk gave back, so that a day's count can be compared per clerk.
CREATE TABLE desk_refunds (
  id              uuid PRIMARY KEY,          -- of the act that decided it
  order_id        uuid NOT NULL REFERENCES orders,
  community_id    uuid NOT NULL REFERENCES communities,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  paid_by         uuid NOT NULL REFERENCES persons,
  made_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX desk_refunds_community ON desk_refunds (community_id, made_at DESC);
CREATE INDEX desk_payments_community ON desk_payments (community_id, taken_at DESC);
