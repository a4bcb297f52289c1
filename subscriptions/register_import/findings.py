"""Where each finding about a file is gathered, with its place and its words."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from subscriptions.phones import PhoneReading
from subscriptions.register_import.columns import Columns
from subscriptions.register_import.grid import (
    MendedCell,
    Row,
    letters_of,
    shorten,
    show,
)
from subscriptions.register_import.values import (
    Duplicate,
    Fault,
    ListedPhone,
    Remark,
    Repair,
)
from subscriptions.register_import.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cell, or a whole line when `column` is None."""

    row: int
    column: int | None = None


@dataclass(slots=True, kw_only=True)
class Findings:
    """All that a person must look at, in the order it was found."""

    columns: Columns
    has_letters: bool
    """Whether columns have letters, as in a workbook."""
    faults: list[Fault] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    repaired: list[Repair] = field(default_factory=list)
    mended: list[Repair] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def fault(self, place: Place, code: str, *, value: str, **facts: object) -> None:
        """Keep a fault with the sentence of its code."""
        self.faults.append(
            Fault(
                row=place.row,
                column=self._heading(place),
                cell=self._cell(place),
                value=shorten(value),
                code=code,
                help=say(code, **facts),
            )
        )

    def fault_in_row(self, row: Row, code: str, **facts: object) -> None:
        """Keep a fault of a whole line, showing what is in it."""
        value = " ".join(text for text in map(show, row.cells) if text)
        self.fault(Place(row=row.number), code, value=value, **facts)

    def fault_in_phone(self, place: Place, reading: PhoneReading) -> None:
        """Keep what is wrong with a phone, with the number it most likely is."""
        self.faults.append(
            Fault(
                row=place.row,
                column=self._heading(place),
                cell=self._cell(place),
                value=shorten(reading.input),
                code=reading.code.value,
                help=reading.help,
                suggestion=reading.suggestion,
            )
        )

    def repair(self, phone: ListedPhone, reading: PhoneReading) -> None:
        """Keep that a phone was mended."""
        self.repaired.append(
            Repair(
                row=phone.row,
                column=phone.column,
                cell=phone.cell,
                value=phone.value,
                became=phone.number.national,
                help=reading.help,
            )
        )

    def fonts(self, mended: Iterable[MendedCell], unsure: Iterable[MendedCell]) -> None:
        """Keep what was read anew of the columns that are read, and what may be so."""
        read = {place for places in self.columns.places.values() for place in places}
        self.mended += [self._mended(cell) for cell in mended if cell.column in read]
        for cell in unsure:
            if cell.column in read:
                self.remark(
                    "two_fonts",
                    value=cell.value,
                    row=cell.row,
                    font=cell.font,
                    other=cell.became,
                )

    def duplicate(self, phone: ListedPhone, *, first_row: int) -> None:
        """Keep that an earlier household of the list holds the phone."""
        self.duplicates.append(
            Duplicate(
                row=phone.row,
                column=phone.column,
                cell=phone.cell,
                value=phone.value,
                first_row=first_row,
                code="duplicate",
                help=say("duplicate", row=first_row),
            )
        )

    def remark(
        self, code: str, *, value: str, row: int | None = None, **facts: object
    ) -> None:
        """Keep a remark on a row, or on the whole list."""
        self.remarks.append(
            Remark(row=row, value=shorten(value), code=code, help=say(code, **facts))
        )

    def listed(self, place: Place, reading: PhoneReading) -> ListedPhone | None:
        """Return the phone that was read, or None when it has no number."""
        if reading.number is None:
            return None
        return ListedPhone(
            row=place.row,
            column=self._heading(place),
            cell=self._cell(place),
            value=shorten(reading.input),
            number=reading.number,
        )

    def _mended(self, cell: MendedCell) -> Repair:
        place = Place(row=cell.row, column=cell.column)
        return Repair(
            row=cell.row,
            column=self._heading(place),
            cell=self._cell(place),
            value=shorten(cell.value),
            became=shorten(cell.became),
            help=say("font_mended", font=cell.font),
        )

    def _heading(self, place: Place) -> str:
        return "" if place.column is None else self.columns.heading(place.column)

    def _cell(self, place: Place) -> str:
        if place.column is None or not self.has_letters:
            return ""
        return f"{letters_of(place.column)}{place.row}"
