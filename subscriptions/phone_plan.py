"""The national numbering plan as rules: what kind of number a row of digits is."""

import datetime as dt
import enum
import re
from dataclasses import dataclass, field, replace

import phonenumbers

from subscriptions.phone_tables import (
    MOBILE_MIGRATION,
    NEW_MOBILES_FROM,
    VSAT_PREFIX,
    PhoneCode,
    find_carrier,
    find_old_landline,
    is_landline,
)

_SERVICE = re.compile(r"1[89]00[0-9]{4,6}")
_SHORT = re.compile(r"[1-9][0-9]{2,4}")
_MOBILE_DIGITS = 10
_OLD_MOBILE_DIGITS = 11
_LANDLINE_DIGITS = 11


class PhoneKind(enum.StrEnum):
    """What kind of number it is; only a mobile receives texts."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SHORT = "short"
    SERVICE = "service"
    FOREIGN = "foreign"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialled:
    """A number as dialled at home, and whether its leading zero had been lost."""

    national: str
    lost_zero: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What digits are: `e164` is empty when they are no number we can write to.

    `help_key` names the sentence to say when it is not that of `code`, and `facts`
    are the words it is filled with.
    """

    code: PhoneCode
    kind: PhoneKind = PhoneKind.INVALID
    e164: str = ""
    repaired: bool = False
    help_key: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def as_dialled_at_home(e164: str) -> str:
    """Give a Vietnamese E.164 with the zero that people dial here."""
    return f"0{e164[3:]}" if e164.startswith("+84") else e164


def show(national: str) -> str:
    """Space a Vietnamese number as people write it: `024 3657 7024`."""
    parsed = phonenumbers.parse(national, "VN")
    form = phonenumbers.PhoneNumberFormat.NATIONAL
    return phonenumbers.format_number(parsed, form)


def _abroad(national: str) -> str:
    return f"+84{national[1:]}"


def judge(digits: str, list_date: dt.date | None) -> Verdict:
    """Say what a row of digits (with `+` if typed) is, in a list of `list_date`."""
    if _SERVICE.fullmatch(digits):
        return Verdict(code=PhoneCode.SERVICE, kind=PhoneKind.SERVICE, e164=digits)
    if _SHORT.fullmatch(digits):
        return Verdict(code=PhoneCode.SHORT, kind=PhoneKind.SHORT, e164=digits)
    abroad = _foreign(digits)
    if abroad:
        facts = {"display": abroad}
        return Verdict(code=PhoneCode.FOREIGN, kind=PhoneKind.FOREIGN, facts=facts)
    dialled = _as_dialled(digits)
    return _mobile(dialled, list_date) or _landline(dialled) or _unknown(dialled)


def _foreign(digits: str) -> str | None:
    """Find how to show a number that says itself that it is of another country."""
    written = re.sub("^00", "+", digits)
    if not written.startswith("+") or written.startswith(("+84", "+0")):
        return None
    try:
        parsed = phonenumbers.parse(written)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def _as_dialled(digits: str) -> _Dialled:
    for country in ("+84", "0084"):
        if digits.startswith(country):
            rest = digits.removeprefix(country).removeprefix("0")
            return _Dialled(national=f"0{rest}")
    bare = digits.removeprefix("+")
    if bare.startswith("0"):
        return _Dialled(national=bare)
    if bare.startswith("84") and len(bare) > _MOBILE_DIGITS:
        rest = bare.removeprefix("84").removeprefix("0")
        return _Dialled(national=f"0{rest}")
    return _Dialled(national=f"0{bare}", lost_zero=True)


def _mobile(dialled: _Dialled, list_date: dt.date | None) -> Verdict | None:
    national = dialled.national
    new_prefix = MOBILE_MIGRATION.get(national[:4])
    if new_prefix and len(national) == _OLD_MOBILE_DIGITS:
        moved = _abroad(new_prefix + national[4:])
        code = PhoneCode.MIGRATED_2018
        return Verdict(code=code, kind=PhoneKind.MOBILE, e164=moved, repaired=True)
    if find_carrier(national) is None:
        return None
    if national.startswith(VSAT_PREFIX):
        return Verdict(code=PhoneCode.VSAT, facts={"prefix": VSAT_PREFIX})
    verdict = Verdict(
        code=PhoneCode.REPAIRED if dialled.lost_zero else PhoneCode.OK,
        kind=PhoneKind.MOBILE,
        e164=_abroad(national),
        repaired=dialled.lost_zero,
    )
    area = find_old_landline(national)
    if area is None or list_date is None or list_date >= NEW_MOBILES_FROM:
        return verdict
    facts = {"province": area.province, "landline": show(area.number)}
    return replace(verdict, code=PhoneCode.AMBIGUOUS_OLD_LANDLINE, facts=facts)


def _landline(dialled: _Dialled) -> Verdict | None:
    kind, code = PhoneKind.LANDLINE, PhoneCode.LANDLINE
    if is_landline(dialled.national):
        e164 = _abroad(dialled.national)
        return Verdict(code=code, kind=kind, e164=e164, repaired=dialled.lost_zero)
    area = find_old_landline(dialled.national)
    if area is None:
        return None
    return Verdict(
        code=code,
        kind=kind,
        e164=_abroad(area.number),
        repaired=True,
        help_key="landline_migrated",
        facts={"province": area.province},
    )


def _unknown(dialled: _Dialled) -> Verdict:
    """Say what is wrong with digits that are no number: first how many there are."""
    national = dialled.national
    facts = {"count": str(len(national) - dialled.lost_zero), "prefix": national[:3]}
    is_fixed = national.startswith("02")
    wanted = _LANDLINE_DIGITS if is_fixed else _MOBILE_DIGITS
    if len(national) == wanted:
        return Verdict(code=PhoneCode.UNKNOWN_PREFIX, facts=facts)
    code = PhoneCode.TOO_SHORT if len(national) < wanted else PhoneCode.TOO_LONG
    help_key = "landline_length" if is_fixed else ""
    return Verdict(code=code, help_key=help_key, facts=facts)
