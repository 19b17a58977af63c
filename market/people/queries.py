"""SQL of accounts, sessions, tokens, roles and residency."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from market.db import Connection, Row

# What a decision needs to know about a person, in the one statement that also checks the session or token.
_ACTOR = """
  p.id AS person_id, p.name, p.locale,
  ARRAY(SELECT pm.partner_id FROM partner_members pm WHERE pm.person_id = p.id ORDER BY pm.partner_id) AS partner_ids,
  ARRAY(SELECT pm.role FROM partner_members pm WHERE pm.person_id = p.id ORDER BY pm.partner_id) AS partner_roles,
  ARRAY(SELECT rs.community_id FROM residencies rs WHERE rs.person_id = p.id AND rs.status = 'verified') AS resident_of,
  ARRAY(SELECT DISTINCT gm."group" FROM group_members gm WHERE gm.person_id = p.id) AS groups,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.role, 'community_id', r.community_id, 'communities',
      (SELECT coalesce(jsonb_agg(c.id), '[]') FROM communities c WHERE c.path @> ARRAY[r.community_id]))), '[]')
    FROM roles r WHERE r.person_id = p.id AND r.revoked_at IS NULL) AS roles
"""
_LIVING = "NOT p.is_disabled AND p.deleted_at IS NULL"

ACTOR_BY_SESSION = f"""
SELECT {_ACTOR}, s.seen_at < now() - interval '1 hour' AS is_stale
FROM sessions s JOIN persons p ON p.id = s.person_id
WHERE s.token_hash = $1 AND s.expires_at > now() AND {_LIVING}
"""
ACTOR_BY_TOKEN = f"""
SELECT {_ACTOR}, t.scopes
FROM tokens t JOIN persons p ON p.id = t.person_id
WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND {_LIVING}
"""
ACTOR_BY_PERSON = f"SELECT {_ACTOR} FROM persons p WHERE p.id = $1 AND {_LIVING}"
ACTOR_BY_LOGIN = f"SELECT {_ACTOR} FROM persons p JOIN logins n ON n.person_id = p.id WHERE n.login = $1 AND {_LIVING}"


async def actor_by_person(tx: Connection, person_id: UUID) -> Row | None:
    return await tx.fetchrow(ACTOR_BY_PERSON, person_id)


async def actor_by_login(tx: Connection, login: str) -> Row | None:
    return await tx.fetchrow(ACTOR_BY_LOGIN, login)


async def actor_by_session(tx: Connection, token_hash: bytes) -> Row | None:
    return await tx.fetchrow(ACTOR_BY_SESSION, token_hash)


async def actor_by_token(tx: Connection, token_hash: bytes) -> Row | None:
    return await tx.fetchrow(ACTOR_BY_TOKEN, token_hash)


async def new_id(tx: Connection) -> UUID:
    found: UUID = await tx.fetchval("SELECT uuidv7()")
    return found


async def insert_person(tx: Connection, *, person_id: UUID, name: str, locale: str, password_hash: str) -> None:
    await tx.execute(
        "INSERT INTO persons (id, name, locale, password_hash) VALUES ($1, $2, $3, $4)",
        person_id,
        name,
        locale,
        password_hash,
    )


async def insert_login(tx: Connection, *, login: str, kind: str, person_id: UUID) -> bool:
    """False when the login is taken."""
    done = await tx.execute(
        "INSERT INTO logins (login, kind, person_id) VALUES ($1, $2, $3) ON CONFLICT (login) DO NOTHING",
        login,
        kind,
        person_id,
    )
    return done == "INSERT 0 1"


async def delete_person(tx: Connection, person_id: UUID) -> None:
    """Only for the person that the same transaction has made in vain."""
    await tx.execute("DELETE FROM persons WHERE id = $1", person_id)


async def person_by_login(tx: Connection, login: str) -> Row | None:
    return await tx.fetchrow(
        f"SELECT p.id, p.password_hash FROM logins l JOIN persons p ON p.id = l.person_id WHERE l.login = $1 AND {_LIVING}",
        login,
    )


async def password_hash(tx: Connection, person_id: UUID) -> str | None:
    found: str | None = await tx.fetchval("SELECT password_hash FROM persons WHERE id = $1", person_id)
    return found


async def update_person(
    tx: Connection,
    person_id: UUID,
    *,
    name: str | None,
    locale: str | None,
    password_hash: str | None,
    wants_reminders: bool | None,
) -> None:
    """Change what is given."""
    await tx.execute(
        "UPDATE persons SET name = coalesce($2, name), locale = coalesce($3, locale), password_hash = coalesce($4, password_hash), "
        "wants_reminders = coalesce($5, wants_reminders) WHERE id = $1",
        person_id,
        name,
        locale,
        password_hash,
        wants_reminders,
    )


async def insert_session(
    tx: Connection, *, token_hash: bytes, person_id: UUID, lifetime_days: int, user_agent: str
) -> None:
    await tx.execute(
        "INSERT INTO sessions (token_hash, person_id, expires_at, user_agent) VALUES ($1, $2, now() + make_interval(days => $3), $4)",
        token_hash,
        person_id,
        lifetime_days,
        user_agent,
    )


async def update_session_seen(tx: Connection, token_hash: bytes, *, lifetime_days: int, oldest_days: int) -> None:
    """Extend a session in use, never beyond `oldest_days` after it began."""
    await tx.execute(
        "UPDATE sessions SET seen_at = now(), expires_at = least(now() + make_interval(days => $2), "
        "created_at + make_interval(days => $3)) WHERE token_hash = $1",
        token_hash,
        lifetime_days,
        oldest_days,
    )


async def delete_session(tx: Connection, token_hash: bytes) -> None:
    await tx.execute("DELETE FROM sessions WHERE token_hash = $1", token_hash)


async def delete_sessions(tx: Connection, person_id: UUID) -> None:
    await tx.execute("DELETE FROM sessions WHERE person_id = $1", person_id)


async def account(tx: Connection, person_id: UUID) -> Row:
    """The account as its person sees it; lists come as JSON in the shape of schemas.Account."""
    return await tx.fetchrow(
        """
        SELECT p.id, p.name, p.locale, p.wants_reminders,
          ARRAY(SELECT l.login FROM logins l WHERE l.person_id = p.id ORDER BY l.login) AS logins,
          ARRAY(SELECT DISTINCT gm."group" FROM group_members gm WHERE gm.person_id = p.id ORDER BY 1) AS groups,
          (SELECT coalesce(jsonb_agg(jsonb_build_object('community', c.slug, 'community_name', c.name, 'status', rs.status)
              ORDER BY rs.created_at), '[]')
            FROM residencies rs JOIN communities c ON c.id = rs.community_id WHERE rs.person_id = p.id) AS residencies,
          (SELECT coalesce(jsonb_agg(jsonb_build_object('partner', pt.slug, 'partner_name', pt.name, 'role', pm.role)
              ORDER BY pt.slug), '[]')
            FROM partner_members pm JOIN partners pt ON pt.id = pm.partner_id WHERE pm.person_id = p.id) AS partners,
          (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.role, 'community', c.slug, 'community_name', c.name, 'communities',
              (SELECT coalesce(jsonb_agg(below.slug ORDER BY below.slug), '[]') FROM communities below
                WHERE below.path @> ARRAY[r.community_id]))
              ORDER BY r.role, c.slug), '[]')
            FROM roles r LEFT JOIN communities c ON c.id = r.community_id WHERE r.person_id = p.id AND r.revoked_at IS NULL) AS roles
        FROM persons p WHERE p.id = $1
        """,
        person_id,
    )


async def insert_token(
    tx: Connection, *, token_hash: bytes, person_id: UUID, name: str, scopes: Sequence[str], valid_days: int
) -> Row:
    return await tx.fetchrow(
        "INSERT INTO tokens (token_hash, person_id, name, scopes, expires_at) VALUES ($1, $2, $3, $4, now() + make_interval(days => $5)) "
        "RETURNING id, name, scopes, created_at, expires_at",
        token_hash,
        person_id,
        name,
        list(scopes),
        valid_days,
    )


async def tokens(tx: Connection, person_id: UUID) -> list[Row]:
    return await tx.fetch(
        "SELECT id, name, scopes, created_at, expires_at FROM tokens WHERE person_id = $1 AND revoked_at IS NULL "
        "AND (expires_at IS NULL OR expires_at > now()) ORDER BY id DESC LIMIT 100",
        person_id,
    )


async def update_token_revoked(tx: Connection, token_id: UUID, person_id: UUID) -> bool:
    done = await tx.execute(
        "UPDATE tokens SET revoked_at = now() WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL",
        token_id,
        person_id,
    )
    return done == "UPDATE 1"


async def insert_role(
    tx: Connection, *, person_id: UUID, role: str, community_id: UUID | None, granted_by: UUID | None
) -> bool:
    """False when the person holds it already."""
    done = await tx.execute(
        "INSERT INTO roles (person_id, role, community_id, granted_by) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (person_id, role, community_id) WHERE revoked_at IS NULL DO NOTHING",
        person_id,
        role,
        community_id,
        granted_by,
    )
    return done == "INSERT 0 1"


async def community_id_by_key(tx: Connection, key: str) -> UUID | None:
    """`key` is a slug or an id."""
    found: UUID | None = await tx.fetchval("SELECT id FROM communities WHERE slug = $1 OR id::text = $1", key)
    return found


async def insert_residency_request(tx: Connection, *, person_id: UUID, community_id: UUID, address: str) -> bool:
    """False when one is open or verified already."""
    done = await tx.execute(
        "INSERT INTO residencies (person_id, community_id, address) VALUES ($1, $2, $3) "
        "ON CONFLICT (person_id, community_id) WHERE status IN ('requested', 'verified') DO NOTHING",
        person_id,
        community_id,
        address,
    )
    return done == "INSERT 0 1"


async def insert_verified_residency(
    tx: Connection, *, person_id: UUID, community_id: UUID, address: str, by: UUID | None
) -> None:
    await tx.execute(
        "INSERT INTO residencies (person_id, community_id, address, status, decided_by, decided_at) "
        "VALUES ($1, $2, $3, 'verified', $4, now()) "
        "ON CONFLICT (person_id, community_id) WHERE status IN ('requested', 'verified') "
        "DO UPDATE SET status = 'verified', decided_by = $4, decided_at = now()",
        person_id,
        community_id,
        address,
        by,
    )


async def residency_requests(
    tx: Connection, *, communities: Sequence[UUID] | None, community_key: str | None, status: str
) -> list[Row]:
    """Requests in `communities` (None = all), oldest first."""
    return await tx.fetch(
        "SELECT rs.id, p.name AS person_name, c.slug AS community, rs.address, rs.status, rs.created_at "
        "FROM residencies rs JOIN persons p ON p.id = rs.person_id JOIN communities c ON c.id = rs.community_id "
        "WHERE rs.status = $1 AND ($2::uuid[] IS NULL OR rs.community_id = ANY($2)) "
        "AND ($3::text IS NULL OR c.slug = $3 OR c.id::text = $3) ORDER BY rs.id LIMIT 200",
        status,
        communities,
        community_key,
    )


async def lock_residency(tx: Connection, residency_id: UUID) -> Row | None:
    return await tx.fetchrow(
        "SELECT rs.id, rs.person_id, rs.community_id, rs.address, rs.status, rs.created_at, p.name AS person_name, c.slug AS community, "
        "c.name AS community_name, c.name_en AS community_name_en FROM residencies rs JOIN persons p ON p.id = rs.person_id "
        "JOIN communities c ON c.id = rs.community_id WHERE rs.id = $1 FOR UPDATE OF rs",
        residency_id,
    )


async def update_residency_decided(tx: Connection, residency_id: UUID, *, status: str, reason: str, by: UUID) -> None:
    await tx.execute(
        "UPDATE residencies SET status = $2, reason = $3, decided_by = $4, decided_at = now() WHERE id = $1",
        residency_id,
        status,
        reason,
        by,
    )


async def insert_group_member(
    tx: Connection, *, person_id: UUID, group: str, community_id: UUID, by: UUID | None
) -> None:
    await tx.execute(
        'INSERT INTO group_members (person_id, "group", community_id, verified_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
        person_id,
        group,
        community_id,
        by,
    )


async def insert_audit(
    tx: Connection, *, person_id: UUID | None, action: str, subject: str, detail: dict[str, Any]
) -> None:
    await tx.execute(
        "INSERT INTO audit_log (person_id, action, subject, detail) VALUES ($1, $2, $3, $4)",
        person_id,
        action,
        subject,
        detail,
    )
