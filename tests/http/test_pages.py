"""What a page says before its code has arrived: language, head, structured data and first answers, safely escaped."""

import json
import re
from pathlib import Path

import pytest
from httpx import AsyncClient
from litestar import Litestar

from market import page_head
from market.page_head import Outline, Photo, Reader, as_script, chosen_locale, render
from market.site import Site
from tests.house.tree import ROOT

SHELL = '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"></head><body><script>start()</script></body></html>'
WORDS = {
    "app_name": "Market",
    "home_hero_lead": "Close to home",
    "home_title": "Home",
    "search_title_of": "Results for “{query}”",
}
READER = Reader(locale="en", origin="https://market.example")


@pytest.fixture
def built(app: Litestar, tmp_path: Path) -> Litestar:
    """The application with a tiny build of the frontend."""
    facts = {
        "files": {
            "/": ["_app/start.js", "_app/app.css"],
            "/account": [],
            "/search": [],
            "/listings/[id]": [],
            "/funds": [],
            "/funds/[slug]": [],
            "/partners/[slug]": [],
            "/orders/[id]": [],
            "/help/[[lang]]": [],
        },
        "words": {"en": WORDS, "zh-CN": {**WORDS, "app_name": "邻里集市"}},
    }
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "200.html").write_text(SHELL)
    (tmp_path / "build" / "first-view.json").write_text(json.dumps(facts))
    app.state["site"] = Site(tmp_path / "build")
    return app


def data_block(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="first-view">(.*?)</script>', html, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.parametrize(
    ("named", "cookie", "accept", "expected"),
    [
        (None, None, "", "zh-CN"),
        (None, None, "en-GB,en;q=0.9", "en"),
        (None, None, "fr-FR,fr;q=0.9,en;q=0.5,zh;q=0.7", "zh-CN"),
        (None, None, "zh-TW,en;q=0.9", "zh-CN"),
        (None, None, "en;q=0,zh", "zh-CN"),
        (None, "zh-CN", "en", "zh-CN"),
        ("en", "zh-CN", "zh", "en"),
        ("xx", "yy", "de;q=x, en", "en"),
        (None, None, ";;;,,,q=", "zh-CN"),
    ],
)
def test_the_language_is_that_of_the_address_then_the_one_chosen_then_the_browsers(
    named: str | None, cookie: str | None, accept: str, expected: str
) -> None:
    assert chosen_locale(named, cookie, accept) == expected


def test_I12_a_title_a_description_and_data_with_markup_stay_text() -> None:
    evil = '</title></script><script>alert(1)</script>"><img src=x onerror=alert(1)><!--'
    outline = Outline(
        route="/x", title=evil, description=evil, structured={"name": evil}, path=f"/search?q={evil}",
        photo=Photo(evil, evil, evil, evil), answers={f"/api/{evil}": json.dumps({"title": evil}).encode()},
    )  # fmt: skip
    html = render(SHELL, outline, READER, WORDS, [])
    assert html.count("<script>") == 1, "only the one of the build"
    assert "<img" not in html
    assert "<!--" not in html
    assert html.count("</title>") == 1
    assert data_block(html) == {f"/api/{evil}": {"title": evil}}


def test_data_in_a_script_element_reads_back_as_it_was() -> None:
    text = json.dumps({"a": "</script><!-- <b> \u2028 \u2029 中文 &amp;"}, ensure_ascii=False)
    assert "<" not in as_script(text)
    assert json.loads(as_script(text)) == json.loads(text)


def test_a_page_names_its_language_its_size_and_its_address_in_both_languages() -> None:
    reader = Reader(locale="en", origin="https://market.example", is_large=True, named_locale="en")
    html = render(
        SHELL, Outline(route="/funds", title="Funds", path="/funds"), reader, WORDS, ["_app/a.js", "_app/a.css"]
    )
    assert '<html lang="en" class="large">' in html
    assert "<title>Funds · Market</title>" in html
    assert '<link rel="canonical" href="https://market.example/funds?lang=en">' in html
    assert '<link rel="alternate" hreflang="zh-CN" href="https://market.example/funds?lang=zh-CN">' in html
    assert '<template id="code"><link rel="modulepreload" href="/_app/a.js"></template>' in html
    assert '<link rel="stylesheet" href="/_app/a.css">' in html
    assert "noindex" not in html


def test_a_page_that_belongs_to_one_person_is_not_for_search_engines() -> None:
    assert '<meta name="robots" content="noindex">' in render(SHELL, Outline(), READER, WORDS, [])


def test_a_long_description_is_cut_and_stays_one_line() -> None:
    cut = page_head.shortened("字" * 500 + "\nx")
    assert len(cut) == page_head.DESCRIPTION_LENGTH
    assert "\n" not in cut


async def test_the_front_page_brings_the_same_answers_as_the_api_gives_to_anybody(
    built: Litestar, client: AsyncClient
) -> None:
    answer = await client.get("/", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
    block = data_block(answer.text)
    for url in ("/api/communities", "/api/categories"):
        assert block[url] == (await client.get(url)).json()
    assert answer.headers["link"] == "</_app/app.css>; rel=preload; as=style"
    assert "unsafe" not in answer.headers["content-security-policy"].replace("style-src-attr 'unsafe-inline'", "")
    again = await client.get("/", headers={"Accept-Language": "en", "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_page_never_holds_what_only_a_person_may_read(built: Litestar, client: AsyncClient) -> None:
    """Personal pages come with no data at all, whatever cookie asks for them."""
    answer = await client.get("/account", headers={"Cookie": "session=x; market_large=1"})
    assert "first-view" not in answer.text
    assert 'class="large"' in answer.text
    assert "noindex" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/listings/00000000-0000-7000-8000-000000000000", "/funds/nothing", "/partners/none", "/search?q=%00", "/search?cursor=x",
     "/search?q=" + "y" * 300, "/funds?community=%3Cscript%3E", "/?lang=%22%3E%3Cscript%3E", "/search?q=%ff&kind=<b>"],
)  # fmt: skip
async def test_an_address_that_the_api_refuses_is_still_a_page(built: Litestar, client: AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={b"Accept-Language": b"\xff;q=zz", b"Cookie": b"market_community=<script>"})
    is_about_nothing = path.split("/")[1] in {"listings", "partners"} or path == "/funds/nothing"
    assert answer.status_code == (404 if is_about_nothing else 200)
    assert answer.text.count("<script>") == 1
    assert '"status":' not in answer.text, "no problem document stands in a page"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing/of/this/kind", 404), ("/fundss", 404), ("/funds/a/b", 404), ("/orders/x", 200), ("/help", 200), ("/help/en", 200),
     ("/", 200), ("/funds/", 200)],
)  # fmt: skip
async def test_an_unknown_address_says_so_in_its_status_and_still_shows_a_page(
    built: Litestar, client: AsyncClient, path: str, status: int
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert "<html" in answer.text
    again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == (304 if status == 200 else 404)


async def test_robots_and_sitemap_name_the_public_pages_under_our_own_address(
    built: Litestar, client: AsyncClient
) -> None:
    """Whatever host a request claims (A17)."""
    text = (await client.get("/robots.txt", headers={"Host": "evil.example"})).text
    assert "Disallow: /account" in text
    assert "Sitemap: http://testserver.local/sitemap.xml" in text
    answer = await client.get("/sitemap.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    assert "<loc>http://testserver.local/funds</loc>" in answer.text
    assert "evil" not in answer.text + text


OPENING = '<div class="opening"><h1>{heading}</h1><p>{lead}</p>{photo}</div>'
SHELL_WITH_SHAPES = SHELL.replace("<body>", f'<body><div class="splash"><svg></svg>{page_head.SHAPES}</div>')


def test_the_shell_of_the_frontend_has_the_shapes_that_an_opening_replaces() -> None:
    assert (ROOT / "frontend" / "src" / "app.html").read_text(encoding="utf-8").count(page_head.SHAPES) == 1


def test_what_a_page_is_about_can_be_read_before_its_code_has_arrived() -> None:
    photo = Photo("/media/a.avif", "image/avif", "/media/a.avif 640w", "100vw")
    outline = Outline(route="/", title="Home", heading="Good {lead} & near", description="Close", photo=photo)
    html = render(SHELL_WITH_SHAPES, outline, READER, WORDS, [], OPENING)
    assert "<h1>Good {lead} &amp; near</h1><p>Close</p><picture>" in html
    assert '<source type="image/avif" srcset="/media/a.avif 640w" sizes="100vw">' in html
    assert page_head.SHAPES not in html


@pytest.mark.parametrize(("outline", "opening"), [(Outline(route="/", title="Home"), ""), (Outline(), OPENING)])
def test_a_page_without_an_opening_or_a_title_keeps_the_grey_shapes(outline: Outline, opening: str) -> None:
    html = render(SHELL_WITH_SHAPES, outline, READER, WORDS, [], opening)
    assert page_head.SHAPES in html
    assert "<h1>" not in html


def test_I12_an_opening_with_markup_in_its_words_stays_text() -> None:
    evil = '"><script>alert(1)</script><!--'
    outline = Outline(route="/", title=evil, description=evil, photo=Photo(evil, evil, evil, evil))
    html = render(SHELL_WITH_SHAPES, outline, READER, WORDS, [], OPENING)
    assert html.count("<script>") == 1, "only the one of the build"
    assert "<!--" not in html
