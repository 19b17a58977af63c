"""Who comes: the buyer, or somebody they buy for; whose residents' price and groups decide the price, and who is told the code.

Service code of the checkout slice, split off by noun."""

from dataclasses import dataclass
from uuid import UUID

from market.checkout import guest_queries, rules
from market.checkout.place_schemas import Guest, GuestRef
from market.db import Connection, Database
from market.errors import InvalidInput
from market.people import family
from market.people.rules import Actor, normal_login
from market.text import clean_text

FORGET_AFTER_DAYS = 30


@dataclass(frozen=True, slots=True)
class Comer:
    """`prices` decides the price; `person_id` is set for a guest who agreed to be linked."""

    prices: rules.Buyer
    person_id: UUID | None = None


async def who_comes(tx: Connection, *, actor: Actor | None, guest: GuestRef | Guest | None) -> Comer:
    """The price goes by the one who comes: the buyer's own when they come themselves, the guest's when the guest agreed to be linked,
    anybody's else. Raises InvalidInput when the link names nobody who agreed."""
    if guest is None:
        return Comer(rules.Buyer(actor.resident_of, actor.groups) if actor else rules.Buyer())
    if guest.link_id is None:
        return Comer(rules.Buyer())
    member = await family.member(tx, buyer_id=actor.person_id, link_id=guest.link_id) if actor else None
    if member is None:
        raise InvalidInput([("guest.link_id", "names nobody who agreed that you buy for them")])
    return Comer(rules.Buyer(frozenset(member["resident_of"]), frozenset(member["groups"])), member["person_id"])


async def note(tx: Connection, *, order_id: UUID, guest: Guest | None, comer: Comer) -> None:
    """Keep with the order who comes. Raises InvalidInput naming `guest.name` or `guest.phone`."""
    if guest is None:
        return
    name = clean_text("guest.name", guest.name, max_len=40, min_len=1)
    await guest_queries.insert_guest(
        tx, order_id=order_id, name=name, phone=phone_of(guest.phone), person_id=comer.person_id
    )


def phone_of(raw: str) -> str:
    """The normal form of a phone number, empty for none; raises InvalidInput."""
    if not raw.strip():
        return ""
    found = normal_login(raw)
    if found is None or found.kind != "phone":
        raise InvalidInput([("guest.phone", "must be a phone number")])
    return found.text


async def forget(db: Database) -> int:
    """Erase the names and phones of guests a month after everything is over; returns of how many orders."""
    async with db.transaction() as tx:
        return await guest_queries.update_guests_forgotten(tx, after_days=FORGET_AFTER_DAYS)
