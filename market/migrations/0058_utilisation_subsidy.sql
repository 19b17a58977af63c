-- What bookings of spaces cost less than their list price, counted beside their rent. Days that were
-- settled before this know nothing of it; those of the last weeks are counted anew with it.
ALTER TABLE space_hours ADD COLUMN subsidy_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE space_months ADD COLUMN subsidy_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE space_kind_hours ADD COLUMN subsidy_minor bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION sum_space_hours(place uuid, first_day date, end_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  low date := date_trunc('month', first_day);
  high date := date_trunc('month', end_day - 1) + interval '1 month';
BEGIN
  DELETE FROM space_months m USING spaces s WHERE s.community_id = place AND m.space_id = s.id AND m.month >= low AND m.month < high;
  INSERT INTO space_months
    SELECT h.space_id, date_trunc('month', h.day)::date, h.is_leaf, sum(h.open_s), sum(h.bookable_s), sum(h.booked_s), sum(h.used_s),
           sum(h.public_s), sum(h.cancelled_s), sum(h.no_show_s), sum(h.visits), sum(h.revenue_minor), sum(h.subsidy_minor)
      FROM space_hours h JOIN spaces s ON s.id = h.space_id
     WHERE s.community_id = place AND h.day >= low AND h.day < high GROUP BY 1, 2, 3;
  DELETE FROM space_kind_hours WHERE community_id = place AND month >= low AND month < high;
  INSERT INTO space_kind_hours
    SELECT place, s.kind, date_trunc('month', h.day)::date, extract(isodow FROM h.day) - 1, h.hour, sum(h.open_s), sum(h.bookable_s),
           sum(h.booked_s), sum(h.used_s), sum(h.public_s), sum(h.cancelled_s), sum(h.no_show_s), sum(h.visits), sum(h.revenue_minor),
           sum(h.subsidy_minor)
      FROM space_hours h JOIN spaces s ON s.id = h.space_id
     WHERE s.community_id = place AND h.day >= low AND h.day < high AND h.is_leaf GROUP BY 2, 3, 4, 5;
END $$;

-- The next count begins a day earlier and takes the last weeks with it.
UPDATE space_counts SET counted_until = counted_until - 1;
