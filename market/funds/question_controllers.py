"""HTTP of questions about the public books: reading is public."""

from typing import Any, Literal
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from market.db import Database, Row
from market.funds import questions, rules
from market.funds.schemas import EntryQuestion, NewAnswer, NewQuestion
from market.people.rules import Actor
from market.schemas import Amount, Page
from market.settings import Settings

_PLAIN = set(EntryQuestion.__struct_fields__) - {"amount", "label"}


def _question(row: Row) -> EntryQuestion:
    return EntryQuestion(
        **{name: row[name] for name in _PLAIN},
        label=row["label"] or rules.KINDS[row["kind"]][0],
        amount=Amount(row["signed"], row["currency"]),
    )


@get("/api/fund-questions", operation_id="list_fund_questions", summary="Questions about entries, with their answers")
async def list_fund_questions(
    db: NamedDependency[Database],
    fund: FromQuery[str | None] = None,
    community: FromQuery[str | None] = None,
    status: FromQuery[Literal["open", "answered"] | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[EntryQuestion]:
    """Of one fund, of a community's funds or of all; newest first. Nobody's name."""
    rows, following = await questions.list_questions(db, fund=fund, community=community, status=status, cursor=cursor)
    return Page([_question(row) for row in rows], following)


@post("/api/funds/{fund:str}/questions", operation_id="ask_about_entry", summary="Ask about an entry of a fund")
async def ask_about_entry(
    db: NamedDependency[Database], actor: NamedDependency[Actor], fund: FromPath[str], data: JSONBody[NewQuestion]
) -> EntryQuestion:
    """For verified residents; staff answer within a week, in public."""
    return _question(await questions.ask(db, actor=actor, key=fund, new=data))


@post("/api/fund-questions/{question_id:uuid}/answer", operation_id="answer_fund_question", summary="Answer a question",
      status_code=200)  # fmt: skip
async def answer_fund_question(
    db: NamedDependency[Database],
    actor: NamedDependency[Actor],
    settings: NamedDependency[Settings],
    question_id: FromPath[UUID],
    data: JSONBody[NewAnswer],
) -> EntryQuestion:
    """By staff of the community; with `remove` it leaves the page and the answer says why."""
    return _question(await questions.answer(db, actor=actor, settings=settings, question_id=question_id, new=data))


handlers: list[Any] = [list_fund_questions, ask_about_entry, answer_fund_question]
