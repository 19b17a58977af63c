-- Which count of a desk's cash has a movement in it. Compared by their times, a payment that commits while its clerk counts could be in
-- neither count: the moment of a row is the beginning of its transaction.
ALTER TABLE desk_payments ADD COLUMN counted_in uuid REFERENCES desk_counts DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE desk_refunds ADD COLUMN counted_in uuid REFERENCES desk_counts DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE desk_deposits ADD COLUMN counted_in uuid REFERENCES desk_counts DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE spending_requests ADD COLUMN counted_in uuid REFERENCES desk_counts DEFERRABLE INITIALLY DEFERRED;

UPDATE desk_payments d SET counted_in = (SELECT c.id FROM desk_counts c WHERE c.community_id = d.community_id AND c.person_id = d.taken_by
  AND c.made_at >= d.taken_at ORDER BY c.made_at LIMIT 1);
UPDATE desk_refunds d SET counted_in = (SELECT c.id FROM desk_counts c WHERE c.community_id = d.community_id AND c.person_id = d.paid_by
  AND c.made_at >= d.made_at ORDER BY c.made_at LIMIT 1);
UPDATE desk_deposits d SET counted_in = (SELECT c.id FROM desk_counts c WHERE c.community_id = d.community_id AND c.person_id = d.person_id
  AND c.made_at >= d.made_at ORDER BY c.made_at LIMIT 1);
UPDATE spending_requests r SET counted_in = (SELECT c.id FROM desk_counts c JOIN funds f ON f.community_id = c.community_id
  WHERE f.id = r.fund_id AND c.person_id = r.paid_by AND c.made_at >= r.paid_at ORDER BY c.made_at LIMIT 1)
  WHERE r.paid_from = 'desk' AND r.paid_at IS NOT NULL;

-- The new references of these rows are checked now: an index cannot be made while they wait for that.
SET CONSTRAINTS ALL IMMEDIATE;
CREATE INDEX desk_payments_uncounted ON desk_payments (community_id, taken_by) WHERE counted_in IS NULL;
CREATE INDEX spending_requests_uncounted ON spending_requests (paid_by) WHERE counted_in IS NULL AND paid_from = 'desk';
