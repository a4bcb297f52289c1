"""Days as lists write them: `05/9/2026`, `ngày 5 tháng 9 năm 2026`."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from subscriptions.names import search_key

_IN_FIGURES = re.compile(
    r"(?<![0-9])([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{4})(?![0-9])"
)
_IN_WORDS = re.compile(r"ngay ([0-9]{1,2}) thang ([0-9]{1,2}) nam ([0-9]{4})\b")
_FIRST_YEAR = 1990  # no list of mobile phones is older


def list_date_of(texts: Iterable[str]) -> dt.date | None:
    """Return the day a list was written, from its title and its signature.

    The latest: a title may also name the older paper that asked for the list.
    """
    days = [day for text in texts for day in _days(text) if day.year >= _FIRST_YEAR]
    return max(days, default=None)


def without_days(text: str) -> str:
    """Return the text without its days, so that they are not taken for phones."""
    return _IN_WORDS.sub(" ", search_key(_IN_FIGURES.sub(" ", text)))


def _days(text: str) -> Iterator[dt.date]:
    folded = search_key(text)
    for pattern in (_IN_FIGURES, _IN_WORDS):
        for day, month, year in pattern.findall(folded):
            try:
                yield dt.date(int(year), int(month), int(day))
            except ValueError:
                continue
