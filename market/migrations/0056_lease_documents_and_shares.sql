-- Papers of a lease: the contract, how the rooms were handed over, insurances. Nothing is taken away: a newer paper replaces an older
-- one, which stays beside it.
CREATE TABLE lease_documents (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  lease_id        uuid NOT NULL REFERENCES leases,
  kind            text NOT NULL CHECK (kind IN ('contract', 'handover', 'insurance', 'other')),
  title           text NOT NULL,
  file            text NOT NULL,                 -- its name in the folder of documents, which is never served as it is
  size_bytes      int NOT NULL CHECK (size_bytes > 0),
  is_of_tenant    boolean NOT NULL,              -- whose side brought it
  replaces_id     uuid UNIQUE,                   -- once at most, a paper of the same lease
  uploaded_by     uuid REFERENCES persons,
  uploaded_at     timestamptz NOT NULL DEFAULT now(),
  UNIQUE (id, lease_id),
  FOREIGN KEY (replaces_id, lease_id) REFERENCES lease_documents (id, lease_id)
);
CREATE INDEX lease_documents_lease ON lease_documents (lease_id, id);

CREATE FUNCTION keep_lease_documents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'papers of a lease are never changed or deleted';
END $$;
CREATE TRIGGER lease_documents_stay BEFORE UPDATE OR DELETE ON lease_documents EXECUTE FUNCTION keep_lease_documents();

-- Leases of one award share its share of turnover: each has the basis points from `share_from_bp` on, so that together they cost to the
-- unit what one lease over all spaces would.
ALTER TABLE leases ADD COLUMN share_from_bp int NOT NULL DEFAULT 0 CHECK (share_from_bp BETWEEN 0 AND 10000),
                   ADD CHECK (share_from_bp + share_bp <= 10000);
CREATE INDEX leases_tender ON leases (tender_id) WHERE tender_id IS NOT NULL;
