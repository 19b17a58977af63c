"""Stripe's errors in Stripe's shape (pure)."""

from typing import Any


class StripeFault(Exception):
    """An answer that is an error, in Stripe's shape. `kept` = stored under the idempotency key, as the work had begun."""

    def __init__(
        self, status: int, message: str, *, kind: str = "invalid_request_error", code: str | None = None,
        param: str | None = None, kept: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.kept = kept
        self.body: dict[str, Any] = {"error": {"message": message, "type": kind}}
        if code:
            self.body["error"] |= {
                "code": code,
                "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
            }
        if param:
            self.body["error"]["param"] = param


def missing(kind: str, identity: str) -> StripeFault:
    return StripeFault(404, f"No such {kind}: '{identity}'", code="resource_missing", param="id")
