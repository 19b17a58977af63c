"""SQL of what a person may take along and of what is erased with an account."""

from uuid import UUID

from market.db import Connection


async def lock_solely_owned_partner(tx: Connection, person_id: UUID) -> str | None:
    """Name of an active partner that would be left without an owner."""
    await tx.fetch(
        "SELECT 1 FROM partners pt JOIN partner_members pm ON pm.partner_id = pt.id WHERE pm.person_id = $1 FOR UPDATE OF pt",
        person_id,
    )
    found: str | None = await tx.fetchval(
        "SELECT pt.name FROM partners pt JOIN partner_members pm ON pm.partner_id = pt.id "
        "WHERE pm.person_id = $1 AND pm.role = 'owner' AND pt.status <> 'exited' AND NOT EXISTS (SELECT 1 FROM partner_members other "
        "WHERE other.partner_id = pt.id AND other.role = 'owner' AND other.person_id <> $1) LIMIT 1",
        person_id,
    )
    return found


# What the export shows, one statement per kind of row.
EXPORT = {
    "account": "SELECT id, name, locale, created_at FROM persons WHERE id = $1",
    "logins": "SELECT login, kind, verified_at FROM logins WHERE person_id = $1 ORDER BY login",
    "sessions": "SELECT created_at, seen_at, expires_at, user_agent FROM sessions WHERE person_id = $1 ORDER BY created_at",
    "tokens": "SELECT id, name, scopes, created_at, expires_at, revoked_at FROM tokens WHERE person_id = $1 ORDER BY id",
    "roles": "SELECT r.role, c.slug AS community, r.granted_at, r.revoked_at FROM roles r LEFT JOIN communities c ON c.id = r.community_id "
    "WHERE r.person_id = $1 ORDER BY r.id",
    "residencies": "SELECT c.slug AS community, rs.address, rs.status, rs.reason, rs.created_at, rs.decided_at FROM residencies rs "
    "JOIN communities c ON c.id = rs.community_id WHERE rs.person_id = $1 ORDER BY rs.id",
    "groups": 'SELECT gm."group", c.slug AS community, gm.verified_at FROM group_members gm JOIN communities c ON c.id = gm.community_id '
    "WHERE gm.person_id = $1 ORDER BY 1, 2",
    "family": "SELECT id, CASE WHEN buyer_id = $1 THEN 'buyer' ELSE 'member' END AS role, "
    "CASE WHEN buyer_id = $1 THEN name END AS name, status, created_at, decided_at FROM family_links "
    "WHERE buyer_id = $1 OR member_id = $1 ORDER BY id",
    "guests": "SELECT g.order_id, CASE WHEN o.person_id = $1 THEN g.name END AS name, CASE WHEN o.person_id = $1 THEN g.phone END AS phone "
    "FROM order_guests g JOIN orders o ON o.id = g.order_id WHERE o.person_id = $1 OR g.person_id = $1 ORDER BY g.order_id",
    "partners": "SELECT pt.slug AS partner, pt.name, pm.role, pm.added_at FROM partner_members pm "
    "JOIN partners pt ON pt.id = pm.partner_id "
    "WHERE pm.person_id = $1 ORDER BY 1",
    "orders": "SELECT id, status, pay_by, currency, payable_minor, refunded_minor, note, approval, purpose, decision_reason, "
    "created_at, paid_at FROM orders "
    "WHERE person_id = $1 ORDER BY id",
    "order_lines": "SELECT l.id, l.order_id, l.kind, l.title, l.title_en, l.starts_at, l.ends_at, l.attendees, l.quantity, l.list_minor, "
    "l.payable_minor, l.refunded_minor, l.reductions, l.shares FROM order_lines l JOIN orders o ON o.id = l.order_id "
    "WHERE o.person_id = $1 ORDER BY l.order_id, l.position",
    "refused_dates": "SELECT r.order_id, r.space_id, r.starts_at, r.ends_at, r.reason FROM refused_dates r "
    "JOIN orders o ON o.id = r.order_id WHERE o.person_id = $1 ORDER BY r.order_id, r.starts_at",
    "booking_moves": "SELECT line_id, from_space, from_starts_at, from_ends_at, to_space, to_starts_at, to_ends_at, "
    "returned_minor, moved_at FROM booking_moves WHERE moved_by = $1 ORDER BY id",
    "vouchers": "SELECT v.code, v.line_id, v.status, v.valid_until, v.redeemed_at, v.created_at FROM vouchers v "
    "JOIN orders o ON o.id = v.order_id WHERE o.person_id = $1 ORDER BY v.id",
    "passes": "SELECT id, line_id, units, units_left, value_minor, currency, valid_until, created_at FROM passes "
    "WHERE person_id = $1 ORDER BY id",
    "coupons_used": "SELECT u.order_id, c.code, u.amount_minor, u.used_at FROM coupon_uses u JOIN coupons c ON c.id = u.coupon_id "
    "WHERE u.person_id = $1 AND u.is_held ORDER BY u.used_at",
    "desk_payments": "SELECT d.order_id, d.amount_minor, d.currency, d.method, d.slip, d.taken_at FROM desk_payments d "
    "JOIN orders o ON o.id = d.order_id WHERE o.person_id = $1 ORDER BY d.id",
    "payments": "SELECT ps.order_id, ps.amount_minor, ps.currency, ps.status, ps.created_at, ps.settled_at FROM payment_sessions ps "
    "JOIN orders o ON o.id = ps.order_id WHERE o.person_id = $1 ORDER BY ps.id",
    "reviews": "SELECT id, listing_id, stars, text, created_at FROM reviews WHERE person_id = $1 ORDER BY id",
    "needs": "SELECT n.id, c.slug AS community, n.title, n.about, n.status, n.for_community, n.created_at FROM needs n "
    "JOIN communities c ON c.id = n.community_id WHERE n.person_id = $1 ORDER BY n.id",
    "need_supports": "SELECT need_id, created_at FROM need_supports WHERE person_id = $1 ORDER BY need_id",
    "saved_searches": "SELECT id, asked, created_at FROM saved_searches WHERE person_id = $1 ORDER BY id",
    "password_resets": "SELECT created_at, expires_at FROM password_resets WHERE person_id = $1",
    "synonyms": "SELECT words, added_at FROM search_synonyms WHERE added_by = $1 ORDER BY id",
    "synonyms_off": "SELECT group_id, at FROM search_synonyms_off WHERE person_id = $1 ORDER BY group_id",
    "spending_requests": "SELECT id, kind, purpose, title, about, status, created_at FROM spending_requests "
    "WHERE author_id = $1 ORDER BY id",
    "spending_decisions": "SELECT request_id, revision, role, verdict, note, decided_at FROM spending_decisions "
    "WHERE person_id = $1 ORDER BY decided_at",
    "rule_proposals": "SELECT id, applies_to, rate_bp, reason, proposed_at, status FROM rule_drafts WHERE proposed_by = $1 ORDER BY id",
    "fund_questions": "SELECT id, transfer_id AS entry, question, asked_at, status, answer, answered_at FROM fund_questions "
    "WHERE asked_by = $1 ORDER BY id",
    "fund_plans": "SELECT id, year, version, lines, note, entered_at, status, decided_at, answer FROM fund_plans "
    "WHERE entered_by = $1 OR decided_by = $1 ORDER BY id",
    "donations": "SELECT d.order_id, f.slug AS fund, d.purpose, d.is_named, d.message, d.is_hidden, d.created_at FROM donations d "
    "JOIN funds f ON f.id = d.fund_id WHERE d.person_id = $1 ORDER BY d.order_id",
    "standing_gifts": "SELECT s.id, f.slug AS fund, s.amount_minor, s.currency, s.purpose, s.is_named, s.day, s.starts_on, s.ends_on, "
    "s.status, s.created_at, s.stopped_at FROM standing_gifts s JOIN funds f ON f.id = s.fund_id WHERE s.person_id = $1 ORDER BY s.id",
    "gifts_recorded": "SELECT id, kind, label, purpose, amount_minor, given_at FROM gifts WHERE recorded_by = $1 ORDER BY id",
    "campaigns": "SELECT id, title, about, purpose, goal_minor, ends_on, created_at FROM campaigns WHERE created_by = $1 ORDER BY id",
    "fund_answers": "SELECT id, question, answer, answered_at FROM fund_questions WHERE answered_by = $1 ORDER BY id",
    "desk_counts": "SELECT day, moment, counted_minor, expected_minor, currency FROM desk_counts WHERE person_id = $1 ORDER BY made_at",
    "desk_deposits": "SELECT amount_minor, currency, slip, made_at FROM desk_deposits WHERE person_id = $1 ORDER BY made_at",
    "desk_refunds": "SELECT order_id, amount_minor, currency, paid_at FROM desk_refunds WHERE paid_by = $1 ORDER BY paid_at",
    "approvals_decided": "SELECT id AS order_id, approval, decision_reason, decided_at FROM orders WHERE decided_by = $1 ORDER BY id",
    "space_waits": "SELECT space_id, starts_at, ends_at, attendees, status, created_at, offered_until FROM space_waits "
    "WHERE person_id = $1 ORDER BY id",
    "calendar_feeds": "SELECT partner_id, space_id, created_at FROM calendar_feeds "
    "WHERE created_by = $1 OR person_id = $1 ORDER BY id",
    "space_imports": "SELECT space_id, name, url, created_at FROM space_imports WHERE created_by = $1 ORDER BY id",
    "messages": "SELECT channel, recipient, subject, body, status, created_at, sent_at FROM messages WHERE person_id = $1 ORDER BY id",
    "acts": "SELECT at, action, subject, detail FROM audit_log WHERE person_id = $1 OR subject = 'person:' || $1::text ORDER BY id",
}

# What the deletion of an account does, in this order.
ERASURE = (
    "DELETE FROM sessions WHERE person_id = $1",
    "UPDATE tokens SET revoked_at = coalesce(revoked_at, now()), name = '' WHERE person_id = $1",
    "DELETE FROM family_links WHERE buyer_id = $1 OR member_id = $1 "
    "OR invited_login IN (SELECT login FROM logins WHERE person_id = $1)",
    "UPDATE order_guests g SET name = '', phone = '' FROM orders o WHERE o.id = g.order_id AND o.person_id = $1",
    "UPDATE order_guests SET name = '', phone = '', person_id = NULL WHERE person_id = $1",
    "DELETE FROM logins WHERE person_id = $1",
    "UPDATE roles SET revoked_at = now() WHERE person_id = $1 AND revoked_at IS NULL",
    "UPDATE residencies SET address = '', reason = '', status = CASE WHEN status IN ('requested', 'verified') THEN 'ended' ELSE status END "
    "WHERE person_id = $1",
    "DELETE FROM group_members WHERE person_id = $1",
    "DELETE FROM partner_members WHERE person_id = $1",
    "UPDATE reviews SET text = '' WHERE person_id = $1",
    "UPDATE needs n SET supports = supports - 1 FROM need_supports s WHERE s.need_id = n.id AND s.person_id = $1",
    "DELETE FROM saved_searches WHERE person_id = $1",
    "DELETE FROM need_supports WHERE person_id = $1",
    # what neighbours support belongs to them too and stays without its author
    "DELETE FROM needs WHERE person_id = $1 AND supports = 0 AND partner_id IS NULL AND NOT for_community",
    "UPDATE needs SET person_id = NULL, about = CASE WHEN for_community THEN about ELSE '' END WHERE person_id = $1",
    "UPDATE orders SET purpose = '', decision_reason = '' WHERE person_id = $1",
    "DELETE FROM space_waits WHERE person_id = $1",
    "UPDATE standing_gifts SET status = 'stopped', stopped_at = now() WHERE person_id = $1 AND status = 'active'",
    "UPDATE donations SET message = '', is_named = false WHERE person_id = $1",
    "DELETE FROM calendar_feeds WHERE created_by = $1 OR person_id = $1",
    "DELETE FROM messages WHERE person_id = $1",
    "UPDATE desk_payments d SET slip = '' FROM orders o WHERE o.id = d.order_id AND o.person_id = $1",
    "UPDATE persons SET name = '', password_hash = NULL, deleted_at = now() WHERE id = $1",
)
