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


async def grow(connection: Any, *, listings: int) -> None:
    """Listings up to this number with two sessions each, on top of the demo town's places, partners and categories."""
    have = await connection.fetchval("SELECT count(*) FROM listings")
    await connection.execute(LISTINGS, listings, STYLES, WORDS, ENGLISH, have + 1)
    await connection.execute(OFFERS)
    await connection.execute("ANALYZE listings; ANALYZE offers")
