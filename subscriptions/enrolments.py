"""What a leader writes down at a door, and what of it cannot be used."""

import datetime as dt
import unicodedata
from dataclasses import dataclass

from subscriptions.errors import EnrolmentError
from subscriptions.names import search_key
from subscriptions.phone_plan import PhoneKind
from subscriptions.phones import PhoneNumber
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.households import Relation, Tag

MATCH_KEY_LENGTH = 340
LONGEST = {
    "full_name": 120,
    "relation_to_head": 60,
    "address": 200,
    "street": 120,
    "block": 40,
    "note": 300,
}
"""The most characters of each field: what its column holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A consent given at the door: how, to which wording, and to what."""

    method: ConsentMethod
    wording_version: str
    purposes: frozenset[Purpose]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A phone through which a resident is to be served.

    `shared` says that the homes which hold the phone already share it. Without an
    `agreement` the line is enrolled and not texted. `first_month` is the first of
    the month to charge; None means the month after enrolment.
    """

    phone: PhoneNumber
    relation: Relation = Relation.OWN
    shared: bool = False
    agreement: Agreement | None = None
    first_month: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResident:
    """A person and the phones they are served through.

    The head's name may follow later, and is empty until then.
    """

    full_name: str = ""
    birth_year: int | None = None
    relation_to_head: str | None = None
    note: str | None = None
    tags: frozenset[Tag] = frozenset()
    lines: tuple[NewLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A household to enrol: its head, the other people who are named, its door."""

    group_id: int
    head: NewResident
    members: tuple[NewResident, ...] = ()
    address: str = ""
    street: str | None = None
    block: str | None = None
    note: str | None = None

    @property
    def residents(self) -> tuple[NewResident, ...]:
        """Everyone, the head first."""
        return (self.head, *self.members)

    @property
    def lines(self) -> tuple[NewLine, ...]:
        """Every phone of everyone."""
        return tuple(line for person in self.residents for line in person.lines)


def match_key(head_name: str, address: str) -> str:
    """Return what makes two enrolments one household within a group.

    Empty when the head has no name: such households are never taken for one.
    """
    name = search_key(head_name)
    return f"{name}|{search_key(address)}"[:MATCH_KEY_LENGTH] if name else ""


def door_key(enrolment: Enrolment) -> str:
    """Return the folded words by which people look for the household's door."""
    door = (enrolment.address, enrolment.street, enrolment.block)
    return search_key(" ".join(word for word in door if word))


def tidy(text: str) -> str:
    """Return text as it is stored: composed letters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def check(enrolment: Enrolment) -> None:
    """Refuse what cannot be stored or found again.

    Raises EnrolmentError: `empty` when no name, phone and address is given or a
    member has no name, `too_long`, `control_character`, `twice` for a phone given
    twice to one person, and what `check_line` refuses.
    """
    head = tidy(enrolment.head.full_name)
    if not (head or enrolment.lines or tidy(enrolment.address)):
        raise EnrolmentError("household", "empty")
    _check_texts(enrolment, "address", "street", "block", "note")
    for person in enrolment.residents:
        _check_person(person)
    if not all(tidy(member.full_name) for member in enrolment.members):
        raise EnrolmentError("full_name", "empty")


def check_line(line: NewLine) -> None:
    """Refuse a line that no text can reach or whose first month is none.

    Raises EnrolmentError: `not_a_mobile`, `not_first_of_month`.
    """
    if line.phone.kind is not PhoneKind.MOBILE:
        raise EnrolmentError("phone", "not_a_mobile")
    if line.first_month is not None and line.first_month.day != 1:
        raise EnrolmentError("first_month", "not_first_of_month")


def _check_person(person: NewResident) -> None:
    _check_texts(person, "full_name", "relation_to_head", "note")
    numbers = [line.phone.e164 for line in person.lines]
    if len(set(numbers)) < len(numbers):
        raise EnrolmentError("phone", "twice")
    for line in person.lines:
        check_line(line)


def _check_texts(written: Enrolment | NewResident, *fields: str) -> None:
    for field in fields:
        text = tidy(getattr(written, field) or "")
        if len(text) > LONGEST[field]:
            raise EnrolmentError(field, "too_long")
        if any(unicodedata.category(character) == "Cc" for character in text):
            raise EnrolmentError(field, "control_character")
