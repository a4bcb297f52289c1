"""Whatever the register holds, everyone named is texted or left out, never both."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from subscriptions.audience import Audience, count, exclusions, recipients
from subscriptions.consents import Evidence, grant, withdraw
from subscriptions.exclusion_reasons import ExclusionReason
from subscriptions.lines import find_line, mark_unusable
from subscriptions.registry import add_line
from subscriptions.subscription_changes import (
    Decision,
    end_subscription,
    suspend_subscription,
)
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Household, SubscriptionStatus, Tag
from tests.builders.people import (
    NOTHING,
    NOW,
    a_group,
    a_household,
    a_new_line,
    a_number,
    a_ward,
    head_of,
    number_of,
    scope_of,
)

GROUPS = 3
PHONES = 2
STATUSES = [SubscriptionStatus.ACTIVE, *SubscriptionStatus]
"""Often active: what is texted twice by mistake is found by nothing else."""
TAGS = [Tag.PENSIONER, Tag.POOR]
NOTICES = frozenset({Purpose.NOTICES})
EVIDENCE = Evidence(
    method=ConsentMethod.SMS_KEYWORD, wording_version="2026-01", recorded_by=None
)
CHANGES = {
    SubscriptionStatus.SUSPENDED: suspend_subscription,
    SubscriptionStatus.ENDED: end_subscription,
}
DECISION = Decision(reason="Thử", from_month=dt.date(2026, 11, 1), recorded_by=None)


@dataclass(frozen=True, kw_only=True)
class Phone:
    """One phone of the town: can it be reached, and what was said on it, in order."""

    is_usable: bool
    words: tuple[bool, ...]

    @property
    def reason(self) -> ExclusionReason | None:
        if not self.is_usable:
            return ExclusionReason.UNUSABLE_LINE
        if not self.words:
            return ExclusionReason.NO_CONSENT
        return None if self.words[-1] else ExclusionReason.WITHDRAWN


@dataclass(frozen=True, kw_only=True)
class Home:
    """One home: the phones its head is served through, and how."""

    group: int
    tags: frozenset[Tag]
    served: dict[int, SubscriptionStatus]

    @property
    def now_served(self) -> dict[int, SubscriptionStatus]:
        return {
            phone: status
            for phone, status in self.served.items()
            if status is not SubscriptionStatus.ENDED
        }


@dataclass(frozen=True, kw_only=True)
class Wish:
    """An audience by the places of groups and homes in the town."""

    groups: frozenset[int] | None
    homes: frozenset[int]
    tags: frozenset[Tag]
    but_groups: frozenset[int]
    but_homes: frozenset[int]

    def names(self, place: int, home: Home) -> bool:
        if home.group in self.but_groups or place in self.but_homes:
            return False
        if self.tags and not self.tags & home.tags:
            return False
        return self.groups is None or home.group in self.groups or place in self.homes


# most phones are texted and most wishes broad: otherwise an example seldom has two
# homes on one phone that a notice reaches, and nothing would tell one text from two
NOBODY: frozenset[int] = frozenset()
YES, NO = True, False
phones = st.builds(
    Phone,
    is_usable=st.sampled_from([YES, YES, YES, NO]),
    words=st.sampled_from(
        [(YES,), (YES,), (NO, YES), (YES, NO, YES), (), (NO,), (YES, NO)]
    ),
)
homes = st.builds(
    Home,
    group=st.integers(0, GROUPS - 1),
    tags=st.frozensets(st.sampled_from(TAGS)),
    served=st.fixed_dictionaries(
        {0: st.sampled_from(STATUSES)}, optional={1: st.sampled_from(STATUSES)}
    )
    | st.just({}),
)
wishes = st.builds(
    Wish,
    groups=st.none() | st.frozensets(st.integers(0, GROUPS - 1)),
    homes=st.frozensets(st.integers(0, 4), max_size=2),
    tags=st.just(frozenset()) | st.frozensets(st.sampled_from(TAGS)),
    but_groups=st.just(NOBODY) | st.frozensets(st.integers(0, GROUPS - 1), max_size=1),
    but_homes=st.just(NOBODY) | st.frozensets(st.integers(0, 4), max_size=1),
)


class Town:
    """The homes and phones of one example, in a ward of their own."""

    def __init__(self, session: Session, phones: list[Phone], homes: list[Home]):
        self.phones = phones
        self.homes = homes
        self.ward = a_ward(session)
        self.groups = [a_group(session, self.ward, number=n) for n in range(GROUPS)]
        self.numbers = [a_number() for _ in phones]
        self.households = [self._settle(session, home) for home in homes]
        self.heads = [head_of(session, home).id for home in self.households]
        for phone, number in zip(phones, self.numbers, strict=True):
            line = find_line(session, self.ward.id, number_of(number).e164)
            if line is not None:
                _speak(session, line.id, phone)

    def _settle(self, session: Session, home: Home) -> Household:
        group = self.groups[home.group]
        household = a_household(session, in_group=group, tags=home.tags)
        head = head_of(session, household).public_id
        scope = scope_of(group)
        for phone, status in home.served.items():
            line = a_new_line(self.numbers[phone], NOTHING)
            subscription = add_line(
                session, scope, head, line=line, recorded_by=None, now=NOW
            )
            if status in CHANGES:
                CHANGES[status](
                    session, scope, subscription.public_id, decision=DECISION, now=NOW
                )
        return household

    def audience(self, wish: Wish) -> Audience:
        """Return the wish in the ids of this ward."""

        def groups(places: Collection[int]) -> frozenset[int]:
            return frozenset(self.groups[place].id for place in places)

        def homes(places: Collection[int]) -> frozenset[int]:
            known = [place for place in places if place < len(self.households)]
            return frozenset(self.households[place].id for place in known)

        return Audience(
            group_ids=None if wish.groups is None else groups(wish.groups),
            household_ids=homes(wish.homes),
            tags=wish.tags,
            excluded_group_ids=groups(wish.but_groups),
            excluded_household_ids=homes(wish.but_homes),
        )

    def expect(self, wish: Wish) -> tuple[set[str], Counter[tuple[int, str]]]:
        """Return whom the wish should text and whom it should leave out, and why."""
        texted: set[str] = set()
        left_out: Counter[tuple[int, str]] = Counter()
        for place, home in enumerate(self.homes):
            if not wish.names(place, home):
                continue
            if not home.now_served:
                left_out[self.heads[place], ExclusionReason.NO_LINE] += 1
            for phone, status in home.now_served.items():
                reason = self.phones[phone].reason
                if status is SubscriptionStatus.SUSPENDED:
                    reason = ExclusionReason.SUSPENDED
                if reason:
                    left_out[self.heads[place], reason] += 1
                else:
                    texted.add(number_of(self.numbers[phone]).e164)
        return texted, left_out


def _speak(session: Session, line_id: int, phone: Phone) -> None:
    for agrees in phone.words:
        say = grant if agrees else withdraw
        say(session, line_id, NOTICES, evidence=EVIDENCE, now=NOW)
    if not phone.is_usable:
        mark_unusable(session, line_id, "unknown_subscriber")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    phones=st.lists(phones, min_size=PHONES, max_size=PHONES),
    homes=st.lists(homes, min_size=2, max_size=5),
    wish=wishes,
)
def test_everyone_named_is_texted_or_left_out_with_the_reason(
    database: Database, phones: list[Phone], homes: list[Home], wish: Wish
) -> None:
    with database.writing() as session:
        town = Town(session, phones, homes)
        audience, ward_id = town.audience(wish), town.ward.id
        rows = session.execute(
            recipients(audience, ward_id=ward_id, purpose=Purpose.NOTICES)
        ).all()
        excluded = session.execute(
            exclusions(audience, ward_id=ward_id, purpose=Purpose.NOTICES)
        ).all()
        counted = count(session, audience, ward_id=ward_id, purpose=Purpose.NOTICES)
    texted, left_out = town.expect(wish)

    assert sorted(number for _, number, _ in rows) == sorted(texted)
    assert Counter((resident, reason) for resident, reason in excluded) == left_out
    assert counted.lines == len(rows)
    assert sum(counted.excluded.values()) == len(excluded)
