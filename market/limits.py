"""How often something may be tried: fixed windows counted where all processes see them (PostgreSQL, or Valkey when one is set).

Bucket names hold no address, login or name in clear: callers pass them through `bucket()`."""

import hashlib
import ipaddress
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from market.db import Connection, Database
from market.errors import TooManyRequests, Unavailable


class Counters:
    """Fixed-window counters in PostgreSQL: one atomic statement per hit, so no number of processes counts twice or loses one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, bucket: str, window_s: int) -> tuple[int, int]:
        """Count one; the count so far in this window and the seconds until it ends."""
        async with self._db.read() as connection:
            row = await connection.fetchrow(
                """
                INSERT INTO rate_limits AS r (bucket, window_at) VALUES ($1, to_timestamp(floor(extract(epoch FROM now()) / $2) * $2))
                ON CONFLICT (bucket, window_at) DO UPDATE SET hits = r.hits + 1
                RETURNING hits, ceil(extract(epoch FROM window_at) + $2 - extract(epoch FROM now()))::int AS left_s
                """,
                bucket,
                window_s,
            )
        assert row is not None, "INSERT … RETURNING always gives a row"
        return row["hits"], max(1, row["left_s"])

    async def count(self, bucket: str, window_s: int) -> tuple[int, int]:
        """The count so far without counting, and the seconds until the window ends."""
        async with self._db.read() as connection:
            row = await connection.fetchrow(
                """
                SELECT hits, ceil(extract(epoch FROM window_at) + $2 - extract(epoch FROM now()))::int AS left_s FROM rate_limits
                WHERE bucket = $1 AND window_at = to_timestamp(floor(extract(epoch FROM now()) / $2) * $2)
                """,
                bucket,
                window_s,
            )
        return (row["hits"], max(1, row["left_s"])) if row else (0, window_s)

    async def clear(self, bucket: str, window_s: int) -> None:
        """Forget what was counted in windows of this length."""
        async with self._db.read() as connection:
            await connection.execute("DELETE FROM rate_limits WHERE bucket = $1", bucket)

    async def aclose(self) -> None:
        """Nothing of its own to close."""


class ValkeyCounters(Counters):
    """The same windows in Valkey or Redis, for installations of several machines; the key ends with its window.

    The clock is Valkey's, so that all processes agree on the window. When it does not answer the caller gets 503."""

    # One script is one atomic step: the key that is counted up always has an end.
    _ADD = """
    local now = tonumber(redis.call('TIME')[1])
    local left = tonumber(ARGV[1]) - now % tonumber(ARGV[1])
    local hits = tonumber(redis.call('GET', KEYS[1]) or '0')
    if ARGV[2] == '1' then
      hits = redis.call('INCR', KEYS[1])
      if hits == 1 then redis.call('EXPIRE', KEYS[1], left) end
    end
    return {hits, left}
    """

    def __init__(self, url: str) -> None:
        self._valkey = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1))

    async def _run(self, bucket: str, window_s: int, *, add: bool) -> tuple[int, int]:
        try:
            hits, left_s = await self._valkey.eval(
                self._ADD, 1, f"limit:{bucket}:{window_s}", str(window_s), "1" if add else "0"
            )
        except (RedisError, OSError) as fault:
            raise Unavailable from fault
        return int(hits), max(1, int(left_s))

    async def add(self, bucket: str, window_s: int) -> tuple[int, int]:
        return await self._run(bucket, window_s, add=True)

    async def count(self, bucket: str, window_s: int) -> tuple[int, int]:
        return await self._run(bucket, window_s, add=False)

    async def clear(self, bucket: str, window_s: int) -> None:
        try:
            await self._valkey.delete(f"limit:{bucket}:{window_s}")
        except (RedisError, OSError) as fault:
            raise Unavailable from fault

    async def aclose(self) -> None:
        await self._valkey.aclose()


_counters: WeakKeyDictionary[Database, Counters] = WeakKeyDictionary()


def counters(db: Database) -> Counters:
    """Where this installation counts."""
    return _counters.setdefault(db, Counters(db))


def use(db: Database, other: Counters) -> None:
    """Count there instead, for everything that uses `db`."""
    _counters[db] = other


async def aclose(db: Database) -> None:
    """Close what `use` brought."""
    await counters(db).aclose()


def bucket(kind: str, *parts: str) -> str:
    """A bucket's name: readable kind, hashed parts."""
    return f"{kind}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"


async def hit(db: Database, *, bucket: str, limit: int, window_s: int) -> None:
    """Count one attempt; raises TooManyRequests when it is more than `limit` in this window."""
    hits, left_s = await counters(db).add(bucket, window_s)
    if hits > limit:
        raise TooManyRequests(left_s)


async def check(db: Database, *, bucket: str, limit: int, window_s: int) -> None:
    """Raise TooManyRequests when the bucket is full, without counting."""
    hits, left_s = await counters(db).count(bucket, window_s)
    if hits >= limit:
        raise TooManyRequests(left_s)


async def clear(db: Database, *, bucket: str, window_s: int) -> None:
    """Start the bucket afresh."""
    await counters(db).clear(bucket, window_s)


async def delete_old(tx: Connection, *, older_than_s: int = 86_400) -> None:
    """Remove windows that nobody asks for any more."""
    await tx.execute("DELETE FROM rate_limits WHERE window_at < now() - make_interval(secs => $1)", float(older_than_s))


def caller_address(peer: str | None, headers: Mapping[str, str], trusted_proxies: str) -> str:
    """The address a request is counted under: the peer's, or what a trusted peer says it forwards for (T10).

    X-Forwarded-For is read from the right and only as far as trusted proxies go, so a caller cannot choose it. An IPv6
    caller counts as its /64 network, because it can pick any address in there."""
    trusted = {part.strip() for part in trusted_proxies.split(",") if part.strip()}
    address = peer or "local"
    hops = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
    while address in trusted and hops:
        address = hops.pop()
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
