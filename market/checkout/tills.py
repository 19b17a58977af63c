"""Cash at a community's desk: counted at opening and closing by each clerk, brought to the bank; what does not fit is a case (M42).

Service code of the checkout slice, split off by noun."""

from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from market.checkout import cases, entries, keys, placing_queries, reconcile_queries
from market.checkout.desk_schemas import Deposit, DeskCount, DeskDay
from market.communities import service as communities
from market.communities.service import CommunityRow
from market.db import Connection, Database
from market.errors import Conflict, InvalidInput, NotFound
from market.funds import spending_reading
from market.ledger import chart
from market.ledger import service as ledger
from market.money import Money
from market.people import service as people
from market.people.rules import Actor
from market.schemas import Amount
from market.text import clean_text

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class AlreadyCounted(Conflict):
    slug = "already-counted"
    title = "This was counted before"


async def desk_day(db: Database, *, actor: Actor, community: str) -> DeskDay:
    """The actor's own cash today at a desk. Raises NotFound."""
    async with db.read() as tx:
        found = await _desk(tx, actor=actor, community=community)
        return await _shown(tx, actor=actor, found=found)


async def count(db: Database, *, actor: Actor, community: str, new: DeskCount) -> DeskDay:
    """Say how much cash is in the actor's drawer, at opening (before the first taking) or closing. A difference opens a case; the books
    stay as they are. Raises NotFound, AlreadyCounted."""
    async with db.transaction() as tx:
        found = await _desk(tx, actor=actor, community=community)
        whose = {"community_id": found.id, "person_id": actor.person_id}
        count_id = await reconcile_queries.lock_count(tx, **whose)
        day = await reconcile_queries.desk_day(tx, **whose)
        if day["closing"] is not None:
            raise AlreadyCounted("You have closed your desk for today.")
        # before anything was counted, only today is asked for
        since = day["starts"] if day["before"] is None else BEGINNING
        moved = await reconcile_queries.update_counted(tx, **whose, count_id=count_id, since=since)
        moved -= await spending_reading.count_paid_in_cash(tx, **whose, count_id=count_id, since=since)
        expected = expected_cash(
            before=day["before"], moved=moved, is_opening=new.moment == "opening", counted=new.counted
        )
        made = await reconcile_queries.insert_count(
            tx, **whose, count_id=count_id, day=day["day"], moment=new.moment, counted_minor=new.counted, expected_minor=expected,
            currency=found.currency,
        )  # fmt: skip
        if made is None:
            raise AlreadyCounted("You have counted this before.")
        if new.counted != expected:
            await cases.open_case(
                tx, key=f"desk_count:{made}", kind="desk_count", amount=Money(new.counted - expected, found.currency),
                community_id=found.id,
                facts={"day": day["day"].isoformat(), "expected": str(Money(expected, found.currency)),
                       "found": str(Money(new.counted, found.currency))},
            )  # fmt: skip
        await people.audit(
            tx, person_id=actor.person_id, action=f"desk.{new.moment}", subject=f"community:{found.id}",
            detail={"counted": new.counted, "expected": expected},
        )  # fmt: skip
        return await _shown(tx, actor=actor, found=found)


def expected_cash(*, before: int | None, moved: int, is_opening: bool, counted: int) -> int:
    """What must be in the drawer (minor units): what this clerk counted last and all that moved since, also on days without a count and
    after closing. The very first opening is taken as it is: nobody has said what was there."""
    if before is None:
        return counted if is_opening else moved
    return before + moved


async def deposit(db: Database, *, actor: Actor, community: str, key: str, new: Deposit) -> DeskDay:
    """Cash was brought to the bank, at most what the books say that this desk took; the same key does it once. Raises NotFound,
    InvalidInput."""
    slip = clean_text("slip", new.slip, max_len=200, min_len=1)
    keys.require_key(key)
    body_hash = sha256(community.encode() + msgspec.json.encode(new)).digest()
    async with db.transaction() as tx:
        found = await _desk(tx, actor=actor, community=community)
        claimed = await placing_queries.insert_key(
            tx, person_id=actor.person_id, operation="deposit", key=key, body_hash=body_hash
        )
        if claimed["result_id"] is None:
            await keys.used_for(tx, person_id=actor.person_id, operation="deposit", key=key, body_hash=body_hash)
        else:
            await reconcile_queries.lock_desk(tx, found.id)
            held = -await ledger.balance(tx, chart.desk(found.slug), found.currency)
            if new.amount > held:
                raise InvalidInput(
                    [("amount", f"is more than this desk has taken: {Money(max(0, held), found.currency)}")]
                )
            await reconcile_queries.insert_deposit(
                tx, deposit_id=claimed["result_id"], community_id=found.id, person_id=actor.person_id, amount_minor=new.amount,
                currency=found.currency, slip=slip,
            )  # fmt: skip
            await ledger.post(
                tx,
                event_key=f"deposit:{claimed['result_id']}",
                kind="desk_deposited",
                transfers=entries.desk_deposited(Money(new.amount, found.currency), community=found.slug),
                reference={"deposit_id": str(claimed["result_id"])},
            )
            await people.audit(
                tx,
                person_id=actor.person_id,
                action="desk.deposit",
                subject=f"community:{found.id}",
                detail={"amount": new.amount},
            )
        return await _shown(tx, actor=actor, found=found)


async def _desk(tx: Connection, *, actor: Actor, community: str) -> CommunityRow:
    found = await communities.community_by_slug(tx, community)
    if not actor.is_staff_of(found.id):
        raise NotFound("This community")
    return found


async def _shown(tx: Connection, *, actor: Actor, found: CommunityRow) -> DeskDay:
    day = await reconcile_queries.desk_day(tx, community_id=found.id, person_id=actor.person_id)
    spent = await spending_reading.paid_in_cash(
        tx, community_id=found.id, person_id=actor.person_id, since=day["starts"]
    )
    currency = day["currency"]

    def amount(minor: int | None) -> Amount | None:
        return None if minor is None else Amount(minor, currency)

    return DeskDay(
        day=day["day"],
        opening=amount(day["opening"]),
        taken=Amount(day["taken"], currency),
        given_back=Amount(day["given_back"], currency),
        deposited=Amount(day["deposited"], currency),
        spent=Amount(spent, currency),
        closing=amount(day["closing"]),
    )
