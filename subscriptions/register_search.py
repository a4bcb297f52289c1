"""Finding households as people look for them: by a name, a door or some digits."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from subscriptions.consents import standings
from subscriptions.names import search_key
from subscriptions.places import Scope
from subscriptions.registry import get_household
from subscriptions.tables.consents import ConsentAction, ConsentRecord, Purpose
from subscriptions.tables.households import (
    Household,
    Line,
    LineStatus,
    Resident,
    ResidentTag,
    Subscription,
    SubscriptionStatus,
    Tag,
)

COUNTRY_CODE = "+84"
FEWEST_DIGITS = 3
"""Fewer digits are a door or a floor, and would find every second phone."""

Person = aliased(Resident)

_BETWEEN_DIGITS = re.compile(r"[\s.()-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStanding:
    """One phone of one person: whether it runs, can be texted, and about what."""

    subscription: Subscription
    line: Line
    resident: Resident
    consents: dict[Purpose, ConsentRecord]

    def may_be_told(self, purpose: Purpose) -> bool:
        """Tell whether a notice for this purpose would go to the phone now."""
        record = self.consents.get(purpose)
        return (
            self.subscription.status is SubscriptionStatus.ACTIVE
            and self.line.status is LineStatus.USABLE
            and record is not None
            and record.action is ConsentAction.GRANTED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdCard:
    """A household in a list: its head and its phones, those that ended left out."""

    household: Household
    head: Resident
    lines: tuple[LineStanding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdPage:
    """Some households in order. `next` is what to ask the rest `after`, or None."""

    cards: tuple[HouseholdCard, ...]
    next: uuid.UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdDetail:
    """Everything of one household: its people with their tags, its phones."""

    household: Household
    residents: tuple[Resident, ...]
    tags: dict[int, tuple[Tag, ...]]
    lines: tuple[LineStanding, ...]


def find_households(
    session: Session,
    scope: Scope,
    *,
    search: str = "",
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> HouseholdPage:
    """Find households, by the head's name as Vietnamese lists are ordered.

    Every word of `search` has to be in a name, the address or a phone number of the
    household; accents, case and the spaces in a number do not matter. `after` is the
    public id of the last household of the page before: a cursor holds no name.
    """
    query = (
        select(Household, Resident)
        .join(Resident, Resident.household_id == Household.id)
        .where(scope.households(), Household.left_on.is_(None), Resident.is_head)
        .where(_matches(search))
        .order_by(Resident.sort_key, Household.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(_comes_after(session, scope, after))
    found = session.execute(query).all()
    shown = found[:limit]
    lines = _standings_by_household(session, [household.id for household, _ in shown])
    cards = tuple(
        HouseholdCard(household=home, head=head, lines=lines.get(home.id, ()))
        for home, head in shown
    )
    more = len(found) > limit
    return HouseholdPage(
        cards=cards, next=cards[-1].household.public_id if more else None
    )


def describe_household(
    session: Session, scope: Scope, public_id: uuid.UUID
) -> HouseholdDetail:
    """Return all of a household, the head first.

    Raises NotInRegisterError when it is not in the scope.
    """
    household = get_household(session, scope, public_id)
    residents = session.scalars(
        select(Resident)
        .where(Resident.household_id == household.id, Resident.left_on.is_(None))
        .order_by(Resident.is_head.desc(), Resident.id)
    ).all()
    tagged: dict[int, tuple[Tag, ...]] = {}
    for row in session.scalars(
        select(ResidentTag)
        .where(ResidentTag.resident_id.in_([person.id for person in residents]))
        .order_by(ResidentTag.tag)
    ):
        tagged[row.resident_id] = (*tagged.get(row.resident_id, ()), row.tag)
    return HouseholdDetail(
        household=household,
        residents=tuple(residents),
        tags=tagged,
        lines=_standings_by_household(session, [household.id]).get(household.id, ()),
    )


def _matches(search: str) -> ColumnElement[bool]:
    words = [_has(word) for word in search_key(search).split()]
    digits = _digits_of(search)
    if digits is None:
        return and_(true(), *words)
    return or_(_has_phone(digits), and_(true(), *words))


def _has(word: str) -> ColumnElement[bool]:
    in_name = (
        select(Person.id)
        .where(
            Person.household_id == Household.id,
            Person.left_on.is_(None),
            Person.search_key.contains(word, autoescape=True),
        )
        .exists()
    )
    return or_(Household.search_key.contains(word, autoescape=True), in_name)


def _digits_of(search: str) -> str | None:
    """Return what was typed as digits alone, None when it is no part of a phone."""
    bare = _BETWEEN_DIGITS.sub("", search)
    if bare.startswith(COUNTRY_CODE):
        bare = f"0{bare.removeprefix(COUNTRY_CODE)}"
    return bare if bare.isdecimal() and len(bare) >= FEWEST_DIGITS else None


def _has_phone(digits: str) -> ColumnElement[bool]:
    """Match digits anywhere in a number as people write it here, zero first."""
    at_home = literal("0", String).concat(
        func.substr(Line.e164, len(COUNTRY_CODE) + 1, type_=String)
    )
    return (
        select(Subscription.id)
        .join(Line, Line.id == Subscription.line_id)
        .join(Person, Person.id == Subscription.resident_id)
        .where(
            Person.household_id == Household.id,
            Subscription.status != SubscriptionStatus.ENDED,
            at_home.contains(digits),
        )
        .exists()
    )


def _comes_after(
    session: Session, scope: Scope, public_id: uuid.UUID
) -> ColumnElement[bool]:
    """Return the condition for what follows a household, wherever it is by now."""
    household = get_household(session, scope, public_id)
    last = session.scalars(
        select(Resident.sort_key).where(
            Resident.household_id == household.id, Resident.is_head
        )
    ).one()
    return tuple_(Resident.sort_key, Household.id) > (last, household.id)


def _standings_by_household(
    session: Session, household_ids: Sequence[int]
) -> dict[int, tuple[LineStanding, ...]]:
    rows = session.execute(
        select(Subscription, Line, Resident)
        .join(Line, Line.id == Subscription.line_id)
        .join(Resident, Resident.id == Subscription.resident_id)
        .where(
            Resident.household_id.in_(household_ids),
            Subscription.status != SubscriptionStatus.ENDED,
        )
        .order_by(Subscription.id)
    )
    served = rows.all()
    consents = standings(session, {line.id for _, line, _ in served})
    found: dict[int, tuple[LineStanding, ...]] = {}
    for subscription, line, resident in served:
        standing = LineStanding(
            subscription=subscription,
            line=line,
            resident=resident,
            consents=consents.get(line.id, {}),
        )
        home = resident.household_id
        found[home] = (*found.get(home, ()), standing)
    return found
