"""What a leader typed at a door, read into an enrolment or into faults."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from broadcaster.errors import InputError
from broadcaster.services.number_check import CheckState, NumberCheck
from broadcaster.web.wording import say
from subscriptions.enrolments import Agreement, Enrolment, NewLine, NewResident
from subscriptions.months import month_of
from subscriptions.phones import PhoneNumber
from subscriptions.tables.base import new_public_id
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Relation, Tag

WORDING = "door-1"
"""Key of the words in templates/words/consents.toml that the leader reads out."""
AGREED_AT_THE_DOOR = frozenset({Purpose.NOTICES, Purpose.PENSION, Purpose.BILLING})
"""What those words name; dossiers are agreed to where they are handed in."""
PHONES = ("phone_1", "phone_2")
TEXTS = (
    "key",
    "full_name",
    "address",
    "consent",
    "collected",
    "phone_1",
    "shared_1",
    "phone_2",
    "shared_2",
    "whose_2",
    "name_2",
)
NOBODY_AGREED = "none"
SECOND = 2
HEAD, MEMBER, RELATIVE = "head", "member", "relative"

Typed = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What was read: the enrolment, and whether the month's money was given."""

    enrolment: Enrolment
    collected: bool


def empty(**known: str) -> Typed:
    """Return an untouched form with a key of its own."""
    typed: Typed = dict.fromkeys(TEXTS, "") | {
        "key": str(new_public_id()),
        "whose_2": HEAD,
        "collected": "no",
        "tags": [],
    }
    return typed | known


def typed_in(form: MultiDict[str, str]) -> Typed:
    """Keep what a form holds, so that it can be shown again."""
    typed: Typed = {name: form.get(name, "") for name in TEXTS}
    return typed | {"tags": form.getlist("tags")}


def find_key(typed: Typed) -> uuid.UUID | None:
    """Return the form's key, None when it is none of ours."""
    try:
        return uuid.UUID(typed["key"])
    except ValueError:
        return None


def key_of(typed: Typed) -> uuid.UUID:
    """Return the form's key. Raises InputError when it is none of ours."""
    key = find_key(typed)
    if key is None:
        raise InputError("key", "stands_for_another")
    return key


def agreement_of(consent: str, wording: str = WORDING) -> Agreement | None:
    """Return the agreement that a choice stands for, None for "not agreed"."""
    if consent == NOBODY_AGREED:
        return None
    return Agreement(
        method=ConsentMethod(consent),
        wording_version=wording,
        purposes=AGREED_AT_THE_DOOR,
    )


def consent_fault(typed: Typed) -> dict[str, str]:
    """Return the fault of a consent question without an answer of its own."""
    answers = {ConsentMethod.PAPER, ConsentMethod.LEADER_SCREEN, NOBODY_AGREED}
    if typed["consent"] in answers:
        return {}
    return {"consent": say("consent.choose", "leaders")}


def number_fault(check: NumberCheck, *, shared: str) -> str | None:
    """Return what is wrong with a number, None when it can be saved as it is.

    `shared` names the number that is said to be shared: it covers no other.
    """
    if check.state is CheckState.FAULTY:
        return check.help
    if check.state is CheckState.TAKEN and not is_shared(check, shared):
        return say("phone.taken", "leaders")
    return None


def is_shared(check: NumberCheck, shared: str) -> bool:
    """Tell whether the box "we share this phone" was ticked for this very number."""
    return check.number is not None and shared == check.number.e164


def faults_of(typed: Typed, checks: Mapping[str, NumberCheck]) -> dict[str, str]:
    """Return everything that keeps the form from being saved, by field."""
    faults: dict[str, str] = {}
    for place, name in enumerate(PHONES, start=1):
        fault = number_fault(checks[name], shared=typed[f"shared_{place}"])
        if fault:
            faults[name] = fault
    if typed["phone_1"].strip() or typed["phone_2"].strip():
        faults |= consent_fault(typed)
    is_members = typed["phone_2"].strip() and typed["whose_2"] == MEMBER
    if is_members and not typed["name_2"].strip():
        faults["name_2"] = say("name_2.empty", "leaders")
    return faults


def read(
    typed: Typed,
    checks: Mapping[str, NumberCheck],
    *,
    group_id: int,
    now: dt.datetime,
) -> Door:
    """Read a form without faults; money taken now is for the month it is now."""
    collected = typed["collected"] == "yes"
    first_month = month_of(now) if collected else None
    lines = {
        place: _line(number, typed, place=place, first_month=first_month)
        for place, name in enumerate(PHONES, start=1)
        if (number := checks[name].number) is not None
    }
    second: tuple[NewLine, ...] = ()
    if typed["whose_2"] == MEMBER and SECOND in lines:
        second = (lines.pop(SECOND),)
    head = NewResident(
        full_name=typed["full_name"],
        tags=frozenset(Tag(tag) for tag in typed["tags"] if tag in set(Tag)),
        lines=tuple(lines.values()),
    )
    members = (NewResident(full_name=typed["name_2"], lines=second),) if second else ()
    return Door(
        enrolment=Enrolment(
            group_id=group_id, head=head, members=members, address=typed["address"]
        ),
        collected=collected,
    )


def _line(
    number: PhoneNumber, typed: Typed, *, place: int, first_month: dt.date | None
) -> NewLine:
    of_relative = place == SECOND and typed["whose_2"] == RELATIVE
    return NewLine(
        phone=number,
        relation=Relation.RELATIVE if of_relative else Relation.OWN,
        shared=typed[f"shared_{place}"] == number.e164,
        agreement=agreement_of(typed["consent"]),
        first_month=first_month,
    )
