"""Draws printed reports on A4 pages; `printing` says what they are made of.

Brings two hundred modules along: whoever draws imports it when there is something to draw."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

import segno
from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from market.printing import Bars, Block, Code, Heading, Large, NewPage, Table, Text

FONT = "noto"
INK, SOFT, BAND, BAR, LINE = (29, 37, 48), (86, 96, 110), (241, 239, 233), (20, 101, 58), (196, 192, 182)
MARGIN_MM, LABEL_MM, BAR_MM = 16, 6, 4
# The air around the code is four of its squares and more: without it some phones do not see it.
CODE_MM, CODE_AIR_MM = 96, 10
MAX_BARS = 40
# What a heading, and a line that leads in, must have under it on the same page.
KEEP_MM, LEAD_MM = 48, 34


class _Paper(FPDF):
    """A4 pages with a footer and their number."""

    def __init__(self, footer: str) -> None:
        super().__init__()
        self.foot = footer
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(True, margin=MARGIN_MM + (6 if footer else 0))
        self.add_font(FONT, "", _font_file())
        self.set_creation_date(datetime(2000, 1, 1, tzinfo=UTC))

    def footer(self) -> None:
        if not self.foot:
            return
        self.set_y(-MARGIN_MM)
        self.use(9, SOFT)
        self.cell(self.epw / 2, 5, self.foot)
        self.cell(self.epw / 2, 5, str(self.page_no()), align=Align.R)

    def use(self, size: float, color: tuple[int, int, int] = INK) -> None:
        self.set_font(FONT, size=size)
        self.set_text_color(*color)

    def say(self, text: str, size: float, color: tuple[int, int, int] = INK) -> None:
        """A paragraph over the whole width; spaces and line ends as they are."""
        self.use(size, color)
        self.multi_cell(0, size * 0.55, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


@cache
def _font_file() -> str:
    return str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf")


def pdf(
    *,
    title: str,
    lead: str = "",
    blocks: Sequence[Block],
    footer: str,
    locale: Literal["zh-CN", "en"] = "zh-CN",
    title_points: int = 20,
) -> bytes:
    """The report as a PDF of A4 pages; without a footer it has no page numbers. Takes about a second of work: call it in a thread."""
    paper = _Paper(footer)
    paper.set_title(title)
    paper.set_lang(locale)
    paper.add_page()
    if title_points:
        paper.say(title, title_points)
    if lead:
        paper.say(lead, 11, SOFT)
    paper.ln(4)
    for block, following in pairwise([*blocks, None]):
        assert block is not None
        _keep_together(paper, block, following)
        _put(paper, block)
    return bytes(paper.output())


def _keep_together(paper: _Paper, block: Block, following: Block | None) -> None:
    """No heading, and no line above a table or bars, stands alone at the foot of a page."""
    need = KEEP_MM if isinstance(block, Heading) else LEAD_MM if isinstance(block, Text) else 0
    if need and isinstance(following, Table | Bars | Text) and paper.will_page_break(need):
        paper.add_page()


def _put(paper: _Paper, block: Block) -> None:
    match block:
        case Heading(text):
            paper.ln(3)
            paper.say(text, 14)
            paper.ln(1)
        case Text(text, small):
            paper.say(text, 9 if small else 11, SOFT if small else INK)
            paper.ln(2)
        case Large(text, points):
            paper.say(text, points)
            paper.ln(2)
        case Table():
            _put_table(paper, block)
        case Bars(items):
            _put_bars(paper, items[:MAX_BARS])
        case NewPage():
            paper.add_page()
        case Code(text):
            _put_code(paper, text)


def _put_code(paper: _Paper, text: str) -> None:
    """Dark squares on the white page; the margin around them is the quiet zone."""
    rows = [list(row) for row in segno.make(text, error="m").matrix]
    step = CODE_MM / len(rows)
    left, top = (paper.w - CODE_MM) / 2, paper.get_y() + CODE_AIR_MM
    with paper.local_context():
        paper.set_fill_color(*INK)
        for down, row in enumerate(rows):
            for across, dark in enumerate(row):
                if dark:
                    # a hair wider than its place, so that no white line shows between two
                    paper.rect(left + across * step, top + down * step, step + 0.02, step + 0.02, "F")
    paper.set_y(top + CODE_MM + CODE_AIR_MM)


def _put_table(paper: _Paper, table: Table) -> None:
    paper.use(10)
    paper.set_draw_color(*LINE)
    aligns = tuple(Align.R if column in table.numbers else Align.L for column in range(len(table.headings)))
    with paper.table(
        col_widths=tuple(table.widths), text_align=aligns, line_height=5.5, padding=1.2, borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="", color=SOFT, fill_color=BAND),
    ) as grid:  # fmt: skip
        for number, row in enumerate([table.headings, *table.rows]):
            is_total = table.total and 0 < number == len(table.rows)
            line = grid.row(style=FontFace(fill_color=BAND) if is_total else None)
            for text in row:
                line.cell(text)
    paper.ln(4)


def _put_bars(paper: _Paper, items: Sequence[tuple[str, int, str]]) -> None:
    most = max((value for _, value, _ in items), default=0) or 1
    for name, value, said in items:
        if paper.will_page_break(LABEL_MM + BAR_MM):
            paper.add_page()
        paper.use(11)
        words = paper.get_string_width(said) + 4
        paper.cell(paper.epw - words, LABEL_MM, _fitting(paper, name, paper.epw - words - 4))
        paper.cell(words, LABEL_MM, said, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        with paper.local_context():  # a colour that stays would fill the rows of the next table
            paper.set_fill_color(*BAR)
            # a length on paper, no amount
            paper.rect(paper.l_margin, paper.get_y(), max(paper.epw * value / most, 0.3), BAR_MM, "F")
        paper.ln(BAR_MM + 2)
    paper.ln(3)


def _fitting(paper: _Paper, text: str, width: float) -> str:
    """The text, or as much of it as fits and a mark that more belongs to it."""
    if paper.get_string_width(text) <= width:
        return text
    while text and paper.get_string_width(text + "…") > width:
        text = text[:-1]
    return text + "…"
