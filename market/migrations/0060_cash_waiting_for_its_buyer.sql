-- What was paid in cash and is given back waits at the desk until somebody has handed it out: only then is it gone from a drawer. Until
-- now the buyer who called off counted as who paid it out; what no count includes yet waits again, for its clerk to say.
ALTER TABLE desk_refunds ALTER COLUMN paid_by DROP NOT NULL;
ALTER TABLE desk_refunds ADD COLUMN paid_at timestamptz;
UPDATE desk_refunds d SET (paid_by, paid_at) = (
  SELECT CASE WHEN waits THEN NULL ELSE d.paid_by END, CASE WHEN waits THEN NULL ELSE d.made_at END
    FROM (SELECT o.person_id = d.paid_by AND d.counted_in IS NULL AS waits FROM orders o WHERE o.id = d.order_id) AS found);

-- The changed rows are checked now: a table cannot be altered while they wait for that.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE desk_refunds ADD CHECK ((paid_by IS NULL) = (paid_at IS NULL)), ADD CHECK (counted_in IS NULL OR paid_by IS NOT NULL);
CREATE INDEX desk_refunds_waiting ON desk_refunds (community_id, id) WHERE paid_by IS NULL;
