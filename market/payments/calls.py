"""What we send to Stripe: the parameters of a call as its API documents them (pure)."""

from typing import Any

from market.payments.gateway import SessionRequest


def new_checkout_session(request: SessionRequest) -> dict[str, Any]:
    """POST /v1/checkout/sessions; the same request always gives the same call under the same key (T5)."""
    ours = {"session_id": str(request.session_id), "order_id": str(request.order_id)}
    currency = request.amount.currency.lower()
    return {
        "mode": "payment",
        "client_reference_id": str(request.session_id),
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency,
                    "unit_amount": line.amount_minor,
                    "product_data": {"name": line.title[:250] or "-"},
                },
            }
            for line in request.lines
        ],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
        "idempotency_key": f"session-{request.session_id}",
    }
