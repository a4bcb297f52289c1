"""A reading taken into the register: in bulk, under the ward's lock, adding only."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from subscriptions.consents import standings
from subscriptions.enrolments import Agreement, match_key
from subscriptions.lines import hold_register
from subscriptions.months import month_of, next_month
from subscriptions.names import search_key, sort_key
from subscriptions.places import Scope
from subscriptions.register_import.known import chunks
from subscriptions.register_import.planning import plan_import
from subscriptions.register_import.plans import HouseholdPlan, ImportPlan, PersonPlan
from subscriptions.register_import.values import Reading
from subscriptions.tables.base import new_public_id
from subscriptions.tables.consents import ConsentAction, ConsentRecord, Purpose
from subscriptions.tables.households import (
    Household,
    Line,
    LineStatus,
    Resident,
    ResidentTag,
    Subscription,
    SubscriptionStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """How a list is to be taken in.

    `agreement` is what everybody on the list has agreed to, None when nobody was
    asked: then no line of it is texted. `first_month` is the first of the month to
    charge, None for the month after. `recorded_by` is the account, None for an
    operator at the machine.
    """

    group_id: int
    agreement: Agreement | None
    recorded_by: int | None
    now: dt.datetime
    first_month: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was added, and the plan it was added by."""

    plan: ImportPlan
    households: int
    residents: int
    lines: int
    """Phones of people that were not served through them before."""
    consents: int
    refused_before: int
    """Phones whose owners had withdrawn: a list does not overrule them."""


def apply_import(
    session: Session, scope: Scope, reading: Reading, *, order: ImportOrder
) -> Imported:
    """Add what the register lacks of a reading; the same list again adds nothing.

    Compares anew under the ward's lock, so that of two people who confirm one
    preview the second adds nothing. Commits nothing. Raises NotInRegisterError when
    the group is out of scope.
    """
    hold_register(session, scope)
    plan = plan_import(session, scope, reading, group_id=order.group_id)
    entry = _Entry(session=session, ward_id=scope.ward_id, plan=plan, order=order)
    people = entry.add_people(entry.add_households())
    entry.add_tags(people)
    line_ids = entry.add_lines(people)
    entry.subscribe(people, line_ids)
    consents, refused = entry.keep_agreement(people, line_ids)
    return Imported(
        plan=plan,
        households=len(plan.new),
        residents=sum(person.resident_id is None for _, person in people),
        lines=sum(len(person.phones) for _, person in people),
        consents=consents,
        refused_before=refused,
    )


Rows = Sequence[dict[str, Any]]
People = Sequence[tuple[int, PersonPlan]]
"""Everyone of the list with their id in the register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One import, table by table."""

    session: Session
    ward_id: int
    plan: ImportPlan
    order: ImportOrder

    def add_households(self) -> list[tuple[int, HouseholdPlan]]:
        """Add the new households; return all of the list with their ids."""
        new = self._insert(
            Household,
            [
                {
                    "ward_id": self.ward_id,
                    "group_id": self.plan.group_id,
                    "address": plan.listed.address,
                    "match_key": match_key(
                        plan.listed.head.full_name, plan.listed.address
                    ),
                    "search_key": search_key(plan.listed.address),
                    "created_at": self.order.now,
                }
                for plan in self.plan.new
            ],
        )
        ids = iter(new)
        return [
            (next(ids) if plan.household_id is None else plan.household_id, plan)
            for plan in self.plan.households
        ]

    def add_people(
        self, households: Sequence[tuple[int, HouseholdPlan]]
    ) -> list[tuple[int, PersonPlan]]:
        """Add the new people; return everyone with their ids."""
        new = self._insert(
            Resident,
            [
                self._resident(household_id, plan, person)
                for household_id, plan in households
                for person in plan.people
                if person.resident_id is None
            ],
        )
        ids = iter(new)
        return [
            (next(ids) if person.resident_id is None else person.resident_id, person)
            for _, plan in households
            for person in plan.people
        ]

    def add_tags(self, people: People) -> None:
        """Add the tags that people do not have yet."""
        rows = [
            {"resident_id": resident_id, "tag": tag}
            for resident_id, person in people
            for tag in sorted(person.tags)
        ]
        if rows:
            self.session.execute(insert(ResidentTag), rows)

    def add_lines(self, people: People) -> dict[str, int]:
        """Add the phones the ward does not have; return the ids of all by E.164."""
        known = {e164: line.id for e164, line in self.plan.known.lines.items()}
        new = {
            phone.number.e164: phone.number
            for _, person in people
            for phone in person.phones
            if phone.number.e164 not in known
        }
        ids = self._insert(
            Line,
            [
                {
                    "ward_id": self.ward_id,
                    "e164": e164,
                    "carrier": number.carrier or "",
                    "status": LineStatus.USABLE,
                }
                for e164, number in new.items()
            ],
        )
        return {**known, **dict(zip(new, ids, strict=True))}

    def subscribe(self, people: People, line_ids: dict[str, int]) -> None:
        """Serve people through their new phones; the first of a phone's uses pays."""
        order = self.order
        paid = {line.id for line in self.plan.known.lines.values() if line.is_paid}
        first_month = order.first_month or next_month(month_of(order.now))
        rows = []
        for resident_id, person in people:
            for phone in person.phones:
                line_id = line_ids[phone.number.e164]
                rows.append(
                    {
                        "ward_id": self.ward_id,
                        "line_id": line_id,
                        "resident_id": resident_id,
                        "status": SubscriptionStatus.ACTIVE,
                        "pays": line_id not in paid,
                        "first_month": first_month,
                        "created_at": order.now,
                    }
                )
                paid.add(line_id)
        if rows:
            self.session.execute(insert(Subscription), rows)

    def keep_agreement(
        self, people: People, line_ids: dict[str, int]
    ) -> tuple[int, int]:
        """Record what was agreed to, where nothing was said before.

        Returns how many records were added, and how many lines had withdrawn.
        """
        agreement = self.order.agreement
        if agreement is None:
            return 0, 0
        rows: list[dict[str, Any]] = []
        refused = 0
        served = {line_ids[e164] for _, person in people for e164 in person.served}
        for part in chunks(sorted(served)):
            said = standings(self.session, part)
            for line_id in part:
                words = said.get(line_id, {})
                rows += self._consents(agreement, line_id, spoken_of=words.keys())
                refused += any(
                    words[purpose].action is ConsentAction.WITHDRAWN
                    for purpose in agreement.purposes & words.keys()
                )
        if rows:
            self.session.execute(insert(ConsentRecord), rows)
        return len(rows), refused

    def _consents(
        self, agreement: Agreement, line_id: int, *, spoken_of: Collection[Purpose]
    ) -> list[dict[str, Any]]:
        return [
            {
                "ward_id": self.ward_id,
                "line_id": line_id,
                "purpose": purpose,
                "action": ConsentAction.GRANTED,
                "method": agreement.method,
                "wording_version": agreement.wording_version,
                "recorded_by": self.order.recorded_by,
                "recorded_at": self.order.now,
            }
            for purpose in sorted(agreement.purposes)
            if purpose not in spoken_of
        ]

    def _resident(
        self, household_id: int, plan: HouseholdPlan, person: PersonPlan
    ) -> dict[str, Any]:
        listed = person.listed
        is_head = plan.household_id is None and listed is plan.listed.head
        return {
            "ward_id": self.ward_id,
            "household_id": household_id,
            "full_name": listed.full_name,
            "search_key": search_key(listed.full_name),
            "sort_key": sort_key(listed.full_name),
            "birth_year": listed.birth_year,
            "relation_to_head": listed.relation,
            "is_head": is_head,
            "note": listed.note,
        }

    def _insert(
        self, table: type[Household | Resident | Line], rows: Rows
    ) -> list[int]:
        """Insert rows of one table in bulk and return their ids in the same order.

        Told apart by public id: to have them back in order, SQLAlchemy would insert
        one by one on SQLite.
        """
        if not rows:
            return []
        public_ids = [new_public_id() for _ in rows]
        named = [
            {**row, "public_id": public_id}
            for row, public_id in zip(rows, public_ids, strict=True)
        ]
        statement = insert(table).returning(table.public_id, table.id)
        found = dict(self.session.execute(statement, named).all())
        return [found[public_id] for public_id in public_ids]
