"""Phone numbers: the one door through which every typed number comes in.

A number in a list is read by the national plan in subscriptions/data, never by
`phonenumbers` alone: that library takes `O912345678` for another person's phone.
"""

import datetime as dt
from dataclasses import dataclass, field

import phonenumbers

from subscriptions.errors import NotAPhoneNumberError
from subscriptions.phone_cells import LOOK_ALIKES, Cell, read_cell
from subscriptions.phone_plan import PhoneKind, Verdict, as_dialled_at_home, judge, show
from subscriptions.phone_tables import PhoneCode, find_carrier, say

__all__ = [
    "PhoneCode",
    "PhoneKind",
    "PhoneNumber",
    "PhoneReading",
    "carrier_of",
    "phone_from_e164",
    "read_phone",
]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PhoneNumber:
    """A number of the national plan; short and service numbers are bare digits."""

    e164: str
    kind: PhoneKind

    @property
    def carrier(self) -> str | None:
        """Estimate the carrier by prefix: a number may have moved since."""
        return carrier_of(self.e164)

    @property
    def national(self) -> str:
        """Show it as people write it here: `0912 345 678`, `024 3657 7024`."""
        if self.kind in (PhoneKind.SHORT, PhoneKind.SERVICE):
            return self.e164
        return show(as_dialled_at_home(self.e164))

    def __str__(self) -> str:
        """Mask it, so that a log line or an error never shows whose phone it is."""
        if self.kind in (PhoneKind.SHORT, PhoneKind.SERVICE):
            return self.e164
        shown = as_dialled_at_home(self.e164)
        return f"{shown[:3]}***{shown[-4:]}"

    def __repr__(self) -> str:
        """Mask it here too: tracebacks print values by `repr`."""
        return f"<PhoneNumber {self}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneReading:
    """What one cell was read as.

    Ask `sms` before texting: a landline has a number too, and so has an ambiguous
    one (its reading as a mobile of today, to be confirmed by a person).
    `suggestion` is a mobile as typed at home (`0912345678`) that one tap may put in
    place of a faulty cell. `repaired` says that more than spacing or the form of the
    country code was changed. `help` says in Vietnamese what to do.
    """

    input: str = field(repr=False)
    number: PhoneNumber | None
    kind: PhoneKind
    sms: bool
    repaired: bool
    code: PhoneCode
    help: str = field(repr=False)
    suggestion: str | None = field(default=None, repr=False)

    @property
    def e164(self) -> str | None:
        """Give the number in E.164, or None when there is none."""
        return self.number.e164 if self.number else None

    @property
    def second_opinion(self) -> bool:
        """Tell whether `phonenumbers` takes what was typed for a mobile.

        Where this differs from `sms`, one of the two is wrong: a list of such cells
        is how we learn that the plan has changed.
        """
        try:
            parsed = phonenumbers.parse(self.input, "VN")
        except phonenumbers.NumberParseException:
            return False
        kind = phonenumbers.number_type(parsed)
        return kind == phonenumbers.PhoneNumberType.MOBILE


def read_phone(raw: object, *, list_date: dt.date | None = None) -> PhoneReading:
    """Read one cell of a list: any value that a person, a file or Excel left there.

    `list_date` is the day the list was written. Before the 2018 conversion some
    ten-digit mobiles of today were landlines of old area codes: in a list that
    old they are not texted until a person has said which.
    """
    cell = read_cell(raw)
    if cell.fault:
        return _refused(cell, cell.fault, list_date=list_date)
    return _reading(cell, judge(cell.digits, list_date))


def phone_from_e164(e164: str) -> PhoneNumber:
    """Give back the number that a stored E.164 stands for.

    Raises NotAPhoneNumberError when it is not exactly a number in E.164.
    """
    number = read_phone(e164).number
    if number is None or number.e164 != e164:
        raise NotAPhoneNumberError("not E.164")
    return number


def carrier_of(e164: str) -> str | None:
    """Estimate who carries a Vietnamese mobile, or None for any other number."""
    return find_carrier(as_dialled_at_home(e164))


def _reading(cell: Cell, verdict: Verdict) -> PhoneReading:
    number = None
    facts = {"typed": cell.typed, **verdict.facts}
    if verdict.e164:
        number = PhoneNumber(e164=verdict.e164, kind=verdict.kind)
        facts["display"] = number.national
    code = verdict.code
    if code is PhoneCode.OK and cell.repaired:
        code = PhoneCode.REPAIRED
    ambiguous = code is PhoneCode.AMBIGUOUS_OLD_LANDLINE
    return PhoneReading(
        input=cell.typed,
        number=number,
        kind=verdict.kind,
        sms=verdict.kind is PhoneKind.MOBILE and not ambiguous,
        repaired=number is not None and (cell.repaired or verdict.repaired),
        code=code,
        help=say(verdict.help_key or code.value, facts),
    )


def _refused(cell: Cell, code: PhoneCode, *, list_date: dt.date | None) -> PhoneReading:
    """Refuse a cell that needs a person, with the one repair they most likely want."""
    suggestion = None
    if cell.candidate:
        mended = judge(cell.candidate, list_date)
        if _reading(cell, mended).sms:
            suggestion = as_dialled_at_home(mended.e164)
    facts = {
        "typed": cell.typed,
        "suggestion": suggestion or "",
        "letter": ", ".join(cell.letters),
        "digit": LOOK_ALIKES.get(cell.letters[0], "") if cell.letters else "",
    }
    return PhoneReading(
        input=cell.typed,
        number=None,
        kind=PhoneKind.INVALID,
        sms=False,
        repaired=False,
        code=code,
        help=say(_refusal_key(cell, code, has_repair=suggestion is not None), facts),
        suggestion=suggestion,
    )


def _refusal_key(cell: Cell, code: PhoneCode, *, has_repair: bool) -> str:
    if not has_repair:
        return code.value
    if code is PhoneCode.LETTER_IN_NUMBER:
        return "letter_for_digit" if len(cell.letters) == 1 else "letters_for_digits"
    return {
        PhoneCode.NOTE_IN_CELL: "note_beside_number",
        PhoneCode.SCIENTIFIC: "scientific_readable",
    }.get(code, code.value)
