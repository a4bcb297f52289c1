"""Whom a notice is for: one value that gives a query, a count and a sentence."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    distinct,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from subscriptions.audience_words import describe, name_groups, say, say_count
from subscriptions.consents import latest_action
from subscriptions.places import Scope, get_ward, list_groups
from subscriptions.tables.consents import ConsentAction, Purpose
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


class ExclusionReason(enum.StrEnum):
    """Why someone the audience names is not texted; the first that holds is given."""

    NO_LINE = "no_line"
    SUSPENDED = "suspended"
    UNUSABLE_LINE = "unusable_line"
    WITHDRAWN = "withdrawn"
    NO_CONSENT = "no_consent"


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
    served = _subscriptions(audience, ward_id=ward_id, purpose=purpose).subquery()
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
    served = _subscriptions(audience, ward_id=ward_id, purpose=purpose).subquery()
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
    """Count what `recipients` and `exclusions` would give now."""
    served = _subscriptions(audience, ward_id=ward_id, purpose=purpose).subquery()
    homes, people = session.execute(
        select(
            func.count(distinct(served.c.household_id)),
            func.count(distinct(served.c.resident_id)),
        ).where(served.c.reason.is_(None))
    ).one()
    phones = recipients(audience, ward_id=ward_id, purpose=purpose).subquery()
    by_carrier = _tally(session, phones.c.carrier)
    left_out = exclusions(audience, ward_id=ward_id, purpose=purpose).subquery()
    return AudienceCount(
        lines=sum(by_carrier.values()),
        households=homes,
        residents=people,
        by_carrier=by_carrier,
        excluded=_tally(session, left_out.c.reason),
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


def _tally(session: Session, word: ColumnElement[str]) -> dict[str, int]:
    rows = session.execute(select(word, func.count()).group_by(word).order_by(word))
    return dict(rows.tuples().all())


def _subscriptions(
    audience: Audience, *, ward_id: int, purpose: Purpose
) -> Select[int, int, int, str, str, str | None]:
    """Return the query for every subscription named, `reason` null for who is texted.

    Both sides are cut from this one query, so that nobody is in both or in neither.
    """
    return (
        select(
            Resident.household_id,
            Subscription.resident_id,
            Subscription.line_id,
            Line.e164,
            Line.carrier,
            _reason(purpose).label("reason"),
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


def _reason(purpose: Purpose) -> ColumnElement[str | None]:
    last_word = case(
        {
            ConsentAction.GRANTED: null(),
            ConsentAction.WITHDRAWN: _word(ExclusionReason.WITHDRAWN),
        },
        value=latest_action(Line.id.expression, purpose),
        else_=_word(ExclusionReason.NO_CONSENT),
    )
    return case(
        (
            Subscription.status == SubscriptionStatus.SUSPENDED,
            _word(ExclusionReason.SUSPENDED),
        ),
        (Line.status == LineStatus.UNUSABLE, _word(ExclusionReason.UNUSABLE_LINE)),
        else_=last_word,
    )


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
        select(Resident.id, _word(ExclusionReason.NO_LINE))
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


def _word(reason: ExclusionReason) -> ColumnElement[str]:
    return literal(reason.value, String(24))
