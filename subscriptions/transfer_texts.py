"""What a payer writes with a bank transfer, and how the ward finds the household in it.

Banks put words of their own before and after, change case, drop spaces and dashes, and
cut the whole at 50 characters or so. The code stands first, in one piece and of a fixed
length: so that it is there whole, or the line waits for a person.
"""

import datetime as dt
import re
from collections.abc import Container

MARK = "LP"
"""What a code follows: banks put account numbers in the same text."""

_NOT_OURS = re.compile(r"[^0-9A-Z]")
# a code has no O, I and L: whoever types one has read it for the digit
_AS_READ = str.maketrans("OIL", "011")
_MARKED_CODE = re.compile(r"(?=1P([0-9A-HJKMNP-TV-Z]{8}))")


def transfer_text(code: str, month: dt.date) -> str:
    """Return the text of a household's transfer: "LP7K2M9QXD T11".

    `code` is the household's as people read it ("7K2M-9QXD"); `month` is the last
    one that is paid for. At most 14 characters, plain ASCII.
    """
    return f"{MARK}{_bare(code)} T{month.month}"


def find_codes(text: str) -> tuple[str, ...]:
    """Return every code that a text may hold, each once, without its dash.

    Where "LP" stands in a word of the bank's there may be one that is nobody's.
    """
    return tuple(dict.fromkeys(_MARKED_CODE.findall(_bare(text))))


def find_code(text: str, known: Container[str]) -> str | None:
    """Find the one code in a text that is `known`; None for none, or for several.

    `known` are codes of households, without their dash.
    """
    ours = [code for code in find_codes(text) if code in known]
    return ours[0] if len(ours) == 1 else None


def _bare(text: str) -> str:
    return _NOT_OURS.sub("", text.upper()).translate(_AS_READ)
