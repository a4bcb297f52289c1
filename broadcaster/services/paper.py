"""Papers to print: Vietnamese letters, tables over many pages, page x of y.

All measures are in mm. The fonts travel with us: a name must look the same on paper
whatever the machine has.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, cast

from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from fpdf.fonts import TTFFont

from broadcaster.services.workbooks import Cell, Column, Style
from templates import DOCUMENTS, read_words

TICK = "\N{BALLOT BOX}"
"""A cell that becomes an empty box, to tick with a pen."""

FAMILY = "NotoSans"
FONTS = DOCUMENTS / "vendor"
SIZE_PT = 9
LINE = 4.6
PADDING = 0.9
SIZES = {"A4": (210, 297), "A5": (210, 148)}
"""Width and height: A5 lies on its side."""
MARGIN = 12
FOOT = 14
BOX = 3.4
RULE = 0.15
SIGN_HEIGHT = 30


class Paper(FPDF):
    """One document on paper: upright A4, or A5 lying down."""

    def __init__(self, title: str, *, size: Literal["A4", "A5"] = "A4") -> None:
        super().__init__(unit="mm", format=SIZES[size])
        self.add_font(FAMILY, "", FONTS / "NotoSans-Regular.ttf")
        self.add_font(FAMILY, "B", FONTS / "NotoSans-Bold.ttf")
        self.set_title(title)
        self.set_lang("vi")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=FOOT)
        self.set_font(FAMILY, size=SIZE_PT)
        self.set_line_width(RULE)
        self.add_page()

    def footer(self) -> None:
        """Write at the foot which page it is, as "Trang 2/7"."""
        self.set_y(-FOOT + 2)
        self.set_font(FAMILY, size=SIZE_PT - 1)
        number = read_words("paper")["page"].format(page=self.page_no(), pages="{nb}")
        self.cell(0, LINE, number, align=Align.R)

    def paragraph(
        self, text: str, *, size_pt: int = SIZE_PT, style: Literal["", "B"] = ""
    ) -> None:
        """Write a text over the whole width, in as many lines as it needs."""
        self.set_font(FAMILY, style, size_pt)
        height = LINE * size_pt / SIZE_PT
        self.multi_cell(
            0, height, self.printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.set_font(FAMILY, size=SIZE_PT)

    def ruled_table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
        *,
        total: Sequence[Cell] = (),
    ) -> None:
        """Draw a ruled table, its header again on every page; `total` ends it."""
        shares = self.epw / sum(column.width for column in columns)
        widths = [column.width * shares for column in columns]
        headers = [column.header for column in columns]
        right = [column.style is not Style.TEXT for column in columns]
        self._row(headers, widths, right, style="B", again=())
        for row in rows:
            self._row(row, widths, right, style="", again=headers)
        if total:
            self._row(total, widths, right, style="B", again=headers)
        self.set_font(FAMILY, "")
        self.ln(LINE)

    def signatures(self, roles: Sequence[str]) -> None:
        """Leave room for people to sign side by side, never parted from each other."""
        words = read_words("paper")
        if self.will_page_break(SIGN_HEIGHT):
            self.add_page()
        self.cell(
            0,
            LINE * 1.5,
            words["dated"],
            align=Align.R,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        width = self.epw / len(roles)
        for style, texts in (("B", roles), ("", [words["signed"]] * len(roles))):
            self.set_font(FAMILY, style)
            for text in texts:
                self.cell(width, LINE, text, align=Align.C)
            self.ln(LINE)

    def printable(self, text: str) -> str:
        """Return a text in letters that the font has; others become "?"."""
        whole = unicodedata.normalize("NFC", " ".join(text.split()))
        font = self.fonts[FAMILY.lower()]
        known = font.cmap if isinstance(font, TTFFont) else {}
        return "".join(each if ord(each) in known else "?" for each in whole)

    def finished(self) -> bytes:
        """Return the finished file."""
        return bytes(self.output())

    def _row(
        self,
        cells: Sequence[Cell],
        widths: Sequence[float],
        right: Sequence[bool],
        *,
        style: Literal["", "B"],
        again: Sequence[str],
    ) -> None:
        self.set_font(FAMILY, style)
        texts = [
            self._wrapped(written(cell), width)
            for cell, width in zip(cells, widths, strict=True)
        ]
        height = max(len(lines) for lines in texts) * LINE + 2 * PADDING
        if again and self.will_page_break(height):
            self.add_page()
            self._row(again, widths, right, style="B", again=())
            self.set_font(FAMILY, style)
        for lines, width, is_right in zip(texts, widths, right, strict=True):
            self._cell(lines, width, height, align=Align.R if is_right else Align.L)
        self.set_xy(self.l_margin, self.get_y() + height)

    def _cell(
        self, lines: Sequence[str], width: float, height: float, *, align: Align
    ) -> None:
        left, top = self.get_x(), self.get_y()
        self.rect(left, top, width, height)
        if lines == [TICK]:
            self.rect(left + (width - BOX) / 2, top + (height - BOX) / 2, BOX, BOX)
        else:
            for number, line in enumerate(lines):
                self.set_xy(left, top + PADDING + number * LINE)
                self.cell(width, LINE, line, align=align)
        self.set_xy(left + width, top)

    def _wrapped(self, text: str, width: float) -> list[str]:
        if text == TICK:
            return [TICK]
        text = self.printable(text)
        if self.get_string_width(text) <= width - 2 * self.c_margin:
            return [text]
        lines = self.multi_cell(
            width, LINE, text, dry_run=True, output=MethodReturnValue.LINES
        )
        return cast("list[str]", lines)


def written(cell: Cell) -> str:
    """Write a cell as people read it: 1842 is "1.842", nothing stays empty."""
    if isinstance(cell, int):
        return f"{cell:,}".replace(",", ".")
    return cell or ""
