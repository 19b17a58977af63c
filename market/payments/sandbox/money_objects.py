"""Stripe's objects of disputes, connected accounts and transfers, as the SDK's types promise them (pure)."""

from typing import Any


def dispute(
    *, identity: str, now: int, amount: int, currency: str, charge: str, intent: str, reason: str
) -> dict[str, Any]:
    """A bank has taken a payment back and asks for evidence."""
    return {
        "id": identity,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge,
        "created": now,
        "currency": currency,
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": now + 7 * 86_400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": intent,
        "payment_method_details": {"card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "13.1"}, "type": "card"},
        "reason": reason,
        "status": "needs_response",
    }  # fmt: skip


def account(*, identity: str, now: int, metadata: dict[str, str]) -> dict[str, Any]:
    """A connected account that has not told the provider anything yet; `_balance` is what it holds there."""
    return {
        "id": identity,
        "object": "account",
        "business_profile": {},
        "capabilities": {"transfers": "inactive"},
        "charges_enabled": False,
        "country": "DE",
        "created": now,
        "default_currency": "cny",
        "details_submitted": False,
        "email": None,
        "metadata": metadata,
        "payouts_enabled": False,
        "requirements": {"currently_due": ["external_account"], "disabled_reason": "requirements.past_due"},
        "type": "express",
        "_balance": 0,
    }


def transfer(
    *, identity: str, now: int, amount: int, currency: str, destination: str, transaction: str, group: str | None, metadata: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": identity,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": transaction,
        "created": now,
        "currency": currency,
        "description": None,
        "destination": destination,
        "destination_payment": None,
        "livemode": False,
        "metadata": metadata,
        "reversals": {"object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{identity}/reversals"},
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": group,
    }


def transfer_reversal(
    *, identity: str, now: int, amount: int, currency: str, transfer: str, transaction: str, metadata: dict[str, str]
) -> dict[str, Any]:
    return {
        "id": identity,
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": transaction,
        "created": now,
        "currency": currency,
        "destination_payment_refund": None,
        "metadata": metadata,
        "source_refund": None,
        "transfer": transfer,
    }
