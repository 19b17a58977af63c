-- How a community pays its partners out; no row means the presets of checkout/payout_rules.py.
CREATE TABLE payout_policies (
  community_id    uuid PRIMARY KEY REFERENCES communities,
  every           text NOT NULL CHECK (every IN ('week', 'month')),
  day             int NOT NULL CHECK (day BETWEEN 1 AND 28),   -- of the week (1 = Monday) or of the month
  minimum_minor   bigint NOT NULL CHECK (minimum_minor >= 0),
  rail            text NOT NULL CHECK (rail IN ('bank', 'connect')),
  fee_bearer      text NOT NULL CHECK (fee_bearer IN ('platform', 'seller')),
  changed_by      uuid REFERENCES persons,
  changed_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (every = 'month' OR day <= 7)
);

-- Where a partner's money goes. A payout keeps its own copy: a later change does not move what is under way.
CREATE TABLE payout_accounts (
  partner_id      uuid PRIMARY KEY REFERENCES partners,
  holder          text NOT NULL DEFAULT '',
  bank_name       text NOT NULL DEFAULT '',
  account_no      text NOT NULL DEFAULT '',
  stripe_account  text UNIQUE,
  is_stripe_ready boolean NOT NULL DEFAULT false,
  changed_by      uuid REFERENCES persons,
  changed_at      timestamptz NOT NULL DEFAULT now()
);

-- One run per community and due day, whoever makes it (F13).
CREATE TABLE payout_runs (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  due_on          date NOT NULL,
  rail            text NOT NULL CHECK (rail IN ('bank', 'connect')),
  currency        text NOT NULL,
  status          text NOT NULL CHECK (status IN ('empty', 'ready', 'exported', 'done')),
  left_out        int NOT NULL DEFAULT 0,    -- partners with money and no account to send it to
  checksum        text,                      -- SHA-256 of the file's lines
  exported_by     uuid REFERENCES persons,
  exported_at     timestamptz,
  confirmed_by    uuid REFERENCES persons,
  confirmed_at    timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (community_id, due_on),
  CHECK (confirmed_by IS NULL OR confirmed_by <> exported_by)   -- two persons, whatever a program does
);

CREATE TABLE payouts (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  run_id          uuid NOT NULL REFERENCES payout_runs,
  partner_id      uuid NOT NULL REFERENCES partners,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  netted_minor    bigint NOT NULL DEFAULT 0 CHECK (netted_minor >= 0),   -- what the partner owed and has paid with this
  currency        text NOT NULL,
  rail            text NOT NULL,
  holder          text NOT NULL DEFAULT '',
  bank_name       text NOT NULL DEFAULT '',
  account_no      text NOT NULL DEFAULT '',
  stripe_account  text,
  status          text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'sent', 'failed')),
  failure         text NOT NULL DEFAULT '',
  provider_transfer text UNIQUE,
  reversed_minor  bigint NOT NULL DEFAULT 0,
  tried_at        timestamptz,               -- set before the first call: later ones look first whether it was done (M25)
  created_at      timestamptz NOT NULL DEFAULT now(),
  settled_at      timestamptz,
  UNIQUE (run_id, partner_id),
  CHECK (reversed_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX payouts_partner ON payouts (partner_id, id DESC);
CREATE INDEX payouts_unsettled ON payouts (created_at) WHERE status = 'asked';

-- A transfer taken back because the partner owes after a refund; what cannot be taken back is netted from the next payouts (M29, M30).
CREATE TABLE payout_reversals (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  payout_id       uuid NOT NULL REFERENCES payouts,
  amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
  currency        text NOT NULL,
  status          text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'done', 'refused')),
  provider_reversal text UNIQUE,
  tried_at        timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  settled_at      timestamptz
);
CREATE INDEX payout_reversals_payout ON payout_reversals (payout_id);
CREATE INDEX payout_reversals_unsettled ON payout_reversals (created_at) WHERE status = 'asked';

-- Open vouchers whose time and grace are over are found by this.
CREATE INDEX order_lines_unused ON order_lines (valid_until) WHERE valid_until IS NOT NULL AND earned_at IS NULL AND refunded_at IS NULL;
