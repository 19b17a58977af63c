-- Sums of space_hours, so that five years are as quick to look at as one month: of every space for whole months, and of the hours of
-- the week for what is told by hour. They are written with the rows they sum, by the one function below, and counted anew they are the same.
CREATE TABLE space_months (
  space_id        uuid NOT NULL,
  month           date NOT NULL,                 -- its first day
  is_leaf         boolean NOT NULL,
  open_s          bigint NOT NULL,
  bookable_s      bigint NOT NULL,
  booked_s        bigint NOT NULL,
  used_s          bigint NOT NULL,
  public_s        bigint NOT NULL,
  cancelled_s     bigint NOT NULL,
  no_show_s       bigint NOT NULL,
  visits          bigint NOT NULL,
  revenue_minor   bigint NOT NULL,
  PRIMARY KEY (space_id, month, is_leaf)
);

-- The spaces of a kind in a community that contain no other, by hour of the week.
CREATE TABLE space_kind_hours (
  community_id    uuid NOT NULL REFERENCES communities,
  kind            text NOT NULL,
  month           date NOT NULL,
  weekday         smallint NOT NULL,             -- Monday 0
  hour            smallint NOT NULL,
  open_s          bigint NOT NULL,
  bookable_s      bigint NOT NULL,
  booked_s        bigint NOT NULL,
  used_s          bigint NOT NULL,
  public_s        bigint NOT NULL,
  cancelled_s     bigint NOT NULL,
  no_show_s       bigint NOT NULL,
  visits          bigint NOT NULL,
  revenue_minor   bigint NOT NULL,
  PRIMARY KEY (community_id, kind, month, weekday, hour)
);

-- Sum the rows of a community anew for the months that touch these days.
CREATE FUNCTION sum_space_hours(place uuid, first_day date, end_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  low date := date_trunc('month', first_day);
  high date := date_trunc('month', end_day - 1) + interval '1 month';
BEGIN
  DELETE FROM space_months m USING spaces s WHERE s.community_id = place AND m.space_id = s.id AND m.month >= low AND m.month < high;
  INSERT INTO space_months
    SELECT h.space_id, date_trunc('month', h.day)::date, h.is_leaf, sum(h.open_s), sum(h.bookable_s), sum(h.booked_s), sum(h.used_s),
           sum(h.public_s), sum(h.cancelled_s), sum(h.no_show_s), sum(h.visits), sum(h.revenue_minor)
      FROM space_hours h JOIN spaces s ON s.id = h.space_id
     WHERE s.community_id = place AND h.day >= low AND h.day < high GROUP BY 1, 2, 3;
  DELETE FROM space_kind_hours WHERE community_id = place AND month >= low AND month < high;
  INSERT INTO space_kind_hours
    SELECT place, s.kind, date_trunc('month', h.day)::date, extract(isodow FROM h.day) - 1, h.hour, sum(h.open_s), sum(h.bookable_s),
           sum(h.booked_s), sum(h.used_s), sum(h.public_s), sum(h.cancelled_s), sum(h.no_show_s), sum(h.visits), sum(h.revenue_minor)
      FROM space_hours h JOIN spaces s ON s.id = h.space_id
     WHERE s.community_id = place AND h.day >= low AND h.day < high AND h.is_leaf GROUP BY 2, 3, 4, 5;
END $$;

SELECT sum_space_hours(s.community_id, min(h.day), max(h.day) + 1)
  FROM space_hours h JOIN spaces s ON s.id = h.space_id GROUP BY s.community_id;
