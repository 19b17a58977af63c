"""The deposit of a lease, and its rent as it follows an index (T2).

Service code of the checkout slice, split off by noun. A deposit is the partner's money until it is kept: it stands in the ledger on an
account of its own, never with what is the partner's to pay out."""

from uuid import UUID

from market.checkout import entries, keys, lease_queries
from market.checkout.lease_rules import indexed
from market.checkout.lease_schemas import DepositAct, NewIndexation
from market.checkout.leases import LeaseOver, lock_led
from market.db import Database, Row
from market.errors import Conflict, InvalidInput
from market.ledger import service as ledger
from market.ledger.rules import Transfer
from market.money import BASIS, Money
from market.people import service as people
from market.people.rules import Actor
from market.text import clean_text


class DepositOutOfBounds(Conflict):
    """More than was agreed, or than is held; or the lease still runs."""

    slug = "deposit-out-of-bounds"
    title = "This cannot be done with the deposit"


async def record_deposit(db: Database, *, actor: Actor, lease_id: UUID, key: str, new: DepositAct) -> None:
    """Post what happened to the deposit; the same key posts once. Raises DepositOutOfBounds, InvalidInput, NotFound, Forbidden."""
    keys.require_key(key)
    reason = clean_text("reason", new.reason, max_len=500, min_len=1 if new.act == "kept" else 0)
    async with db.transaction() as tx:
        row = await lock_led(tx, actor=actor, lease_id=lease_id)
        known = await lease_queries.deposits_of(tx, [lease_id])
        same = next((each for each in known if each["key"] == key), None)
        if same is not None:
            if (same["act"], same["amount_minor"]) != (new.act, new.amount_minor):
                raise InvalidInput([(keys.HEADER, "was used for another request")])
            return
        came = sum(each["amount_minor"] for each in known if each["act"] == "held")
        went = sum(each["amount_minor"] for each in known if each["act"] != "held")
        if new.act == "held" and came + new.amount_minor > row["deposit_minor"]:
            raise DepositOutOfBounds("That is more than the deposit that was agreed.")
        if new.act != "held" and row["ends_on"] >= row["today"]:
            raise DepositOutOfBounds("The lease is not over yet.")
        if new.act != "held" and went + new.amount_minor > came:
            raise DepositOutOfBounds("That is more than is held.")
        made = await lease_queries.insert_deposit(
            tx, lease_id=lease_id, act=new.act, minor=new.amount_minor, reason=reason, key=key, by=actor.person_id
        )
        await ledger.post(
            tx,
            event_key=f"lease_deposit:{made}",
            kind=f"deposit_{new.act}",
            transfers=_transfers(row, new),
            reference={"lease_id": str(lease_id)},
        )
        await people.audit(
            tx,
            person_id=actor.person_id,
            action=f"lease.deposit_{new.act}",
            subject=f"lease:{lease_id}",
            detail={"minor": new.amount_minor, "reason": reason},
        )


def _transfers(row: Row, new: DepositAct) -> list[Transfer]:
    amount = Money(new.amount_minor, row["currency"])
    if new.act == "held":
        return entries.deposit_held(row["partner"], amount)
    if new.act == "returned":
        return entries.deposit_returned(row["partner"], amount)
    return entries.deposit_kept(row["partner"], amount, enterprise=row["enterprise"])


async def index(db: Database, *, actor: Actor, lease_id: UUID, new: NewIndexation) -> None:
    """From a month on base and least sum follow a percentage or an index; once a month, in order, before it is settled.

    Raises InvalidInput by field, LeaseOver, NotFound, Forbidden."""
    reason = clean_text("reason", new.reason, max_len=500, min_len=1)
    by_rate, by_index = new.rate_bp is not None, new.old_index is not None and new.new_index is not None
    if by_rate == by_index:
        raise InvalidInput([("rate_bp", "either this, or the old and the new index")])
    numerator, denominator = (
        (BASIS + (new.rate_bp or 0), BASIS) if by_rate else (new.new_index or 1, new.old_index or 1)
    )
    async with db.transaction() as tx:
        row = await lock_led(tx, actor=actor, lease_id=lease_id)
        if row["ends_on"] < row["today"]:
            raise LeaseOver
        known = await lease_queries.indexations_of(tx, [lease_id])
        settled = [each["month"] for each in await lease_queries.statements_of(tx, [lease_id])]
        faults = [
            (new.month.day != 1, "must be the first day of a month"),
            (new.month <= row["today"], "must be in the future"),
            (new.month > row["ends_on"], "must be before the lease ends"),
            (any(new.month <= each for each in settled), "is settled already"),
            (any(new.month <= each["month"] for each in known), "must be after the last change"),
        ]
        if wrong := [("month", message) for bad, message in faults if bad]:
            raise InvalidInput(wrong)
        last = known[-1] if known else row
        sums = {
            name: indexed(last[name], numerator=numerator, denominator=denominator)
            for name in ("base_minor", "minimum_minor")
        }
        if max(sums.values()) > 10_000_000_000:
            raise InvalidInput([("rate_bp", "makes the rent too large")])
        values = {
            "lease_id": lease_id,
            "month": new.month,
            "numerator": numerator,
            "denominator": denominator,
            "reason": reason,
            "made_by": actor.person_id,
            **sums,
        }
        await lease_queries.insert_indexation(tx, values=values)
        await people.audit(
            tx,
            person_id=actor.person_id,
            action="lease.indexed",
            subject=f"lease:{lease_id}",
            detail={"month": new.month.isoformat(), "numerator": numerator, "denominator": denominator},
        )
