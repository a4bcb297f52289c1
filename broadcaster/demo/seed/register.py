"""Puts the invented homes into the register: in bulk, or late and one by one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from broadcaster.demo.seed.homes import Home, Person, Phone
from broadcaster.demo.seed.world import World
from subscriptions.enrolments import (
    Agreement,
    Enrolment,
    NewLine,
    NewResident,
    door_key,
    match_key,
)
from subscriptions.names import search_key, sort_key
from subscriptions.registry import enrol_household
from subscriptions.tables.base import new_public_id
from subscriptions.tables.consents import (
    ConsentAction,
    ConsentMethod,
    ConsentRecord,
    Purpose,
)
from subscriptions.tables.households import (
    Household,
    Line,
    Relation,
    Resident,
    ResidentTag,
    Subscription,
    Tag,
)

WORDING = "paper-1"
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    resident_id: int
    group: int
    phone: Phone
    is_pensioner: bool


def store_homes(world: World, homes: Sequence[Home]) -> None:
    """Add homes, people, phones and consents on paper, as if taken over from lists."""
    with world.database.writing() as session:
        rows = [_household(world, home) for home in homes]
        household_ids = _add(session, Household, rows)
        people = [
            (home.group, household_id, person)
            for home, household_id in zip(homes, household_ids, strict=True)
            for person in home.people
        ]
        heads = {id(home.people[0]) for home in homes}
        rows = [
            _resident(world, household_id, person, is_head=id(person) in heads)
            for _, household_id, person in people
        ]
        served: list[_Served] = []
        tags: list[_Row] = []
        for resident_id, (group, _, person) in zip(
            _add(session, Resident, rows), people, strict=True
        ):
            tags += [{"resident_id": resident_id, "tag": tag} for tag in person.tags]
            served += [
                _Served(
                    resident_id=resident_id,
                    group=group,
                    phone=phone,
                    is_pensioner=Tag.PENSIONER in person.tags,
                )
                for phone in person.phones
            ]
        session.execute(insert(ResidentTag), tags)
        # who owns a shared phone pays for it
        served.sort(key=lambda each: each.phone.relation is Relation.RELATIVE)
        _serve(session, world, served)


def enrol_late(world: World, *, home: Home, now: dt.datetime) -> None:
    """Enrol a home as its leader does at the door, consent on paper."""
    leader = world.leaders[home.group]
    head, *members = (_new_resident(person) for person in home.people)
    enrolment = Enrolment(
        group_id=world.groups[home.group],
        head=head,
        members=tuple(members),
        address=home.address,
        street=home.street,
        block=home.block,
    )
    with world.database.writing() as session:
        enrol_household(
            session, leader.scope, enrolment, recorded_by=leader.account_id, now=now
        )


def _serve(session: Session, world: World, served: Sequence[_Served]) -> None:
    owners = {each.phone.number.e164: each for each in reversed(served)}
    first = list(reversed(owners.values()))
    rows = [_line(world, each.phone) for each in first]
    line_ids = dict(
        zip((row["e164"] for row in rows), _add(session, Line, rows), strict=True)
    )
    subscriptions = [
        {
            "ward_id": world.ward_id,
            "line_id": line_ids[each.phone.number.e164],
            "resident_id": each.resident_id,
            "relation": each.phone.relation,
            "pays": owners[each.phone.number.e164] is each,
            "first_month": world.calendar.first,
            "created_at": world.calendar.began,
        }
        for each in served
    ]
    session.execute(insert(Subscription), subscriptions)
    agreed = {
        (line_ids[each.phone.number.e164], purpose): each.group
        for each in served
        if each.phone.agrees is not None
        for purpose in _purposes(is_pensioner=each.is_pensioner)
    }
    session.execute(
        insert(ConsentRecord),
        [
            _consent(world, line_id, purpose, group=group)
            for (line_id, purpose), group in agreed.items()
        ],
    )


def _add(
    session: Session, table: type[Household | Resident | Line], rows: Sequence[_Row]
) -> list[int]:
    """Insert rows and return their ids in the same order.

    Found by their public ids: RETURNING in the order of the rows took eight times as
    long (SQLite, 5,000 rows, November 2026).
    """
    known = [new_public_id() for _ in rows]
    named = [{**row, "public_id": key} for row, key in zip(rows, known, strict=True)]
    session.execute(insert(table), named)
    found = select(table.public_id, table.id).where(table.ward_id == rows[0]["ward_id"])
    ids = {row.public_id: row.id for row in session.execute(found)}
    return [ids[key] for key in known]


def _purposes(*, is_pensioner: bool) -> list[Purpose]:
    purposes = [Purpose.NOTICES, Purpose.DOSSIER, Purpose.BILLING]
    return [*purposes, Purpose.PENSION] if is_pensioner else purposes


def _household(world: World, home: Home) -> _Row:
    group_id = world.groups[home.group]
    door = Enrolment(
        group_id=group_id,
        head=NewResident(),
        address=home.address,
        street=home.street,
        block=home.block,
    )
    return {
        "ward_id": world.ward_id,
        "group_id": group_id,
        "address": home.address,
        "street": home.street,
        "block": home.block,
        "match_key": match_key(home.people[0].name, home.address),
        "search_key": door_key(door),
        "created_at": world.calendar.began,
    }


def _resident(
    world: World, household_id: int, person: Person, *, is_head: bool
) -> _Row:
    return {
        "ward_id": world.ward_id,
        "household_id": household_id,
        "full_name": person.name,
        "search_key": search_key(person.name),
        "sort_key": sort_key(person.name),
        "birth_year": _birth_year(world, person),
        "relation_to_head": person.relation,
        "is_head": is_head,
        "note": person.note,
    }


def _birth_year(world: World, person: Person) -> int:
    return world.calendar.this.year - person.age


def _line(world: World, phone: Phone) -> _Row:
    return {
        "ward_id": world.ward_id,
        "e164": phone.number.e164,
        "carrier": phone.number.carrier,
    }


def _consent(world: World, line_id: int, purpose: Purpose, *, group: int) -> _Row:
    recorder = world.leaders.get(group, world.officer)
    return {
        "ward_id": world.ward_id,
        "line_id": line_id,
        "purpose": purpose,
        "action": ConsentAction.GRANTED,
        "method": ConsentMethod.PAPER,
        "wording_version": WORDING,
        "recorded_by": recorder.account_id,
        "recorded_at": world.calendar.began,
    }


def _new_resident(person: Person) -> NewResident:
    is_pensioner = Tag.PENSIONER in person.tags
    agreement = Agreement(
        method=ConsentMethod.PAPER,
        wording_version=WORDING,
        purposes=frozenset(_purposes(is_pensioner=is_pensioner)),
    )
    return NewResident(
        full_name=person.name,
        relation_to_head=person.relation,
        tags=frozenset(person.tags),
        lines=tuple(
            NewLine(phone=phone.number, agreement=agreement) for phone in person.phones
        ),
    )
