"""Passwords: argon2id on threads of their own, and a check that costs the same for a login nobody has (A19)."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Two at a time: a burst of sign-ins waits here and neither fills the memory nor stops the event loop.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
# Hash of a password that nobody knows, made with the parameters above.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$YW55IHNhbHQgd2lsbCBkbw$bm9ib2R5J3MgcGFzc3dvcmQgaGFzIHRoaXMgaGFzaC4"


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


async def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, _normal(password))


async def matches(stored: str | None, password: str) -> bool:
    """Whether `password` belongs to the stored hash; without one it takes as long and is False."""
    right = await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, stored or _NOBODY, password)
    return right and stored is not None
