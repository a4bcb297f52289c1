"""Whom a notice is for: one value that gives a query, a count and a sentence."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    column,
    distinct,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from subscriptions.audience_words import describe, name_groups, say, say_count
from subscriptions.exclusion_reasons import ExclusionReason, reason_now, stored_word
from subscriptions.places import Scope, get_ward, list_groups
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import (
    Household,
    Line,
    Resident,
    ResidentTag,
    Subscription,
    SubscriptionStatus,
    Tag,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Households by group or by name, narrowed to people with any of the tags.

    `group_ids` is None for every group of the ward, so that a form left empty is
    nobody and never everybody. Households named singly are added to the groups;
    what is excluded is taken from both.
    """

    group_ids: frozenset[int] | None = frozenset()
    household_ids: frozenset[int] = frozenset()
    tags: frozenset[Tag] = frozenset()
    excluded_group_ids: frozenset[int] = frozenset()
    excluded_household_ids: frozenset[int] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return what is stored: the same audience always gives the same."""
        groups = self.group_ids
        return {
            "group_ids": None if groups is None else sorted(groups),
            "household_ids": sorted(self.household_ids),
            "tags": sorted(self.tags),
            "excluded_group_ids": sorted(self.excluded_group_ids),
            "excluded_household_ids": sorted(self.excluded_household_ids),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the audience that `to_json` stored. Raises KeyError, ValueError."""
        groups = stored["group_ids"]
        return cls(
            group_ids=None if groups is None else frozenset(groups),
            household_ids=frozenset(stored["household_ids"]),
            tags=frozenset(Tag(word) for word in stored["tags"]),
            excluded_group_ids=frozenset(stored["excluded_group_ids"]),
            excluded_household_ids=frozenset(stored["excluded_household_ids"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceCount:
    """How many phones a notice goes to, and how many people it leaves out by why.

    A home or a person is counted when at least one of their lines is texted. The
    carriers add up to `lines`.
    """

    lines: int
    households: int
    residents: int
    by_carrier: dict[str, int]
    excluded: dict[str, int]


def recipients(
    audience: Audience, *, ward_id: int, purpose: Purpose
) -> Select[int, str, str]:
    """Return the query for (line_id, e164, carrier): one row for each phone to text."""
    served = _served(audience, ward_id=ward_id, purpose=purpose)
    return (
        select(served.c.line_id, served.c.e164, served.c.carrier)
        .where(served.c.reason.is_(None))
        .distinct()
    )


def exclusions(
    audience: Audience, *, ward_id: int, purpose: Purpose
) -> Select[int, str]:
    """Return the query for (resident_id, reason): everyone who is left out, and why.

    One row for each subscription that is not texted, and one, `no_line`, for who has
    none: with tags the tagged person, else the head of the household.
    """
    served = _served(audience, ward_id=ward_id, purpose=purpose)
    everyone = union_all(
        select(served.c.resident_id, served.c.reason).where(
            served.c.reason.is_not(None)
        ),
        _without_a_line(audience, ward_id=ward_id),
    ).subquery()
    return select(everyone.c.resident_id, everyone.c.reason)


def count(
    session: Session, audience: Audience, *, ward_id: int, purpose: Purpose
) -> AudienceCount:
    """Count what `recipients` and `exclusions` give, in one look at the register."""
    served = _served(audience, ward_id=ward_id, purpose=purpose)
    texted = served.c.reason.is_(None)
    phones = select(served.c.line_id, served.c.carrier).where(texted).distinct()
    unserved = _without_a_line(audience, ward_id=ward_id).subquery()
    tallies = union_all(
        _tally(_Tally.CARRIER, phones.subquery().c.carrier),
        _tally(_Tally.REASON, served.c.reason).where(~texted),
        _tally(_Tally.REASON, unserved.c.reason),
        _total(_Tally.HOUSEHOLDS, served.c.household_id).where(texted),
        _total(_Tally.RESIDENTS, served.c.resident_id).where(texted),
    )
    found: dict[str, dict[str, int]] = {tally: {} for tally in _Tally}
    for tally, word, number in session.execute(tallies.order_by(column("word"))):
        found[tally][word] = number
    return AudienceCount(
        lines=sum(found[_Tally.CARRIER].values()),
        households=sum(found[_Tally.HOUSEHOLDS].values()),
        residents=sum(found[_Tally.RESIDENTS].values()),
        by_carrier=found[_Tally.CARRIER],
        excluded=found[_Tally.REASON],
    )


def names_every_group(session: Session, audience: Audience, *, ward_id: int) -> bool:
    """Tell whether the notice goes to the whole ward, in one stroke or group by group.

    An audience narrowed by tags or exclusions does not.
    """
    if audience.tags or audience.excluded_group_ids or audience.excluded_household_ids:
        return False
    if audience.group_ids is None:
        return True
    groups = list_groups(session, Scope(ward_id=ward_id))
    return audience.group_ids >= {group.id for group in groups}


def sentence(session: Session, audience: Audience, *, ward_id: int) -> str:
    """Return the audience as a person checks it: "Tổ 1–12, trừ Tổ 5 · hưu trí"."""
    groups = list_groups(session, Scope(ward_id=ward_id))

    def name(group_ids: frozenset[int]) -> str:
        return name_groups(group for group in groups if group.id in group_ids)

    if audience.group_ids is None:
        named = [say(f"whole_{get_ward(session, ward_id).kind}")]
    else:
        named = [
            name(audience.group_ids),
            say_count("households", len(audience.household_ids)),
        ]
    but = [
        name(audience.excluded_group_ids),
        say_count("excluded_households", len(audience.excluded_household_ids)),
    ]
    return describe(named=named, but=but, tags=audience.tags)


class _Tally(enum.StrEnum):
    """What a row of `count` counts."""

    CARRIER = "carrier"
    REASON = "reason"
    HOUSEHOLDS = "households"
    RESIDENTS = "residents"


def _tally(tally: _Tally, word: ColumnElement[str]) -> Select[str, str, int]:
    name = literal(tally.value, String(24))
    return select(name, word.label("word"), func.count()).group_by(word)


def _total(tally: _Tally, row_id: ColumnElement[int]) -> Select[str, str, int]:
    name = literal(tally.value, String(24))
    return select(name, literal("", String(24)), func.count(distinct(row_id)))


def _served(audience: Audience, *, ward_id: int, purpose: Purpose) -> CTE:
    """Return the rows of every subscription named, `reason` null for who is texted.

    Both sides are cut from these, so that nobody is in both or in neither. They are
    materialized because PostgreSQL takes `reason IS NULL` for so rare that it reads
    every consent of the database first: 0.35 s instead of 0.01 for one group.
    """
    rows = (
        select(
            Resident.household_id,
            Subscription.resident_id,
            Subscription.line_id,
            Line.e164,
            Line.carrier,
            reason_now(purpose).label("reason"),
        )
        .select_from(Subscription)
        .join(Line, Line.id == Subscription.line_id)
        .join(Resident, Resident.id == Subscription.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(
            Subscription.status != SubscriptionStatus.ENDED,
            *_people(audience, ward_id=ward_id),
        )
    )
    return rows.cte("served").prefix_with("MATERIALIZED")


def _without_a_line(audience: Audience, *, ward_id: int) -> Select[int, str]:
    served = select(Subscription.id).where(
        Subscription.status != SubscriptionStatus.ENDED
    )
    if audience.tags:
        is_served = served.where(Subscription.resident_id == Resident.id).exists()
        stands_for: ColumnElement[bool] = true()
    else:
        person = aliased(Resident)
        is_served = (
            served.join(person, person.id == Subscription.resident_id)
            .where(person.household_id == Household.id, person.left_on.is_(None))
            .exists()
        )
        stands_for = Resident.is_head.is_(True)
    return (
        select(Resident.id, stored_word(ExclusionReason.NO_LINE).label("reason"))
        .join(Household, Household.id == Resident.household_id)
        .where(stands_for, ~is_served, *_people(audience, ward_id=ward_id))
    )


def _people(audience: Audience, *, ward_id: int) -> list[ColumnElement[bool]]:
    conditions = [
        Household.ward_id == ward_id,
        Household.left_on.is_(None),
        Resident.left_on.is_(None),
    ]
    if audience.group_ids is not None:
        conditions.append(
            or_(
                Household.group_id.in_(sorted(audience.group_ids)),
                Household.id.in_(sorted(audience.household_ids)),
            )
        )
    if audience.excluded_group_ids:
        excluded = sorted(audience.excluded_group_ids)
        conditions.append(Household.group_id.not_in(excluded))
    if audience.excluded_household_ids:
        excluded = sorted(audience.excluded_household_ids)
        conditions.append(Household.id.not_in(excluded))
    if audience.tags:
        tagged = select(ResidentTag.resident_id).where(
            ResidentTag.tag.in_(sorted(audience.tags))
        )
        conditions.append(Resident.id.in_(tagged))
    return conditions
