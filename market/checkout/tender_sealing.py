"""How a bid stays closed until its opening (T1): sealed to a key of the tender, whose private half is wrapped by a secret of the
environment.

A sealed box (X25519, XSalsa20-Poly1305) can be made by anybody and opened only with the private key. That key lies in the database as an
XChaCha20-Poly1305 box bound to its tender. Every bid is padded to one length, so that its size says nothing. The stamp of a row is a
keyed hash with the same secret: who writes into the database past the program cannot make one."""

import hashlib
import hmac
from uuid import UUID

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import Aead

from market.errors import Conflict
from market.settings import Settings

PADDED_BYTES = 6144


class KeyIsAnother(Conflict):
    """The secret of the environment is not the one that the tender was announced with, or the row was changed."""

    slug = "tender-key-is-another"
    title = "The bids cannot be opened"

    def __init__(self) -> None:
        super().__init__(
            "The key of this tender does not open: MARKET_TENDER_KEY is not the one it was announced with."
        )


class BidContent(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is in a bid; it names where it belongs, so that one put into another row is found."""

    tender_id: UUID
    bid_id: UUID
    partner_id: UUID
    base_minor: int
    answers: dict[str, int]
    note: str


def _key(settings: Settings, purpose: bytes) -> bytes:
    secret = settings.tender_key.get_secret_value().encode()
    return hashlib.blake2b(hashlib.sha256(secret).digest(), digest_size=32, person=purpose).digest()


def new_keys(settings: Settings, *, tender_id: UUID) -> tuple[bytes, bytes]:
    """The public key of a tender, and its private key wrapped."""
    private = PrivateKey.generate()
    wrapped = Aead(_key(settings, b"tender-wrap")).encrypt(bytes(private), aad=tender_id.bytes)
    return bytes(private.public_key), bytes(wrapped)


def unwrap(settings: Settings, *, tender_id: UUID, wrapped: bytes, public_key: bytes) -> bytes:
    """The private key; the caller has looked at the deadline. Raises KeyIsAnother."""
    try:
        private = Aead(_key(settings, b"tender-wrap")).decrypt(wrapped, aad=tender_id.bytes)
    except CryptoError as fault:
        raise KeyIsAnother from fault
    if bytes(PrivateKey(private).public_key) != public_key:
        raise KeyIsAnother
    return bytes(private)


def seal(content: BidContent, *, public_key: bytes) -> bytes:
    """Sealed so that nobody, this program included, can read it without the private key."""
    plain = msgspec.json.encode(content)
    if len(plain) > PADDED_BYTES:
        raise ValueError("a bid longer than its padding")
    return bytes(SealedBox(PublicKey(public_key)).encrypt(plain.ljust(PADDED_BYTES)))


def unseal(sealed: bytes, *, private_key: bytes) -> BidContent | None:
    """What is in it; None when it was not sealed to this key, or holds no bid."""
    try:
        return msgspec.json.decode(SealedBox(PrivateKey(private_key)).decrypt(sealed), type=BidContent)
    except (CryptoError, msgspec.MsgspecError):
        return None


def receipt_of(sealed: bytes) -> str:
    """What the bidder keeps: SHA-256 in hex."""
    return hashlib.sha256(sealed).hexdigest()


def stamp(
    settings: Settings, *, bid_id: UUID, tender_id: UUID, partner_id: UUID, number: int, receipt: str, ended: bool
) -> bytes:
    """The keyed hash of a row: of a bid that counts, or of one that was replaced or withdrawn."""
    row = b"\0".join(
        [
            bid_id.bytes,
            tender_id.bytes,
            partner_id.bytes,
            str(number).encode(),
            receipt.encode(),
            b"01"[ended : ended + 1],
        ]
    )
    return hashlib.blake2b(row, digest_size=32, key=_key(settings, b"tender-stamp")).digest()


def is_stamp(stored: bytes, expected: bytes) -> bool:
    return hmac.compare_digest(stored, expected)
