"""HTTP of what other sites show of a fund: feed, badge and the one page that may be framed."""

import base64
import hashlib
from typing import Any, Literal

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from market.db import Database
from market.funds import reading, rules, service, sharing
from market.funds.book_controllers import OPEN
from market.settings import Settings

Locale = Literal["zh-CN", "en"]
FEED_LINES, WIDGET_LINES = 50, 5
# Other sites may show it, and a minute old is new enough.
SHARED = {**OPEN, "Cache-Control": "public, max-age=60"}
_STYLE_HASH = base64.b64encode(hashlib.sha256(sharing.STYLE.encode()).digest()).decode()
FRAMED = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def _origin(request: Request[Any, Any, Any], settings: Settings) -> str:
    return (settings.base_url or str(request.base_url)).rstrip("/")


async def _shared(db: Database, key: str, *, origin: str, locale: str) -> sharing.SharedFund:
    row, sums, _ = await service.fund_detail(db, key=key)
    name = row["name_en"] if locale == "en" and row["name_en"] else row["name"]
    return sharing.SharedFund(
        row["slug"], name, row["currency"], rules.part_balance(sums), f"{origin}/funds/{row['slug']}"
    )


async def _lines(db: Database, key: str, limit: int) -> list[sharing.SharedLine]:
    rows, _ = await reading.entries_page(db, key=key, since=None, until=None, kind=None, cursor=None)
    return [
        sharing.SharedLine(row["id"], row["occurred_at"], row["label"] or rules.KINDS[row["kind"]][0], row["signed"])
        for row in rows[:limit]
    ]


@get("/api/funds/{fund:str}/feed.atom", operation_id="get_fund_feed", summary="The newest entries of a fund as Atom feed",
     media_type="application/atom+xml")  # fmt: skip
async def get_fund_feed(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    fund: FromPath[str],
) -> Response[str]:
    """For feed readers; each entry once, under a stable id."""
    origin = _origin(request, settings)
    shared = await _shared(db, fund, origin=origin, locale="zh-CN")
    text = sharing.feed(
        shared, await _lines(db, fund, FEED_LINES), address=f"{origin}/api/funds/{shared.slug}/feed.atom"
    )
    return Response(text, media_type="application/atom+xml; charset=utf-8", headers=SHARED)


@get("/api/funds/{fund:str}/badge.svg", operation_id="get_fund_badge", summary="A fund's balance as a small picture",
     media_type="image/svg+xml")  # fmt: skip
async def get_fund_badge(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    fund: FromPath[str],
    lang: FromQuery[Locale] = "zh-CN",
) -> Response[str]:
    """To show on another site."""
    shared = await _shared(db, fund, origin=_origin(request, settings), locale=lang)
    return Response(sharing.badge(shared), media_type="image/svg+xml", headers=SHARED)


@get(
    "/embed/funds/{fund:str}",
    operation_id="embed_fund",
    summary="A fund in a frame of another site",
    include_in_schema=False,
)
async def embed_fund(
    request: Request[Any, Any, Any],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    fund: FromPath[str],
    lang: FromQuery[Locale] = "zh-CN",
) -> Response[str]:
    """The only address that may be framed; it has no script, no form and no session."""
    shared = await _shared(db, fund, origin=_origin(request, settings), locale=lang)
    page = sharing.widget(shared, await _lines(db, fund, WIDGET_LINES), locale=lang)
    return Response(page, media_type="text/html", headers={**SHARED, "Content-Security-Policy": FRAMED})


handlers: list[Any] = [get_fund_feed, get_fund_badge, embed_fund]
