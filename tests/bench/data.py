"""A town of many listings, written by SQL: what is measured afterwards does not depend on how it came in."""

from typing import Any

WORDS = (
    "瑜伽,书法,二胡,太极拳,烘焙,家政,保洁,推拿,针灸,理发,陪诊,钢琴,古筝,编程,机器人,国画,陶艺,合唱,舞蹈,乒乓球,午餐,送餐,"
    "修水管,空调维修,搬家,洗衣,证件照,宠物洗澡,种菜,绘本"
)
ENGLISH = (
    "yoga,calligraphy,erhu,tai chi,baking,housekeeping,cleaning,massage,acupuncture,haircut,doctor visit,piano,"
    "guzheng,coding,robots,painting,pottery,choir,dance,table tennis,lunch,meal delivery,"
    "plumbing,air conditioner,moving,laundry,photos,dog bath,gardening,stories"
)
STYLES = "晨间,周末,亲子,老人,初级,高级,暑期,上门,免费体验,小班,一对一,社区,夜间,精品,公益"

LISTINGS = """
INSERT INTO listings (partner_id, community_id, category_id, kind, status, title, title_en, about, price_minor, has_resident_price,
                      duration_min)
SELECT p.id, p.community_id, c.id, 'class', 'published',
       (string_to_array($2, ','))[1 + n % 15] || (string_to_array($3, ','))[1 + (n / 7) % 30] || '课 ' || n,
       (string_to_array($4, ','))[1 + (n / 7) % 30] || ' class ' || n,
       '第' || n || '期，小班教学，老师耐心，邻里口碑好。', 1000 + (n * 37) % 20000, n % 3 = 0, 60
FROM generate_series($5::int, $1::int) AS n
JOIN (SELECT row_number() OVER (ORDER BY slug) - 1 AS i, * FROM partners) p ON p.i = n % (SELECT count(*) FROM partners)
JOIN (SELECT row_number() OVER (ORDER BY slug) - 1 AS i, * FROM categories WHERE parent_id IS NOT NULL) c
  ON c.i = (n / 3) % (SELECT count(*) FROM categories WHERE parent_id IS NOT NULL)
"""
OFFERS = """
INSERT INTO offers (listing_id, starts_at, ends_at, capacity)
SELECT l.id, t.at, t.at + interval '1 hour', 1000
FROM listings l
CROSS JOIN generate_series(1, 2) AS k
CROSS JOIN LATERAL (
  SELECT date_trunc('hour', now()) + make_interval(days => 1 + (hashtext(l.id::text || k) & 15), hours => k * 3) AS at) t
WHERE NOT EXISTS (SELECT FROM offers o WHERE o.listing_id = l.id)
"""

# Copies of the town's rooms that stand by themselves, a little apart, each with its price lists.
SPACES = """
WITH model AS (SELECT row_number() OVER (ORDER BY id) - 1 AS i, * FROM spaces WHERE kind = 'room' AND parent_id IS NULL),
copied AS (
  INSERT INTO spaces (community_id, enterprise_id, kind, name, name_en, about, capacity, is_step_free, equipment, latitude, longitude,
                      hours, rate_minor, off_peak, currency, granularity_min, min_length_min, max_length_min, horizon_days,
                      buffer_after_min, cancellation)
  SELECT m.community_id, m.enterprise_id, 'room', m.name || ' ' || n, m.name_en || ' ' || n, m.about, 4 + n % 40, m.is_step_free,
         m.equipment, c.latitude + (n % 17) * 0.001, c.longitude + (n % 13) * 0.001, m.hours, m.rate_minor + n % 7 * 500, m.off_peak,
         m.currency, m.granularity_min, 60, 480, 60, m.buffer_after_min, m.cancellation
    FROM generate_series($2::int, $1::int) AS n JOIN model m ON m.i = n % (SELECT count(*) FROM model)
    JOIN communities c ON c.id = m.community_id
  RETURNING id, name)
INSERT INTO space_tariffs (space_id, audience, rates, minimum_minor, deposit_minor, valid_from, valid_until)
SELECT copied.id, t.audience, t.rates, t.minimum_minor, t.deposit_minor, t.valid_from, t.valid_until
  FROM copied JOIN model m ON copied.name LIKE m.name || ' %' JOIN space_tariffs t ON t.space_id = m.id
"""
# Three bookings a day of each grown room, for days back and ahead.
BOOKINGS = """
INSERT INTO occupancies (group_id, space_id, space_no, period, starts_at, ends_at, kind, status)
SELECT gen_random_uuid(), s.id, s.space_no, tstzrange(t.at, t.at + interval '90 minutes'), t.at, t.at + interval '90 minutes',
       'booking', 'active'
  FROM spaces s CROSS JOIN generate_series(-$1::int, $2::int) AS day CROSS JOIN (VALUES (0), (4), (9)) AS part (h)
 CROSS JOIN LATERAL (
  SELECT date_trunc('day', now()) + make_interval(days => day, hours => h + (hashtext(s.id::text || day || h) & 1)) AS at) t
 WHERE s.name ~ ' [0-9]+$'
"""


async def grow_spaces(connection: Any, *, spaces: int, days_back: int = 60, days_ahead: int = 30) -> None:
    """Rooms up to this number, booked for half of the usual hours."""
    have = await connection.fetchval("SELECT count(*) FROM spaces")
    await connection.execute(SPACES, spaces, have + 1)
    await connection.execute(BOOKINGS, days_back, days_ahead)
    await connection.execute("ANALYZE spaces; ANALYZE occupancies; ANALYZE space_tariffs")


async def grow(connection: Any, *, listings: int) -> None:
    """Listings up to this number with two sessions each, on top of the demo town's places, partners and categories."""
    have = await connection.fetchval("SELECT count(*) FROM listings")
    await connection.execute(LISTINGS, listings, STYLES, WORDS, ENGLISH, have + 1)
    await connection.execute(OFFERS)
    await connection.execute("ANALYZE listings; ANALYZE offers")
