"""Paying what was consented to, and saying what came of it.

Everything is checked again at the moment of paying, under the lock on the fund: who consented and still may, what belongs together,
the announcement, the charter's limits and the balance (A09–A12). Who pays has just proved to be themselves (A23)."""

from uuid import UUID

from market.db import Connection, Database
from market.errors import Conflict, Forbidden, InvalidInput
from market.funds import entries, pools
from market.funds import spending_queries as queries
from market.funds.rules import check_public_label
from market.funds.spending import NotOpen, amount_of, reserve
from market.funds.spending_reading import Case, locked_case, roles_over, visible_case
from market.funds.spending_rules import MIN_CASES, check_against_charter
from market.funds.spending_schemas import NewOutcome, NewPayment
from market.ledger import chart
from market.ledger import service as ledger
from market.media import service as media
from market.media.schemas import Photo
from market.money import Money
from market.people import service as people
from market.people.rules import Actor
from market.people.service import audit
from market.settings import Settings
from market.text import clean_text


class NotConsented(Conflict):
    """Somebody's consent is missing, was voided, or no longer counts (A08, A09, A11)."""

    slug = "consent-missing"

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__("Consent is missing: " + ", ".join(missing))


class StillAnnounced(Conflict):
    """Residents may still object."""

    slug = "still-announced"

    def __init__(self) -> None:
        super().__init__("The request is still announced publicly and cannot be paid yet.")


class NotEnough(Conflict):
    """A fund never spends more than was released for spending (A10)."""

    slug = "fund-too-low"

    def __init__(self) -> None:
        super().__init__(
            "The fund has not enough money released for spending, or the rest was given for another purpose."
        )


class MonthFull(Conflict):
    """The charter allows no more in this month."""

    slug = "month-full"

    def __init__(self) -> None:
        super().__init__("With this payment the fund would spend more in this month than its charter allows.")


async def pay(db: Database, *, actor: Actor, request_id: UUID, new: NewPayment) -> Case:
    """Record that the payee has the money, or carry out a release; a repetition changes nothing.

    Raises WrongPassword, NotFound, Forbidden, NotOpen, NotConsented, StillAnnounced, InvalidInput, MonthFull, NotEnough."""
    note = clean_text("reference", new.reference, max_len=200)
    await people.require_password(db, person_id=actor.person_id, password=new.password)
    async with db.transaction() as tx:
        case = await locked_case(tx, actor=actor, request_id=request_id)
        if not roles_over(actor, case.row["community_id"]) & set(case.charter.payer_roles):
            raise Forbidden("The charter of this fund does not let you pay from it.")
        if case.row["status"] in {"paid", "settled"}:
            return case
        await queries.lock_fund(tx, case.row["fund_id"])
        case = await visible_case(tx, actor=actor, request_id=request_id)  # what others paid meanwhile counts
        _require_payable(case)
        if case.row["kind"] == "release":
            await _release(tx, case)
        else:
            await _pay_out(tx, case, paid_from=new.paid_from)
        await queries.update_paid(
            tx, request_id, person_id=actor.person_id, note=note,
            paid_from="inside" if case.row["kind"] == "release" or case.row["pool_id"] else new.paid_from,
            status="settled" if case.row["kind"] == "release" else "paid",
        )  # fmt: skip
        if case.row["kind"] == "relief":
            await _disclose_relief(tx, case)
        await audit(tx, person_id=actor.person_id, action="spending.paid", subject=str(request_id),
                    detail={"amount": case.row["amount_minor"], "paid_from": new.paid_from, "reference": note})  # fmt: skip
        return await visible_case(tx, actor=actor, request_id=request_id)


def _require_payable(case: Case) -> None:
    if case.row["status"] != "open":
        raise NotOpen
    if case.standing.missing:
        raise NotConsented(case.standing.missing)
    if case.standing.state == "announced":
        raise StillAnnounced
    check_against_charter(
        case.charter, kind=case.row["kind"], purpose=case.row["purpose"], amount=case.row["amount_minor"]
    )


async def _release(tx: Connection, case: Case) -> None:
    amount = amount_of(case)
    if await ledger.balance(tx, chart.fund_income(case.row["fund"]), amount.currency) < amount.minor:
        raise NotEnough
    await ledger.post(
        tx, event_key=f"spending:{case.row['id']}:paid", kind="income_released",
        transfers=entries.income_released(case.row["fund"], amount, label=case.row["title"]),
        reference={"spending_id": str(case.row["id"])},
    )  # fmt: skip


async def _pay_out(tx: Connection, case: Case, *, paid_from: str) -> None:
    spent = await queries.paid_this_month(tx, fund_id=case.row["fund_id"], time_zone=case.row["time_zone"])
    if case.charter.max_month is not None and spent + case.row["amount_minor"] > case.charter.max_month:
        raise MonthFull
    if not await reserve(tx, case):
        raise NotEnough
    desk = case.row["community"] if paid_from == "desk" else None
    if case.row["kind"] == "relief":
        kind, moved = "family_helped", entries.relief_paid(case.row["fund"], amount_of(case), desk_community=desk)
    elif case.row["pool_id"] is not None:
        slug = await pools.fill(tx, pool_id=case.row["pool_id"], amount=case.row["amount_minor"])
        kind = "spending_into_pool"
        moved = entries.spending_into_pool(case.row["fund"], slug, amount_of(case), label=case.row["title"])
    else:
        kind = "spending_paid"
        moved = entries.spending_paid(case.row["fund"], amount_of(case), label=case.row["title"], desk_community=desk)
    await ledger.post(
        tx, event_key=f"spending:{case.row['id']}:paid", kind=kind, transfers=moved, reference={"spending_id": str(case.row["id"])},
    )  # fmt: skip


async def _disclose_relief(tx: Connection, case: Case) -> None:
    """Put all help that is in no public sum yet into one, as soon as it went to MIN_CASES families (O08, T4)."""
    rows = await queries.undisclosed_relief(tx, case.row["fund_id"])
    families = len({row["family"] for row in rows})
    if families < MIN_CASES:
        return
    amount = Money(sum(row["amount_minor"] for row in rows), case.row["currency"])
    await ledger.post(
        tx, event_key=f"relief:{case.row['id']}:disclosed", kind="relief_disclosed",
        transfers=entries.relief_disclosed(case.row["fund"], amount, families=families),
        reference={"families": families},
    )  # fmt: skip
    await queries.update_disclosed(tx, [row["id"] for row in rows])


async def record_outcome(db: Database, *, actor: Actor, request_id: UUID, new: NewOutcome) -> Case:
    """What the money did and how many people it helped; public, but for relief, of which only the number counts.

    Raises NotFound, Forbidden, InvalidInput, Conflict while it is not paid."""
    outcome = clean_text("outcome", new.outcome, max_len=2000, min_len=1)
    async with db.transaction() as tx:
        case = await locked_case(tx, actor=actor, request_id=request_id)
        if not roles_over(actor, case.row["community_id"]):
            raise Forbidden("Only staff of the community may say what came of it.")
        if case.row["kind"] == "release" or case.row["status"] not in {"paid", "settled"}:
            raise Conflict("Nothing was paid yet.")
        if case.row["kind"] == "spending":
            check_public_label("outcome", outcome)
        await queries.update_outcome(tx, request_id, people_helped=new.people_helped, outcome=outcome)
        await audit(tx, person_id=actor.person_id, action="spending.outcome", subject=str(request_id),
                    detail={"people_helped": new.people_helped})  # fmt: skip
        return await visible_case(tx, actor=actor, request_id=request_id)


BEFORE_PAYMENT = frozenset({"quote", "document"})


async def add_paper(
    db: Database, *, settings: Settings, actor: Actor, request_id: UUID, paper: str, data: bytes, alt: str
) -> Photo:
    """A photo of a quote or document before the payment, of a receipt or of the result after it.

    Raises NotFound, InvalidInput, Forbidden, Conflict, and what media.add_photo raises."""
    if paper not in {"quote", "document", "receipt", "picture"}:
        raise InvalidInput([("paper", "must be quote, document, receipt or picture")])
    async with db.read() as connection:
        case = await visible_case(connection, actor=actor, request_id=request_id)
    if not roles_over(actor, case.row["community_id"]):
        raise Forbidden("Only staff of the community may add papers.")
    if (case.row["paid_at"] is None) != (paper in BEFORE_PAYMENT):
        raise Conflict("Quotes and documents come before the payment, receipts and pictures after it.")

    async def note(tx: Connection) -> None:
        await audit(tx, person_id=actor.person_id, action="spending.paper", subject=str(request_id), detail={"paper": paper})  # fmt: skip

    return await media.add_photo(
        db, settings=settings, data=data, alt=alt, spending_id=request_id, paper=paper, then=note
    )
