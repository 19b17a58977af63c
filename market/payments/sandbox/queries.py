"""All SQL over the sandbox's own schema."""

from collections.abc import Sequence
from typing import Any

from market.db import Connection, Row


async def call_state(tx: Connection, key: str | None) -> Row:
    """What a call must know first: the time, the plan, and whether its idempotency key is free (`mine`) or was used before."""
    row = await tx.fetchrow(
        "SELECT extract(epoch FROM now())::bigint AS now, s.plan, i.request_hash, i.status, i.body, "
        "$1::text IS NULL OR pg_try_advisory_xact_lock(hashtextextended($1, 71821)) AS mine "
        "FROM sandbox.script s LEFT JOIN sandbox.idempotency i ON i.key = $1",
        key,
    )
    assert row is not None
    return row


async def insert_answer(tx: Connection, *, key: str, request_hash: bytes, status: int, body: bytes) -> bool:
    """Keep an answer under its key; False when another call was faster."""
    row = await tx.fetchval(
        "INSERT INTO sandbox.idempotency (key, request_hash, status, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING key",
        key, request_hash, status, body,
    )  # fmt: skip
    return row is not None


async def insert_objects(tx: Connection, things: Sequence[tuple[dict[str, Any], str | None]]) -> None:
    """Store objects, each with its parent (the payment intent or session it belongs to)."""
    await tx.execute(
        "INSERT INTO sandbox.objects (id, kind, parent, body) SELECT b ->> 'id', b ->> 'object', p, b "
        "FROM unnest($1::jsonb[], $2::text[]) WITH ORDINALITY AS t (b, p, n) ORDER BY n",
        [thing for thing, _ in things], [parent for _, parent in things],
    )  # fmt: skip


async def update_object(tx: Connection, thing: dict[str, Any]) -> None:
    await tx.execute("UPDATE sandbox.objects SET body = $2 WHERE id = $1", thing["id"], thing)


async def object_by_id(tx: Connection, kind: str, identity: str) -> dict[str, Any] | None:
    body: dict[str, Any] | None = await tx.fetchval(
        "SELECT body FROM sandbox.objects WHERE id = $1 AND kind = $2", identity, kind
    )
    return body


async def objects_by_id(tx: Connection, identities: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Objects of any kind, as the API shows them."""
    rows = await tx.fetch(
        "SELECT id, body - '_balance' - '_return_url' - '_intent_metadata' AS body FROM sandbox.objects WHERE id = ANY ($1)",
        list(identities),
    )
    return {row["id"]: row["body"] for row in rows}


async def lock_object(tx: Connection, kind: str, identity: str) -> dict[str, Any] | None:
    body: dict[str, Any] | None = await tx.fetchval(
        "SELECT body FROM sandbox.objects WHERE id = $1 AND kind = $2 FOR UPDATE", identity, kind
    )
    return body


async def children(tx: Connection, kind: str, parent: str) -> list[dict[str, Any]]:
    rows = await tx.fetch(
        "SELECT body FROM sandbox.objects WHERE parent = $1 AND kind = $2 ORDER BY number", parent, kind
    )
    return [row["body"] for row in rows]


async def objects(
    tx: Connection,
    kind: str,
    *,
    matching: dict[str, Any],
    created: dict[str, int],
    after: str | None,
    before: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """One page of objects, newest first; `matching` compares fields, `created` knows gt, gte, lt and lte."""
    rows = await tx.fetch(
        "SELECT body FROM sandbox.objects WHERE kind = $1 AND body @> $2::jsonb "
        "AND (body ->> 'created')::bigint BETWEEN $3 AND $4 "
        "AND ($5::text IS NULL OR number < (SELECT number FROM sandbox.objects WHERE id = $5)) "
        "AND ($6::text IS NULL OR number > (SELECT number FROM sandbox.objects WHERE id = $6)) "
        "ORDER BY CASE WHEN $6::text IS NULL THEN -number ELSE number END LIMIT $7",
        kind,
        matching,
        max(created.get("gte", 0), created.get("gt", -1) + 1),
        min(created.get("lte", 2**62), created.get("lt", 2**62) - 1),
        after,
        before,
        limit,
    )
    found = [row["body"] for row in rows]
    return found[::-1] if before else found


async def balances(tx: Connection) -> dict[str, int]:
    """Sum of all balance transactions per currency (lower case), in minor units."""
    rows = await tx.fetch(
        "SELECT body ->> 'currency' AS currency, sum((body ->> 'net')::bigint)::bigint AS held FROM sandbox.objects "
        "WHERE kind = 'balance_transaction' GROUP BY 1"
    )
    return {row["currency"]: row["held"] for row in rows}


async def lock_lapsed_sessions(tx: Connection, limit: int) -> list[dict[str, Any]]:
    """Open sessions whose time is over."""
    rows = await tx.fetch(
        "SELECT body FROM sandbox.objects WHERE kind = 'checkout.session' AND body ->> 'status' = 'open' "
        "AND (body ->> 'expires_at')::bigint <= extract(epoch FROM now())::bigint LIMIT $1 FOR UPDATE SKIP LOCKED",
        limit,
    )
    return [row["body"] for row in rows]


async def delete_old_answers(tx: Connection) -> None:
    """Stripe forgets keys after a day."""
    await tx.execute("DELETE FROM sandbox.idempotency WHERE created_at < now() - interval '24 hours'")


async def now(tx: Connection) -> int:
    seconds: int = await tx.fetchval("SELECT extract(epoch FROM now())::bigint")
    return seconds


async def plan(tx: Connection) -> dict[str, Any]:
    found: dict[str, Any] = await tx.fetchval("SELECT plan FROM sandbox.script")
    return found


async def lock_plan(tx: Connection) -> dict[str, Any]:
    found: dict[str, Any] = await tx.fetchval("SELECT plan FROM sandbox.script FOR UPDATE")
    return found


async def update_plan(tx: Connection, new: dict[str, Any]) -> None:
    await tx.execute("UPDATE sandbox.script SET plan = $1", new)


async def insert_events(tx: Connection, rows: Sequence[tuple[dict[str, Any], float, bool, bool]]) -> None:
    """Queue webhooks: (event, delay in seconds, forged, dropped)."""
    await tx.execute(
        "INSERT INTO sandbox.events (id, type, body, deliver_at, forged, delivered_at) "
        "SELECT b ->> 'id', b ->> 'type', b, now() + make_interval(secs => delay), forged, "
        "CASE WHEN dropped THEN 'infinity'::timestamptz END "
        "FROM unnest($1::jsonb[], $2::float8[], $3::bool[], $4::bool[]) WITH ORDINALITY AS t (b, delay, forged, dropped, n) ORDER BY n",
        [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows],
    )  # fmt: skip


async def update_events_taken(tx: Connection, *, limit: int, lease_s: int, attempts: int) -> list[Row]:
    """Take webhooks that are due; another courier takes them again when `lease_s` has passed without an end (a crash)."""
    return await tx.fetch(
        "UPDATE sandbox.events SET attempts = attempts + 1, deliver_at = now() + make_interval(secs => $2) WHERE number IN ("
        "SELECT number FROM sandbox.events WHERE delivered_at IS NULL AND deliver_at <= now() AND attempts < $3 "
        "ORDER BY deliver_at, number LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING number, body, forged, attempts",
        limit, float(lease_s), attempts,
    )  # fmt: skip


async def update_event_answered(tx: Connection, number: int, *, answer: int | None, done: bool, retry_s: float) -> None:
    await tx.execute(
        "UPDATE sandbox.events SET answer = $2, delivered_at = CASE WHEN $3 THEN now() END, "
        "deliver_at = CASE WHEN $3 THEN deliver_at ELSE now() + make_interval(secs => $4) END WHERE number = $1",
        number, answer, done, retry_s,
    )  # fmt: skip
