-- Spaces whose bookings the staff of their community agree to first, and what became of each request.
ALTER TABLE spaces
  ADD COLUMN needs_approval boolean NOT NULL DEFAULT false,
  -- so long the time is kept while staff have not decided; then the request ends by itself
  ADD COLUMN approval_hours int NOT NULL DEFAULT 48 CHECK (approval_hours BETWEEN 1 AND 336);

ALTER TABLE orders
  -- null: nobody had to agree
  ADD COLUMN approval text CHECK (approval IN ('asked', 'approved', 'refused', 'expired', 'withdrawn')),
  ADD COLUMN purpose text NOT NULL DEFAULT '',           -- what the room is wanted for, as the buyer put it
  ADD COLUMN decision_reason text NOT NULL DEFAULT '',
  ADD COLUMN decided_by uuid REFERENCES persons,
  ADD COLUMN decided_at timestamptz,
  ADD CHECK (status <> 'awaiting_approval' OR approval IS NOT NULL);

DROP INDEX orders_holds;
CREATE INDEX orders_holds ON orders (hold_expires_at) WHERE status IN ('awaiting_payment', 'awaiting_approval');
DROP INDEX orders_unpaid;
CREATE INDEX orders_unpaid ON orders (person_id) WHERE status IN ('awaiting_payment', 'awaiting_approval');
CREATE INDEX orders_asked ON orders (hold_expires_at) WHERE status = 'awaiting_approval';
CREATE INDEX orders_decided ON orders (decided_at DESC) WHERE decided_at IS NOT NULL;
