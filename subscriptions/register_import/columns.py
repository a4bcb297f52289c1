"""Which column is which, found by the words of its heading."""

import enum
import functools
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from subscriptions.names import search_key
from subscriptions.register_import.grid import (
    Cell,
    CellError,
    Row,
    letters_of,
    show,
)

HEADER_WITHIN = 30
"""Rows from the top among which the headings are looked for."""
MAX_HEADING = 60
_FEWEST_NUMBERS = 3
"""Numbers under so many headings are theirs; fewer may be a person's row."""
_SIGNS = re.compile(r"[^\w\s]|_")
_NUMBER_UNDER_HEADING = re.compile(r"\(?[0-9]{1,2}\)?|[A-Z]")


class Field(enum.StrEnum):
    """What a column of a list may hold; earlier ones are recognised first."""

    RELATION = "relation"
    HOUSEHOLD = "household"
    HEAD = "head"
    FAMILY_NAME = "family_name"
    PHONE = "phone"
    BIRTH = "birth"
    NUMBER = "number"
    ADDRESS = "address"
    TAGS = "tags"
    NOTE = "note"
    NAME = "name"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The headings of a list and the row after which its people begin."""

    places: dict[Field, tuple[int, ...]]
    headings: dict[int, str]
    last_row: int
    unread: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Columns up to the last that has a heading."""
        return max(self.headings) + 1

    @property
    def is_list(self) -> bool:
        """Tell whether people and their phones can be read by it."""
        return Field.NAME in self.places and Field.PHONE in self.places

    def cells(self, row: Row, field: Field) -> Iterator[tuple[int, Cell]]:
        """Give the row's cells of a field that are not empty, with their columns."""
        for column in self.places.get(field, ()):
            cell = row.cell(column)
            if isinstance(cell, CellError) or show(cell):
                yield column, cell

    def text(self, row: Row, field: Field) -> str:
        """Return what the row says of a field, its columns put together."""
        found = self.cells(row, field)
        return " ".join(show(c) for _, c in found if not isinstance(c, CellError))

    def heading(self, column: int) -> str:
        """Return what a person calls the column: its heading, or its letters."""
        return self.headings.get(column) or letters_of(column)


def find_columns(rows: Sequence[Row]) -> Columns | None:
    """Find the headings near the top; None when no row names people and phones.

    A heading may lie over two rows, as merged cells do.
    """
    top = [row for row in rows[:HEADER_WITHIN] if row.fault is None]
    for place, row in enumerate(top):
        below = top[place + 1] if place + 1 < len(top) else None
        alone = _columns([row])
        if alone.is_list:
            return _with_sub_headings(alone, below)
        if below is not None and alone.places:
            both = _columns([row, below])
            if both.is_list:
                return both
    return None


def headings_seen(rows: Sequence[Row]) -> tuple[set[Field], list[str]]:
    """Return the fields and texts of the row that looks most like headings."""
    top = [row for row in rows[:HEADER_WITHIN] if not row.is_blank]
    if not top:
        return set(), []
    best = max(top, key=lambda r: (len(_columns([r]).places), len(_texts(r))))
    return set(_columns([best]).places), list(_texts(best).values())


def is_repeated_heading(row: Row, columns: Columns) -> bool:
    """Tell whether a row is the headings again, as on a new page, or their numbers."""
    texts = _texts(row)
    known = {column: search_key(text) for column, text in columns.headings.items()}
    if texts and all(known.get(c) == search_key(t) for c, t in texts.items()):
        return True
    is_next = row.number <= columns.last_row + 2
    return (
        is_next
        and len(texts) >= _FEWEST_NUMBERS
        and all(_NUMBER_UNDER_HEADING.fullmatch(text) for text in texts.values())
    )


@functools.cache
def words() -> dict[str, Any]:
    """Return the table of how lists name things."""
    source = resources.files("subscriptions") / "data" / "register_columns.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _texts(row: Row) -> dict[int, str]:
    texts = ((column, show(cell)) for column, cell in enumerate(row.cells))
    return {column: text for column, text in texts if text}


def _columns(rows: Sequence[Row]) -> Columns:
    headings: dict[int, str] = {}
    fields: dict[int, Field] = {}
    for row in rows:
        for column, text in _texts(row).items():
            field = _field(text)
            if field or column not in headings:
                headings[column] = text
            if field:
                fields[column] = field
    places = _settle(fields)
    read = {column for columns in places.values() for column in columns}
    unread = [t for c, t in headings.items() if c not in read and not _ignored(t)]
    return Columns(
        places=places,
        headings=headings or {0: ""},
        last_row=rows[-1].number,
        unread=tuple(unread),
    )


def _settle(fields: dict[int, Field]) -> dict[Field, tuple[int, ...]]:
    """Say which columns are read: several phones and parts of a door, one name.

    Two columns of names are two people: putting them together would make one of
    them. A column of heads is the name when there is no other, else the household.
    """
    places: dict[Field, tuple[int, ...]] = {}
    for field in Field:
        found = tuple(c for c, f in sorted(fields.items()) if f is field)
        several = field in (Field.PHONE, Field.ADDRESS)
        if found and field is not Field.IGNORED:
            places[field] = found if several else found[:1]
    heads = places.pop(Field.HEAD, None)
    if heads and Field.NAME not in places:
        places[Field.NAME] = heads
    elif heads:
        places.setdefault(Field.HOUSEHOLD, heads)
    if Field.NAME not in places:
        places.pop(Field.FAMILY_NAME, None)
    return places


def _with_sub_headings(columns: Columns, below: Row | None) -> Columns:
    """Take in a second row of headings: "Năm sinh" above "Nam" and "Nữ"."""
    texts = _texts(below) if below is not None else {}
    if below is None or any(c.isdigit() for text in texts.values() for c in text):
        return columns
    if set(texts) & set(columns.places[Field.NAME]):
        return columns
    under = _columns([below])
    places: dict[Field, tuple[int, ...]] = {
        field: found
        for field, found in under.places.items()
        if field in (Field.PHONE, Field.ADDRESS)
    }
    births = columns.places.get(Field.BIRTH, ())
    sexes = tuple(c for c, text in texts.items() if search_key(text) in ("nam", "nu"))
    if births and sexes:
        places[Field.BIRTH] = sexes
    if not places:
        return columns
    read = {column: texts[column] for found in places.values() for column in found}
    years = dict.fromkeys(sexes, columns.headings[births[0]]) if births else {}
    return Columns(
        places={**columns.places, **places},
        headings={**columns.headings, **read, **years},
        last_row=below.number,
        unread=columns.unread,
    )


def _field(text: str) -> Field | None:
    if len(text) > MAX_HEADING:
        return None
    written = " ".join(_SIGNS.sub(" ", text.lower()).split())
    folded = search_key(written)
    for field in Field:
        phrases = words()["columns"][field.value]
        if any(p == (folded if p.isascii() else written) for p in phrases["is"]):
            return field
        if any(folded.startswith(f"{p} ") or folded == p for p in phrases["begins"]):
            return field
    return None


def _ignored(text: str) -> bool:
    return _field(text) is Field.IGNORED
