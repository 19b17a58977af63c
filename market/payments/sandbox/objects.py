"""Stripe's objects as the SDK's types promise them (pure: ids and times are passed in)."""

from typing import Any

API_VERSION = "2026-10-28.endive"


def checkout_session(
    *, identity: str, now: int, url: str, amount: int, currency: str, expires_at: int, success_url: str, cancel_url: str | None,
    client_reference_id: str | None, metadata: dict[str, str], locale: str | None, intent_metadata: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    """An open session in mode payment. `intent_metadata` travels on to the payment intent and is not part of the answer."""
    return {
        "id": identity,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": cancel_url,
        "client_reference_id": client_reference_id,
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_creation": "if_required",
        "customer_details": None,
        "customer_email": None,
        "discounts": [],
        "expires_at": expires_at,
        "invoice": None,
        "invoice_creation": {"enabled": False, "invoice_data": {"metadata": {}}},
        "livemode": False,
        "locale": locale,
        "metadata": metadata,
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "redirect_on_completion": None,
        "return_url": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": url,
        "wallet_options": None,
        "_intent_metadata": intent_metadata,
    }


def line_item(
    *, identity: str, title: str, amount: int, quantity: int, currency: str, price: str, product: str, now: int
) -> dict[str, Any]:
    return {
        "id": identity,
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount * quantity,
        "amount_tax": 0,
        "amount_total": amount * quantity,
        "currency": currency,
        "description": title,
        "price": {
            "id": price, "object": "price", "active": False, "billing_scheme": "per_unit", "created": now, "currency": currency,
            "custom_unit_amount": None, "livemode": False, "lookup_key": None, "metadata": {}, "nickname": None, "product": product,
            "recurring": None, "tax_behavior": "unspecified", "tiers_mode": None, "transform_quantity": None, "type": "one_time",
            "unit_amount": amount, "unit_amount_decimal": str(amount),
        },
        "quantity": quantity,
    }  # fmt: skip


def payment_intent(*, identity: str, now: int, amount: int, currency: str, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "id": identity,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identity}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": metadata,
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def charge(
    *,
    identity: str,
    now: int,
    amount: int,
    currency: str,
    intent: str,
    transaction: str | None,
    metadata: dict[str, str],
) -> dict[str, Any]:
    """A charge: succeeded with its balance transaction, failed without."""
    good = transaction is not None
    return {
        "id": identity,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if good else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": transaction,
        "billing_details": {
            "address": {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None},
            "email": None, "name": None, "phone": None, "tax_id": None,
        },
        "calculated_statement_descriptor": "PRACTICE MONEY",
        "captured": good,
        "created": now,
        "currency": currency,
        "customer": None,
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None if good else "card_declined",
        "failure_message": None if good else "Your card was declined.",
        "fraud_details": {},
        "livemode": False,
        "metadata": metadata,
        "on_behalf_of": None,
        "outcome": None,
        "paid": good,
        "payment_intent": intent,
        "payment_method": None,
        "payment_method_details": None,
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if good else "failed",
        "transfer_data": None,
        "transfer_group": None,
    }  # fmt: skip


def balance_transaction(
    *,
    identity: str,
    now: int,
    amount: int,
    currency: str,
    source: str,
    kind: str,
    fee: int = 0,
    category: str | None = None,
) -> dict[str, Any]:
    """Practice money costs no fee unless the script says so; what is held is the sum of all `net`."""
    details = [
        {"amount": fee, "application": None, "currency": currency, "description": "Practice fee", "type": "stripe_fee"}
    ]
    return {
        "id": identity,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source,
        "status": "available",
        "type": kind,
    }


def refund(
    *, identity: str, now: int, amount: int, currency: str, intent: str, charge: str, transaction: str, reason: str | None,
    metadata: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": identity,
        "object": "refund",
        "amount": amount,
        "balance_transaction": transaction,
        "charge": charge,
        "created": now,
        "currency": currency,
        "destination_details": {"card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
                                "type": "card"},
        "metadata": metadata,
        "payment_intent": intent,
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }  # fmt: skip


def balance(sums: dict[str, int]) -> dict[str, Any]:
    available = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(sums.items())
    ]
    pending = [{"amount": 0, "currency": each["currency"], "source_types": {"card": 0}} for each in available]
    return {"object": "balance", "available": available, "livemode": False, "pending": pending}


def page(items: list[dict[str, Any]], *, url: str, has_more: bool) -> dict[str, Any]:
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def event(*, identity: str, kind: str, now: int, thing: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": identity,
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": {"object": shown(thing)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def shown(thing: dict[str, Any]) -> dict[str, Any]:
    """The object without what the sandbox keeps for itself."""
    return {key: value for key, value in thing.items() if not key.startswith("_")}
