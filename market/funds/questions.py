"""Residents ask about entries of the public books, staff answer by a day; both texts are public, the asker never is (O08).

Service code of the funds slice, split off by noun."""

from uuid import UUID

from market import limits
from market.db import Database, Row
from market.errors import Conflict, Forbidden, InvalidInput, NotFound
from market.funds import question_queries as queries
from market.funds.schemas import NewAnswer, NewQuestion
from market.funds.service import fund_row
from market.notify import service as notify
from market.people.rules import Actor
from market.people.service import audit
from market.settings import Settings
from market.text import clean_text, holds_contact

PAGE = 20
ANSWER_DAYS = 7
QUESTIONS_A_DAY = 5


class AskedAlready(Conflict):
    slug = "asked-already"

    def __init__(self) -> None:
        super().__init__("Your question about this entry waits for its answer already.")


def _written(field: str, text: str) -> str:
    found = clean_text(field, text, max_len=500, min_len=4)
    if holds_contact(found):
        raise InvalidInput([(field, "everybody can read this: please leave out phone numbers and addresses")])
    return found


async def list_questions(
    db: Database, *, fund: str | None, community: str | None, status: str | None, cursor: str | None
) -> tuple[list[Row], str | None]:
    """Questions of a fund, of a community's funds or of all, newest first, and the mark of the next page."""
    try:
        before = UUID(cursor) if cursor else None
    except ValueError as fault:
        raise InvalidInput([("cursor", "is not a mark given by this list")]) from fault
    async with db.read() as connection:
        rows = await queries.questions(
            connection, fund=clean_text("fund", fund, max_len=200) if fund else None,
            community=clean_text("community", community, max_len=200) if community else None,
            status=status, before=before, limit=PAGE + 1,
        )  # fmt: skip
    return rows[:PAGE], str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else None


async def ask(db: Database, *, actor: Actor, key: str, new: NewQuestion) -> Row:
    """A resident's question about an entry, due for an answer in a week by the database's clock.

    Raises NotFound, Forbidden for who is no verified resident, InvalidInput, AskedAlready, TooManyRequests."""
    if not actor.resident_of:
        raise Forbidden("Verified residents may ask. Please confirm your address in your account first.")
    question = _written("question", new.question)
    await limits.hit(
        db, bucket=limits.bucket("fund-question", str(actor.person_id)), limit=QUESTIONS_A_DAY, window_s=86_400
    )
    async with db.transaction() as tx:
        fund = await fund_row(tx, key)
        if not await queries.is_public_entry(tx, fund_id=fund["id"], entry=new.entry):
            raise InvalidInput([("entry", "is no entry of this fund")])
        made = await queries.insert_question(
            tx, fund_id=fund["id"], entry=new.entry, asked_by=actor.person_id, question=question, days=ANSWER_DAYS
        )
        if made is None:
            raise AskedAlready
        row = await queries.question(tx, made)
    assert row is not None
    return row


async def answer(db: Database, *, actor: Actor, settings: Settings, question_id: UUID, new: NewAnswer) -> Row:
    """Staff of the fund's community answer, or remove what has no place in public and say why; who asked is told.

    Raises NotFound, Conflict when somebody was faster."""
    text = _written("answer", new.answer)
    async with db.transaction() as tx:
        locked = await queries.lock_question(tx, question_id)
        if locked is None or not actor.is_staff_of(locked["community_id"]):
            raise NotFound("This question")
        if locked["asked_by"] == actor.person_id:
            raise Forbidden("Somebody else answers your own question.")
        if locked["status"] != "open":
            raise Conflict("This question has been answered in the meantime.")
        status = "removed" if new.remove else "answered"
        await queries.update_answered(tx, question_id, status=status, answer=text, by=actor.person_id)
        await audit(tx, person_id=actor.person_id, action=f"fund_question.{status}", subject=f"question:{question_id}")
        row = await queries.question(tx, question_id)
        assert row is not None
        await notify.send(
            tx, person_id=locked["asked_by"], template="fund_question_answered", dedupe_key=f"fund-question:{question_id}",
            context={"question": row["question"], "answer": text, "removed": new.remove, "label": row["label"],
                     "url": f"{settings.base_url}/funds/{row['fund']}#questions" if settings.base_url else ""},
        )  # fmt: skip
    return row
