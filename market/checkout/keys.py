"""Idempotency keys: the client's word that two requests are the same one; each key acts once, for one body.

Service code of the checkout slice, split off by noun."""

from typing import Annotated
from uuid import UUID

from litestar.params import HeaderParameter

from market.checkout import placing_queries
from market.db import Connection
from market.errors import InvalidInput

KEY_MAX_LEN = 200
HEADER = "Idempotency-Key"
Key = Annotated[str, HeaderParameter(name=HEADER, description="chosen by the client; the same key and body act once")]


def require_key(key: str) -> None:
    """Raises InvalidInput unless the key is short printable ASCII."""
    if not 1 <= len(key) <= KEY_MAX_LEN or not key.isascii() or not key.isprintable():
        raise InvalidInput([(HEADER, f"must be 1 to {KEY_MAX_LEN} printable characters")])


async def used_for(tx: Connection, *, person_id: UUID, operation: str, key: str, body_hash: bytes) -> UUID:
    """What the first request with this key made; raises InvalidInput when its body was another."""
    used = await placing_queries.used_key(tx, person_id=person_id, operation=operation, key=key)
    if used["body_hash"] != body_hash:
        raise InvalidInput([(HEADER, "was used for another request")])
    made: UUID = used["result_id"]
    return made
