"""A leader's file, from its bytes to the people and faults in it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from subscriptions.enrolments import match_key
from subscriptions.register_import.columns import (
    HEADER_WITHIN,
    Columns,
    Field,
    find_columns,
    headings_seen,
)
from subscriptions.register_import.dates import list_date_of
from subscriptions.register_import.files import read_sheets
from subscriptions.register_import.findings import Findings
from subscriptions.register_import.fonts import mend_fonts
from subscriptions.register_import.grid import Row, Sheet, shorten, show
from subscriptions.register_import.grouping import (
    RowGroup,
    group_rows,
    is_head,
    people_rows,
)
from subscriptions.register_import.people import PersonReader
from subscriptions.register_import.values import (
    ListedHousehold,
    ListedPhone,
    ListedResident,
    Reading,
)
from subscriptions.register_import.words import refusal

_SEEN_SHOWN = 12


def read_register(
    data: bytes,
    *,
    today: dt.date,
    list_date: dt.date | None = None,
    sheet: str | None = None,
) -> Reading:
    """Read a leader's workbook or text file: people, phones, and what is wrong.

    The kind of file is told by its content. `list_date` is the day the list was
    written, by default what its title says; `sheet` names one of several, by default
    the first that is a list. Nothing is guessed: what cannot be read with certainty
    is a fault with its row. Raises RegisterError when nothing can be read.
    """
    sheets = [mend_fonts(found) for found in read_sheets(data)]
    chosen, columns = _choose(sheets, sheet)
    findings = Findings(columns=columns, has_letters=bool(chosen.name))
    findings.fonts(chosen.mended, chosen.unsure)
    _remark_on_sheets(sheets, chosen, findings)
    for heading in columns.unread:
        findings.remark("column_not_read", value=heading, row=columns.last_row)
    rows = people_rows(chosen.rows, columns, findings)
    written = list_date or list_date_of(_around_list(chosen, columns, findings))
    reader = PersonReader(
        columns=columns, findings=findings, list_date=written, this_year=today.year
    )
    households = _Households(reader=reader)
    for group in group_rows(rows, columns, findings):
        households.take(group)
    if reader.old_landlines:
        count = len(reader.old_landlines)
        findings.remark("list_date_needed", value=str(count), count=count)
    return Reading(
        sheet=chosen.name,
        list_date=written,
        entries=tuple(households.entries),
        faults=tuple(sorted(findings.faults, key=lambda fault: fault.row)),
        duplicates=tuple(findings.duplicates),
        repaired=tuple(findings.repaired),
        mended=tuple(findings.mended),
        remarks=tuple(sorted(findings.remarks, key=lambda remark: remark.row or 0)),
    )


@dataclass(slots=True, kw_only=True)
class _Households:
    """The households read so far, and who holds which phone and door."""

    reader: PersonReader
    entries: list[ListedHousehold] = field(default_factory=list)
    rows_by_key: dict[str, int] = field(default_factory=dict)
    holders: dict[str, tuple[int, int]] = field(default_factory=dict)
    """E.164 → row of the household that holds it, row where it was first listed."""

    def take(self, group: RowGroup) -> None:
        """Read one household, or say for each of its rows why it cannot enter."""
        findings = self.reader.findings
        if group.headless:
            for row in group.rows:
                findings.fault_in_row(row, "no_head")
            return
        rows = _head_first(group.rows, self.reader.columns)
        name = self.reader.name(rows[0])
        if name is None:
            self._leave_out(rows[1:], broken_row=rows[0].number)
            return
        address = self._address(rows)
        key = match_key(name, address)
        first = self.rows_by_key.setdefault(key, rows[0].number)
        if first != rows[0].number:
            findings.fault_in_row(rows[0], "household_twice", other=first)
            self._leave_out(rows[1:], broken_row=rows[0].number)
            return
        people = self._people(rows, name)
        self.entries.append(
            ListedHousehold(
                row=rows[0].number,
                address=address,
                residents=tuple(self._with_own_phones(people)),
            )
        )

    def _leave_out(self, rows: Iterable[Row], *, broken_row: int) -> None:
        for row in rows:
            self.reader.findings.fault_in_row(
                row, "household_left_out", other=broken_row
            )

    def _address(self, rows: Sequence[Row]) -> str:
        address = ""
        for row in rows:
            written = self.reader.address(row)
            if address and written and written != address:
                self.reader.findings.remark(
                    "other_address", value=written, row=row.number
                )
            address = address or written
        return address

    def _people(self, rows: Sequence[Row], head_name: str) -> list[ListedResident]:
        people = [self.reader.person(rows[0], head_name)]
        seen = {(people[0].full_name.casefold(), people[0].birth_year): rows[0].number}
        for row in rows[1:]:
            name = self.reader.name(row)
            if name is None:
                continue
            person = self.reader.person(row, name)
            identity = (person.full_name.casefold(), person.birth_year)
            first = seen.setdefault(identity, row.number)
            if first == row.number:
                people.append(person)
            else:
                self.reader.findings.fault_in_row(row, "resident_twice", other=first)
        return people

    def _with_own_phones(
        self, people: Sequence[ListedResident]
    ) -> Iterable[ListedResident]:
        """Give the people without the phones that an earlier household holds."""
        for person in people:
            phones = tuple(p for p in person.phones if self._holds(people[0].row, p))
            yield replace(person, phones=phones)

    def _holds(self, household_row: int, phone: ListedPhone) -> bool:
        findings = self.reader.findings
        mine = (household_row, phone.row)
        holder, first = self.holders.setdefault(phone.number.e164, mine)
        if holder != household_row:
            findings.duplicate(phone, first_row=first)
            return False
        if first != phone.row:
            findings.remark(
                "shared_phone", value=phone.value, row=phone.row, other=first
            )
        return True


def _choose(sheets: Sequence[Sheet], name: str | None) -> tuple[Sheet, Columns]:
    """Return the sheet that is a list. Raises RegisterError when none is."""
    wanted = [sheet for sheet in sheets if name in (None, sheet.name)]
    if not wanted:
        seen = ", ".join(sheet.name for sheet in sheets)
        raise refusal("no_such_sheet", sheet=name, seen=seen)
    shown = [sheet for sheet in wanted if not sheet.hidden and sheet.rows]
    for sheet in shown:
        columns = find_columns(sheet.rows)
        if columns is not None:
            return sheet, columns
    _refuse_unknown_columns([row for sheet in shown for row in sheet.rows])
    raise refusal("empty_file")


def _refuse_unknown_columns(rows: Sequence[Row]) -> None:
    top = rows[:HEADER_WITHIN]
    fields, texts = headings_seen(top)
    if not texts:
        return
    seen = ", ".join(f"“{shorten(text)}”" for text in texts[:_SEEN_SHOWN])
    if Field.PHONE in fields:
        raise refusal("no_name_column", seen=seen)
    if Field.NAME in fields:
        raise refusal("no_phone_column", seen=seen)
    raise refusal("no_columns", seen=seen)


def _remark_on_sheets(
    sheets: Sequence[Sheet], chosen: Sheet, findings: Findings
) -> None:
    for sheet in sheets:
        if sheet.hidden:
            findings.remark("sheet_hidden", value=sheet.name)
        elif sheet is not chosen and any(not row.is_blank for row in sheet.rows):
            findings.remark("sheet_ignored", value=sheet.name)


def _around_list(sheet: Sheet, columns: Columns, findings: Findings) -> Iterable[str]:
    """Give the texts above the list and those below it that are no people."""
    for row in sheet.rows:
        if row.number >= columns.last_row:
            break
        yield from map(show, row.cells)
    for remark in findings.remarks:
        if remark.code == "row_skipped":
            yield remark.value


def _head_first(rows: Sequence[Row], columns: Columns) -> list[Row]:
    head = next((row for row in rows if is_head(row, columns)), rows[0])
    return [head, *(row for row in rows if row is not head)]
