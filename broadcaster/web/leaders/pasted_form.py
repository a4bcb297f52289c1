"""Pasted lines as a form: what was read of each, and what the leader made of it."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from broadcaster.services.number_check import NumberCheck
from broadcaster.web.leaders import door_form
from broadcaster.web.wording import say
from subscriptions.enrolments import Enrolment, NewLine, NewResident
from subscriptions.pasted_lines import PastedLine
from subscriptions.tables.base import new_public_id

MOST_ROWS = 40
"""As many as one page may hold and a person look through."""
PHONE_NAME = re.compile(r"phone_(?P<place>\d{1,3})_\d{1,3}")

Checks = Mapping[str, NumberCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedPhone:
    """A number as it stands in its field; `shared` is the one said to be shared."""

    name: str
    typed: str
    shared: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One household to look at; `place` ends the names of its fields.

    `key` becomes the household's public id, so that a row sent twice enrols once.
    """

    place: int
    key: str
    text: str
    full_name: str
    address: str
    phones: tuple[TypedPhone, ...]
    picked: bool = False
    consent: str = ""

    @property
    def own(self) -> uuid.UUID | None:
        """The household's public id, None when the key is none of ours."""
        return door_form.find_key({"key": self.key})


def rows_of(lines: Iterable[PastedLine]) -> list[Row]:
    """Lay out what was read: nothing is ticked and nobody has agreed."""
    return [_row_of(place, line) for place, line in enumerate(lines)]


def rows_in(form: MultiDict[str, str]) -> list[Row]:
    """Keep what a sent form holds, in its order."""
    places = (name[4:] for name in form if re.fullmatch(r"key_\d{1,3}", name))
    return [_row_in(form, int(place)) for place in places][:MOST_ROWS]


def renewed(row: Row) -> Row:
    """Give a row a key of its own."""
    return replace(row, key=str(new_public_id()))


def put_number(rows: Iterable[Row], name: str, number: str) -> list[Row]:
    """Put a suggested number in place of what stands in the field of that name."""
    return [
        replace(
            row,
            phones=tuple(
                replace(phone, typed=number) if phone.name == name else phone
                for phone in row.phones
            ),
        )
        for row in rows
    ]


def faults_of(row: Row, checks: Checks) -> dict[str, str]:
    """Return everything that keeps a ticked row from being saved, by field."""
    faults = {
        phone.name: fault
        for phone in row.phones
        if (fault := door_form.number_fault(checks[phone.name], shared=phone.shared))
    }
    if any(phone.typed.strip() for phone in row.phones):
        unanswered = door_form.consent_fault({"consent": row.consent})
        faults |= {f"consent_{row.place}": told for told in unanswered.values()}
    return faults


def enrolment_of(row: Row, checks: Checks, *, group_id: int) -> Enrolment:
    """Read a row without faults; its numbers are charged from next month."""
    lines = tuple(
        NewLine(
            phone=number,
            shared=phone.shared == number.e164,
            agreement=door_form.agreement_of(row.consent),
        )
        for phone in row.phones
        if (number := checks[phone.name].number) is not None
    )
    return Enrolment(
        group_id=group_id,
        head=NewResident(full_name=row.full_name, lines=lines),
        address=row.address,
    )


def refusal(row: Row, field: str, reason: str) -> dict[str, str]:
    """Say beside which field of the row the register's refusal belongs."""
    sentence = say(f"{field}.{reason}", "leaders")
    if field == "phone" and row.phones:
        return {row.phones[-1].name: sentence}
    if field in ("full_name", "address"):
        return {f"{field}_{row.place}": sentence}
    return {f"pick_{row.place}": sentence}


def _row_of(place: int, line: PastedLine) -> Row:
    phones = line.phones or ("",)
    return Row(
        place=place,
        key=str(new_public_id()),
        text=line.text,
        full_name=line.full_name,
        address=line.address,
        phones=tuple(
            TypedPhone(name=f"phone_{place}_{nth}", typed=typed)
            for nth, typed in enumerate(phones)
        ),
    )


def _row_in(form: MultiDict[str, str], place: int) -> Row:
    names = [
        name
        for name in form
        if (match := PHONE_NAME.fullmatch(name)) and int(match["place"]) == place
    ]
    return Row(
        place=place,
        key=form.get(f"key_{place}", ""),
        text=form.get(f"text_{place}", ""),
        full_name=form.get(f"full_name_{place}", ""),
        address=form.get(f"address_{place}", ""),
        phones=tuple(
            TypedPhone(
                name=name,
                typed=form.get(name, ""),
                shared=form.get(name.replace("phone", "shared"), ""),
            )
            for name in names
        ),
        picked=form.get(f"pick_{place}") == "yes",
        consent=form.get(f"consent_{place}", ""),
    )
