-- Losses first, then a statutory reserve up to its cap, before the parts of a scheme get anything (L6).
ALTER TABLE distribution_schemes ADD COLUMN reserve_rate_bp int NOT NULL DEFAULT 0 CHECK (reserve_rate_bp BETWEEN 0 AND 10000),
                                 ADD COLUMN reserve_cap_minor bigint NOT NULL DEFAULT 0 CHECK (reserve_cap_minor >= 0);

-- The monthly close of a community with its enterprises: prepared by one, signed by another, and from then on the month is locked.
-- A reopened close stays as it was; the month then gets another row.
CREATE TABLE period_closes (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  month           text NOT NULL CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  status          text NOT NULL DEFAULT 'prepared' CHECK (status IN ('prepared', 'closed', 'reopened')),
  figures         jsonb NOT NULL,            -- what was signed: funds/closes.py
  prepared_by     uuid REFERENCES persons,   -- null: at the operator's terminal
  prepared_at     timestamptz NOT NULL DEFAULT now(),
  signed_by       uuid REFERENCES persons,
  signed_at       timestamptz,
  reopened_by     uuid REFERENCES persons,
  reopened_at     timestamptz,
  reopen_reason   text NOT NULL DEFAULT '',
  CHECK (signed_by IS NULL OR signed_by IS DISTINCT FROM prepared_by),
  CHECK ((status = 'prepared') = (signed_at IS NULL))
);
CREATE UNIQUE INDEX period_closes_once ON period_closes (community_id, month) WHERE status <> 'reopened';

-- Which community an account of the chart belongs to; null for partners, the provider and the platform.
CREATE FUNCTION account_community(code text) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT CASE split_part(code, ':', 1)
    WHEN 'fund' THEN (SELECT id FROM communities WHERE slug = split_part(code, ':', 2))
    WHEN 'desk' THEN (SELECT id FROM communities WHERE slug = split_part(code, ':', 2))
    WHEN 'bank' THEN (SELECT community_id FROM funds WHERE slug = split_part(code, ':', 2))
    WHEN 'relief' THEN (SELECT community_id FROM funds WHERE slug = split_part(code, ':', 2))
    WHEN 'enterprise' THEN (SELECT community_id FROM enterprises WHERE slug = split_part(code, ':', 2))
  END
$$;

-- M40: nothing is dated back into a locked month. Postings of this moment pass without a look; one that is dated back takes the lock
-- that signing takes as well, so that neither can miss the other.
CREATE FUNCTION refuse_locked_month() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE owner uuid;
BEGIN
  FOR owner IN SELECT DISTINCT account_community(a.code) FROM ledger_accounts AS a WHERE a.id IN (NEW.debit_id, NEW.credit_id) LOOP
    CONTINUE WHEN owner IS NULL;
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('close:' || owner::text, 0));
    IF EXISTS (SELECT FROM period_closes AS p JOIN communities AS c ON c.id = p.community_id
               WHERE p.community_id = owner AND p.status = 'closed'
                 AND p.month = to_char(NEW.occurred_at AT TIME ZONE c.time_zone, 'YYYY-MM')) THEN
      RAISE EXCEPTION 'the month of % is closed', NEW.occurred_at USING ERRCODE = 'restrict_violation', CONSTRAINT = 'locked_month';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_transfers_locked_month AFTER INSERT ON ledger_transfers
  FOR EACH ROW WHEN (NEW.occurred_at < now()) EXECUTE FUNCTION refuse_locked_month();
