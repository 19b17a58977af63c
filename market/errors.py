"""The errors a caller can expect, and the problem document each becomes (RFC 9457)."""

from collections.abc import Sequence
from typing import ClassVar


class MarketError(Exception):
    """An anticipated refusal: `status` is the HTTP status, `slug` names the kind, the message is for the person who reads it."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = "The request was refused"
    retry_after_s: int | None = None

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        """Pairs of (field, message) where single inputs are at fault."""
        return ()


class InvalidInput(MarketError):
    """Input that cannot be used; names each field."""

    status = 422
    slug = "invalid-input"
    title = "Some input cannot be used"

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in fields))
        self._fields = tuple(fields)

    @property
    def fields(self) -> Sequence[tuple[str, str]]:
        return self._fields


class NotFound(MarketError):
    """The thing does not exist, or is none of the caller's business: both look the same."""

    status = 404
    slug = "not-found"
    title = "Not found"

    def __init__(self, what: str = "This") -> None:
        super().__init__(f"{what} was not found.")


class NotSignedIn(MarketError):
    status = 401
    slug = "not-signed-in"
    title = "Please sign in"

    def __init__(self, message: str = "Please sign in to go on.") -> None:
        super().__init__(message)


class Forbidden(MarketError):
    status = 403
    slug = "forbidden"
    title = "Not allowed"

    def __init__(self, message: str = "Your account may not do this.") -> None:
        super().__init__(message)


class Conflict(MarketError):
    """What was asked for is taken, gone or changed in the meantime."""

    status = 409
    slug = "conflict"
    title = "No longer possible"


class TooManyRequests(MarketError):
    status = 429
    slug = "too-many-requests"
    title = "Too many attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many attempts. Please wait {retry_after_s} seconds and try again.")
        self.retry_after_s = retry_after_s


class Unavailable(MarketError):
    """A part we depend on does not answer; nothing was changed."""

    status = 503
    slug = "unavailable"
    title = "Not available at the moment"

    def __init__(
        self, message: str = "Please try again in a moment. Nothing was changed.", retry_after_s: int = 2
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
