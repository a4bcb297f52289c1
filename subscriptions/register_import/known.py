"""What the register already knows of a group's people and of a list's phones."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscriptions.tables.households import (
    Household,
    Line,
    Resident,
    ResidentTag,
    Subscription,
    SubscriptionStatus,
    Tag,
)
from subscriptions.tables.places import ResidentialGroup

Value = TypeVar("Value", int, str)

CHUNK = 1_000
"""Values in one query; SQLite takes 32,766."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownResident:
    """A person of the register, still living there or not."""

    id: int
    name: str = field(repr=False)
    birth_year: int | None
    is_head: bool
    has_left: bool


@dataclass(slots=True, kw_only=True)
class KnownHousehold:
    """A household of the group."""

    id: int
    key: str = field(repr=False)
    address: str = field(repr=False)
    residents: list[KnownResident] = field(default_factory=list)

    @property
    def head(self) -> KnownResident | None:
        """Return the head, if one is named."""
        return next((person for person in self.residents if person.is_head), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUse:
    """Someone served through a phone, now or before."""

    resident_id: int
    household_id: int
    group_id: int
    group_name: str
    address: str = field(repr=False)
    ended: bool
    pays: bool


@dataclass(slots=True, kw_only=True)
class KnownLine:
    """A phone of the ward and whom it serves."""

    id: int
    uses: list[KnownUse] = field(default_factory=list)

    @property
    def holders(self) -> list[KnownUse]:
        """Return those served now."""
        return [use for use in self.uses if not use.ended]

    @property
    def is_paid(self) -> bool:
        """Tell whether one of its subscriptions pays."""
        return any(use.pays for use in self.holders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A group's register, and the ward's lines by E.164."""

    households: dict[int, KnownHousehold]
    by_key: dict[str, KnownHousehold]
    lines: dict[str, KnownLine]
    tags: dict[int, set[Tag]]


def look_up(
    session: Session, *, ward_id: int, group_id: int, numbers: Iterable[str]
) -> Known:
    """Load a group's register and the lines of these numbers, in a few queries."""
    households = _households(session, group_id)
    return Known(
        households=households,
        by_key={home.key: home for home in households.values() if home.key},
        lines=_lines(session, ward_id, sorted(set(numbers))),
        tags=_tags(session, group_id),
    )


def chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Cut values into what one query takes."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _households(session: Session, group_id: int) -> dict[int, KnownHousehold]:
    here = (Household.group_id == group_id, Household.left_on.is_(None))
    doors = select(Household.id, Household.match_key, Household.address).where(*here)
    by_id = {
        identity: KnownHousehold(id=identity, key=key, address=address)
        for identity, key, address in session.execute(doors)
    }
    people = (
        select(
            Resident.household_id,
            Resident.id,
            Resident.full_name,
            Resident.birth_year,
            Resident.is_head,
            Resident.left_on,
        )
        .join(Household, Household.id == Resident.household_id)
        .where(*here)
        .order_by(Resident.id)
    )
    for household_id, identity, name, year, is_head, left_on in session.execute(people):
        by_id[household_id].residents.append(
            KnownResident(
                id=identity,
                name=name,
                birth_year=year,
                is_head=is_head,
                has_left=left_on is not None,
            )
        )
    return by_id


def _tags(session: Session, group_id: int) -> dict[int, set[Tag]]:
    tags: dict[int, set[Tag]] = {}
    for resident_id, tag in session.execute(
        select(ResidentTag.resident_id, ResidentTag.tag)
        .join(Resident, Resident.id == ResidentTag.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(Household.group_id == group_id)
    ):
        tags.setdefault(resident_id, set()).add(tag)
    return tags


def _lines(
    session: Session, ward_id: int, numbers: Sequence[str]
) -> dict[str, KnownLine]:
    lines: dict[str, KnownLine] = {}
    for part in chunks(numbers):
        found = select(Line.id, Line.e164).where(
            Line.ward_id == ward_id, Line.e164.in_(part)
        )
        for identity, e164 in session.execute(found):
            lines[e164] = KnownLine(id=identity)
    by_id = {line.id: line for line in lines.values()}
    for ids in chunks(sorted(by_id)):
        for line_id, use in _uses(session, ids):
            by_id[line_id].uses.append(use)
    return lines


def _uses(session: Session, line_ids: Sequence[int]) -> Iterator[tuple[int, KnownUse]]:
    rows = session.execute(
        select(
            Subscription.line_id,
            Subscription.resident_id,
            Subscription.status,
            Subscription.pays,
            Household.id,
            Household.group_id,
            Household.address,
            ResidentialGroup.name,
        )
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .join(ResidentialGroup, ResidentialGroup.id == Household.group_id)
        .where(Subscription.line_id.in_(line_ids))
        .order_by(Subscription.id)
    )
    for line_id, resident_id, status, pays, household_id, group_id, door, name in rows:
        yield (
            line_id,
            KnownUse(
                resident_id=resident_id,
                household_id=household_id,
                group_id=group_id,
                group_name=name,
                address=door,
                ended=status is SubscriptionStatus.ENDED,
                pays=pays,
            ),
        )
