"""A row of the list read as a person, cell by cell."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from subscriptions.enrolments import tidy
from subscriptions.names import search_key
from subscriptions.phone_plan import as_dialled_at_home
from subscriptions.phone_tables import PhoneCode, find_old_landline
from subscriptions.phones import PhoneReading, read_phone
from subscriptions.register_import.columns import Columns, Field, words
from subscriptions.register_import.findings import Findings, Place
from subscriptions.register_import.grid import Cell, CellError, Row, show, text_of
from subscriptions.register_import.values import ListedPhone, ListedResident
from subscriptions.tables.households import Household, Resident, Tag

FIRST_BIRTH_YEAR = 1900
NAME_LENGTH = Resident.full_name.type.length
RELATION_LENGTH = Resident.relation_to_head.type.length
NOTE_LENGTH = Resident.note.type.length
ADDRESS_LENGTH = Household.address.type.length
_SIGNS = re.compile(r"[^\w\s]|_")
_YEAR = re.compile(r"(?:.*[^0-9])?([0-9]{4})(?:[^0-9].*)?")
_DIGITS_OF_NO_NAME = re.compile("[0-9]{4}")
_LOST = re.compile(r"\?|\ufffd")
_BETWEEN_TAGS = re.compile(r"[,;/+\n\r&]|\bvà\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReader:
    """Reads rows of one list; what is wrong goes into `findings`."""

    columns: Columns
    findings: Findings
    list_date: dt.date | None
    this_year: int
    old_landlines: list[int] = field(default_factory=list)
    """Rows whose phone would be a landline if the undated list were old."""

    def name(self, row: Row) -> str | None:
        """Return the person's name, or None after saying why there is none."""
        place = self._name_place(row)
        cells = [
            cell
            for part in (Field.FAMILY_NAME, Field.NAME)
            for _, cell in self.columns.cells(row, part)
        ]
        error = next((cell for cell in cells if isinstance(cell, CellError)), None)
        if error:
            self.findings.fault(place, "excel_error", value=error.shown)
            return None
        written = " ".join(text_of(cell).strip() for cell in cells)
        name = tidy(written)
        fault = _fault_of_name(written, name)
        if fault is None:
            return name
        shown = name or self.columns.text(row, Field.PHONE)
        self.findings.fault(place, fault, value=shown, limit=NAME_LENGTH)
        return None

    def person(self, row: Row, name: str) -> ListedResident:
        """Return the person of a row whose name was read, with phones as listed."""
        tags, unknown = self._tags(row)
        return ListedResident(
            row=row.number,
            full_name=name,
            birth_year=self._birth_year(row),
            relation=self._short(row, Field.RELATION, limit=RELATION_LENGTH),
            tags=tags,
            note=self._note(row, unknown),
            phones=tuple(self._phones(row)),
        )

    def address(self, row: Row) -> str:
        """Return the row's address, empty when it has none that can be kept."""
        return self._short(row, Field.ADDRESS, limit=ADDRESS_LENGTH) or ""

    def _note(self, row: Row, unknown: Sequence[str]) -> str | None:
        words_of_tags = "; ".join(unknown)[:NOTE_LENGTH]
        limit = NOTE_LENGTH - len(words_of_tags) - len("; ")
        note = self._short(row, Field.NOTE, limit=max(limit, 0))
        return "; ".join(filter(None, [words_of_tags, note])) or None

    def _name_place(self, row: Row) -> Place:
        return Place(row=row.number, column=self.columns.places[Field.NAME][0])

    def _text(self, row: Row, what: Field) -> str:
        """Return a field's text; a cell whose formula failed is a fault."""
        for column, cell in self.columns.cells(row, what):
            if isinstance(cell, CellError):
                place = Place(row=row.number, column=column)
                self.findings.fault(place, "excel_error", value=cell.shown)
        return self.columns.text(row, what)

    def _short(self, row: Row, what: Field, *, limit: int) -> str | None:
        text = self._text(row, what)
        if len(text) <= limit:
            return text or None
        place = Place(row=row.number, column=self.columns.places[what][0])
        self.findings.fault(place, "too_long", value=text, limit=limit)
        return None

    def _birth_year(self, row: Row) -> int | None:
        for column, cell in self.columns.cells(row, Field.BIRTH):
            place = Place(row=row.number, column=column)
            if isinstance(cell, CellError):
                self.findings.fault(place, "excel_error", value=cell.shown)
                continue
            year = _year(cell)
            if year is not None and FIRST_BIRTH_YEAR <= year <= self.this_year:
                return year
            self.findings.fault(
                place,
                "birth_year",
                value=show(cell),
                first=FIRST_BIRTH_YEAR,
                last=self.this_year,
            )
        return None

    def _tags(self, row: Row) -> tuple[frozenset[Tag], list[str]]:
        """Return the tags, and the words that are none of ours."""
        tags: set[Tag] = set()
        unknown: list[str] = []
        self._text(row, Field.TAGS)
        for _, cell in self.columns.cells(row, Field.TAGS):
            if isinstance(cell, CellError):
                continue
            for word in filter(None, map(tidy, _BETWEEN_TAGS.split(text_of(cell)))):
                tag = _tag(word)
                if tag:
                    tags.add(tag)
                elif any(character.isalpha() for character in word):
                    unknown.append(word)
                    self.findings.remark("unknown_tag", value=word, row=row.number)
        return frozenset(tags), unknown

    def _phones(self, row: Row) -> Iterator[ListedPhone]:
        seen: set[str] = set()
        for column, cell in self.columns.cells(row, Field.PHONE):
            place = Place(row=row.number, column=column)
            if isinstance(cell, CellError):
                self.findings.fault(place, "excel_error", value=cell.shown)
                continue
            phone = self._phone(place, cell)
            if phone and phone.number.e164 not in seen:
                seen.add(phone.number.e164)
                yield phone

    def _phone(self, place: Place, cell: Cell) -> ListedPhone | None:
        reading = read_phone(cell, list_date=self.list_date)
        if reading.code is PhoneCode.EMPTY:
            return None
        phone = self.findings.listed(place, reading)
        if phone is None or not reading.sms:
            self.findings.fault_in_phone(place, reading)
            return None
        if reading.repaired:
            self.findings.repair(phone, reading)
        if self.list_date is None and _may_be_old_landline(reading):
            self.old_landlines.append(place.row)
        return phone


def _fault_of_name(written: str, name: str) -> str | None:
    if not name:
        return "name_missing"
    if any(mark in written for mark in "\n\r\v\f\x85\u2028\u2029"):
        return "line_break_in_name"
    if _LOST.search(name):
        return "lost_letters"
    if _DIGITS_OF_NO_NAME.search(name) or not any(c.isalpha() for c in name):
        return "not_a_name"
    if len(name) > NAME_LENGTH:
        return "too_long"
    return None


def _year(cell: Cell) -> int | None:
    if isinstance(cell, dt.date):
        return cell.year
    found = _YEAR.fullmatch(show(cell))
    return int(found[1]) if found else None


def _tag(word: str) -> Tag | None:
    folded = search_key(_SIGNS.sub(" ", word))
    for tag, spellings in words()["tags"].items():
        if folded in spellings:
            return Tag(tag)
    return None


def _may_be_old_landline(reading: PhoneReading) -> bool:
    if reading.number is None or reading.code is PhoneCode.MIGRATED_2018:
        return False
    return find_old_landline(as_dialled_at_home(reading.number.e164)) is not None
