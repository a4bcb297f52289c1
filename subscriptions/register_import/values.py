"""What a file was read as: its people, and all that a person must look at."""

import datetime as dt
from dataclasses import dataclass, field

from subscriptions.phones import PhoneNumber
from subscriptions.tables.households import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One cell or line that cannot be used.

    `row` is as Excel or an editor numbers it; `column` is the heading over it, empty
    for a whole line; `cell` is Excel's name of it ("F7"), empty in text files.
    `suggestion` is what one tap may put in its place.
    """

    row: int
    column: str
    cell: str
    value: str = field(repr=False)
    code: str
    help: str = field(repr=False)
    suggestion: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A cell that was mended without asking, and what it was read as."""

    row: int
    column: str
    cell: str
    value: str = field(repr=False)
    became: str = field(repr=False)
    help: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A phone that an earlier household of the list, at `first_row`, holds."""

    row: int
    column: str
    cell: str
    value: str = field(repr=False)
    first_row: int
    code: str
    help: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something worth knowing that keeps nothing out; `row` is None for all of it."""

    row: int | None
    value: str = field(repr=False)
    code: str
    help: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPhone:
    """A phone that can be texted, and where it stands."""

    row: int
    column: str
    cell: str
    value: str = field(repr=False)
    number: PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedResident:
    """One person of the list."""

    row: int
    full_name: str = field(repr=False)
    birth_year: int | None = None
    relation: str | None = None
    tags: frozenset[Tag] = frozenset()
    note: str | None = field(default=None, repr=False)
    phones: tuple[ListedPhone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedHousehold:
    """One household of the list, its head first."""

    row: int
    address: str = field(repr=False)
    residents: tuple[ListedResident, ...]

    @property
    def head(self) -> ListedResident:
        """Return the head."""
        return self.residents[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A whole file: `entries` can enter the register, the rest is to be looked at.

    `list_date` is the day the list was written, as given or as its title says.
    `repaired` are phones, `mended` texts that were typed in a font older than Unicode.
    """

    sheet: str
    list_date: dt.date | None
    entries: tuple[ListedHousehold, ...]
    faults: tuple[Fault, ...]
    duplicates: tuple[Duplicate, ...]
    repaired: tuple[Repair, ...]
    mended: tuple[Repair, ...]
    remarks: tuple[Remark, ...]

    @property
    def households(self) -> int:
        """Count the households that can enter."""
        return len(self.entries)

    @property
    def residents(self) -> int:
        """Count the people that can enter."""
        return sum(len(household.residents) for household in self.entries)

    @property
    def lines(self) -> int:
        """Count the phones that can be texted, each once however many share it."""
        return len(
            {
                phone.number.e164
                for household in self.entries
                for resident in household.residents
                for phone in resident.phones
            }
        )
