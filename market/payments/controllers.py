"""HTTP of payments: the provider's webhook. It carries no session and is trusted by its signature alone."""

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from market.db import Database
from market.payments import service
from market.payments.gateway import Gateway
from market.payments.inbox import FactHandler

MAX_WEBHOOK_BYTES = 512 * 1024


@post(
    "/api/webhooks/stripe",
    operation_id="stripe_webhook",
    summary="An event of the payment provider",
    status_code=200,
    request_max_body_size=MAX_WEBHOOK_BYTES,
)
async def stripe_webhook(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    gateway: NamedDependency[SkipValidation[Gateway]],
    payment_handler: NamedDependency[SkipValidation[FactHandler]],
) -> dict[str, bool]:
    """Verify, record once, handle: 2xx means that the event is safe with us."""
    signature = request.headers.get("stripe-signature")
    await service.receive_webhook(
        db, gateway=gateway, body=await request.body(), signature=signature, handle=payment_handler
    )
    return {"received": True}


handlers = [stripe_webhook]
