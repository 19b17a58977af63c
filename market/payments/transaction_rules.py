"""What a balance transaction of the provider says (pure)."""

from datetime import UTC, datetime
from typing import Any

from market.payments.fields import id_of, text_of, whole_of
from market.payments.gateway import ProviderTransaction


def read_transaction(thing: dict[str, Any]) -> ProviderTransaction:
    """A balance transaction, whose source is expanded or an id."""
    source = thing.get("source")
    found: dict[str, Any] = source if isinstance(source, dict) else {}
    metadata = found.get("metadata")
    own = metadata if isinstance(metadata, dict) else {}
    own_id = own.get("refund_id") or own.get("payout_id") or own.get("reversal_id")
    return ProviderTransaction(
        id=text_of(thing, "id"),
        kind=text_of(thing, "type"),
        amount_minor=whole_of(thing, "amount"),
        fee_minor=whole_of(thing, "fee"),
        net_minor=whole_of(thing, "net"),
        currency=text_of(thing, "currency").upper(),
        created_at=datetime.fromtimestamp(whole_of(thing, "created"), UTC),
        source=id_of(thing, "source"),
        payment_id=id_of(found, "payment_intent"),
        own_id=own_id if isinstance(own_id, str) else None,
        destination=id_of(found, "destination"),
        transfer=id_of(found, "transfer"),
    )
