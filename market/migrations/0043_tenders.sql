-- Assets let by open tender with sealed bids (T1). Terms are fixed when they are announced; bids are sealed to public_key, whose private
-- half is wrapped by a secret of the environment and stands here in the open only from the opening on.
CREATE TABLE tenders (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  community_id    uuid NOT NULL REFERENCES communities,
  title           text NOT NULL,
  title_en        text,
  about           text NOT NULL DEFAULT '',
  about_en        text,
  bids_until      timestamptz NOT NULL,
  first_day       date NOT NULL,
  last_day        date NOT NULL,
  reserve_minor   bigint NOT NULL CHECK (reserve_minor BETWEEN 0 AND 10000000000),  -- the least rent a month
  share_bp        int NOT NULL CHECK (share_bp BETWEEN 0 AND 10000),                  -- of turnover, the same for every bidder
  rent_free_weeks int NOT NULL CHECK (rent_free_weeks BETWEEN 0 AND 104),
  deposit_minor   bigint NOT NULL CHECK (deposit_minor BETWEEN 0 AND 10000000000),
  currency        text NOT NULL,
  criteria        jsonb NOT NULL,
  tie_rule        text NOT NULL CHECK (tie_rule IN ('price', 'earliest')),
  public_key      bytea NOT NULL CHECK (length(public_key) = 32),
  wrapped_key     bytea NOT NULL,
  status          text NOT NULL DEFAULT 'announced' CHECK (status IN ('announced', 'opened', 'awarded', 'cancelled')),
  announced_by    uuid REFERENCES persons,
  announced_at    timestamptz NOT NULL DEFAULT now(),
  private_key     bytea CHECK (length(private_key) = 32),
  opened_by       uuid REFERENCES persons,
  opened_at       timestamptz,
  attended        text NOT NULL DEFAULT '',
  awarded_bid     uuid,
  awarded_by      uuid REFERENCES persons,
  award_reason    text NOT NULL DEFAULT '',
  cancel_reason   text NOT NULL DEFAULT '',
  decided_at      timestamptz,
  CHECK (last_day >= first_day),
  CHECK ((opened_at IS NULL) = (private_key IS NULL)),
  CHECK (opened_at IS NULL OR opened_at >= bids_until),
  CHECK (status NOT IN ('opened', 'awarded') OR opened_at IS NOT NULL),
  CHECK ((status = 'awarded') = (awarded_bid IS NOT NULL)),
  CHECK ((status IN ('awarded', 'cancelled')) = (decided_at IS NOT NULL))
);
CREATE INDEX tenders_community ON tenders (community_id, id DESC);

CREATE TABLE tender_spaces (
  tender_id       uuid NOT NULL REFERENCES tenders,
  position        int NOT NULL,
  space_id        uuid NOT NULL REFERENCES spaces,
  PRIMARY KEY (tender_id, position),
  UNIQUE (tender_id, space_id)
);

-- Every bid that ever came in keeps its row: replaced and withdrawn ones lose what they said, never their receipt.
CREATE TABLE tender_bids (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  tender_id       uuid NOT NULL REFERENCES tenders,
  number          int NOT NULL,                  -- in the order in which they came in
  partner_id      uuid NOT NULL REFERENCES partners,
  state           text NOT NULL DEFAULT 'valid' CHECK (state IN ('valid', 'replaced', 'withdrawn', 'opened', 'broken')),
  sealed          bytea,
  receipt         text NOT NULL,                 -- SHA-256 of `sealed`
  stamp           bytea NOT NULL,                -- keyed hash over the row, so that one written past the program is found
  made_by         uuid REFERENCES persons,
  made_at         timestamptz NOT NULL DEFAULT now(),
  ended_at        timestamptz,
  base_minor      bigint,                        -- what was in it, from the opening on
  answers         jsonb,
  note            text,
  fault           text NOT NULL DEFAULT '',
  points          jsonb NOT NULL DEFAULT '{}',   -- of the committee, by criterion
  UNIQUE (tender_id, number),
  CHECK ((state IN ('replaced', 'withdrawn')) = (sealed IS NULL)),
  CHECK ((state = 'opened') = (base_minor IS NOT NULL))
);
CREATE UNIQUE INDEX tender_bids_one_each ON tender_bids (tender_id, partner_id) WHERE state = 'valid';
ALTER TABLE tenders ADD FOREIGN KEY (awarded_bid) REFERENCES tender_bids;

ALTER TABLE leases ADD COLUMN tender_id uuid REFERENCES tenders;

CREATE FUNCTION tender_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.community_id, NEW.title, NEW.about, NEW.bids_until, NEW.first_day, NEW.last_day, NEW.reserve_minor, NEW.share_bp,
      NEW.rent_free_weeks, NEW.deposit_minor, NEW.currency, NEW.criteria, NEW.tie_rule, NEW.public_key, NEW.wrapped_key)
     IS DISTINCT FROM
     (OLD.community_id, OLD.title, OLD.about, OLD.bids_until, OLD.first_day, OLD.last_day, OLD.reserve_minor, OLD.share_bp,
      OLD.rent_free_weeks, OLD.deposit_minor, OLD.currency, OLD.criteria, OLD.tie_rule, OLD.public_key, OLD.wrapped_key) THEN
    RAISE EXCEPTION 'the terms of a tender do not change after they were announced';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tender_terms_stay BEFORE UPDATE ON tenders FOR EACH ROW EXECUTE FUNCTION tender_terms_stay();

-- The deadline holds also for who writes past the program.
CREATE FUNCTION tender_bids_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM tenders WHERE id = NEW.tender_id AND status = 'announced' AND now() < bids_until) THEN
    RAISE EXCEPTION 'this tender takes no bids';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tender_bids_in_time BEFORE INSERT ON tender_bids FOR EACH ROW EXECUTE FUNCTION tender_bids_in_time();
