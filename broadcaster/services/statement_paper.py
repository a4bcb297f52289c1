"""A month's statement on paper: the workbook's figures, and room to sign."""

from broadcaster.services.paper import Paper
from broadcaster.services.statement_sheets import (
    statement_sheets,
    statement_state,
    statement_title,
)
from broadcaster.services.statements import Statement
from templates import read_words

TITLE_PT, HEADING_PT = 14, 11


def statement_paper(found: Statement) -> bytes:
    """Return a month's statement as PDF: totals, groups, texts and signatures.

    What each door owes is not on it: that is the collecting list, a paper of its own.
    """
    words = read_words("paper")
    title = statement_title(found)
    paper = Paper(title)
    paper.paragraph(words["statement.title"], size_pt=TITLE_PT, style="B")
    paper.paragraph(title, size_pt=HEADING_PT, style="B")
    paper.paragraph(statement_state(found))
    paper.paragraph(words["unit"])
    summary, *others = statement_sheets(found)
    paper.ruled_table(summary.columns, summary.rows)
    for sheet in others:
        *rows, total = sheet.rows
        paper.paragraph(sheet.name, size_pt=HEADING_PT, style="B")
        paper.ruled_table(sheet.columns, rows, total=total)
    paper.signatures([words[f"sign.{who}"] for who in ("maker", "accountant", "head")])
    return paper.finished()
