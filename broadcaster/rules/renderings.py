"""The blanks of a Zalo template: what is typed for all, what is each person's own.

Zalo refuses a message for one character too many, and nothing is ever cut to fit: who
has a longer name than the blank takes gets the SMS instead.
"""

import enum
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self


class Personal(enum.StrEnum):
    """What a value may leave open, in braces: it is each recipient's own."""

    NAME = "ten"
    """The person who is served through the phone."""
    CODE = "ma"
    """The household's code, as `household_code` gives it."""
    ADDRESS = "dia_chi"
    """The household's address, as people say it."""


class Fault(enum.StrEnum):
    """Why a value cannot stand in its blank."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    LINE_BREAK = "line_break"
    CONTROL_CHARACTER = "control_character"
    UNKNOWN_VARIABLE = "unknown_variable"
    LINK = "link"
    PHONE = "phone"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_DATE = "not_a_date"
    NO_SUCH_BLANK = "no_such_blank"


class Blank(Protocol):
    """One blank of a template: a value of the gateway's port, or a stored one."""

    @property
    def name(self) -> str:
        """Give the name by which the telco knows it."""

    @property
    def max_length(self) -> int:
        """Give the most characters it takes, after NFC."""

    @property
    def min_length(self) -> int:
        """Give the fewest characters it takes, after NFC."""

    @property
    def required(self) -> bool:
        """Tell whether it may stay empty."""

    @property
    def kind(self) -> str:
        """Give the telco's own word for what may stand there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankFault:
    """The first blank that cannot be filled for a person, and why."""

    name: str
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRendering:
    """A notice as a filled template; `data` may hold `{ten}`, `{ma}`, `{dia_chi}`."""

    template_id: str
    data: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return what is stored: the same rendering always gives the same."""
        return {
            "template_id": self.template_id,
            "data": dict(sorted(self.data.items())),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the rendering that `to_json` stored. Raises KeyError."""
        return cls(template_id=stored["template_id"], data=dict(stored["data"]))


# Crockford's alphabet: no letter that reads as a digit, none that is misheard
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LETTERS = 8
_LINE_ENDS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
_VARIABLE = re.compile("{(" + "|".join(Personal) + ")}")
_BLANK = re.compile(r"{{\s*([^{}]+?)\s*}}")
_LINK = re.compile(
    r"://|\bwww\.|\b[a-z0-9-]+\.(?:vn|com|net|org|info|me|io|ly|link|xyz|top|app)\b",
    re.IGNORECASE,
)
# in one piece or in groups, the first of three digits or more: days begin with two
_PHONE = re.compile(
    r"(?<!\d)(?:\+84|0\d{2,3})(?:[ .-]?\d{2,4}){2,3}(?!\d)"
    r"|(?<!\d)(?:0\d{9,10}|84\d{9}|1[89]00[ .-]?\d{4,6})(?!\d)"
)
_MAY_HOLD = {"PHONE": Fault.PHONE, "URL": Fault.LINK, "LINK": Fault.LINK}
"""Zalo's kinds of blank that are there for what all others must not hold."""
_SHAPES = {
    "NUMBER": (re.compile(r"\d+"), Fault.NOT_A_NUMBER),
    "DATE": (
        re.compile(r"(?:\d{1,2}:\d{2}(?::\d{2})? )?\d{2}/\d{2}/\d{4}"),
        Fault.NOT_A_DATE,
    ),
}
_USUAL_NAMES = {
    Personal.NAME: {"ten", "ho_ten", "name", "full_name", "customer_name", "chu_ho"},
    Personal.CODE: {"ma", "ma_ho", "code", "customer_code", "household_code"},
    Personal.ADDRESS: {"dia_chi", "address", "customer_address"},
}


def clean(typed: str) -> str:
    """Return a value as it is kept and measured: NFC, no blanks around it."""
    return unicodedata.normalize("NFC", typed).strip()


def find_faults(data: Mapping[str, str], blanks: Iterable[Blank]) -> dict[str, Fault]:
    """Return what is wrong with what was typed, by blank; personal parts are open yet.

    A value for a blank that the template does not have is a fault, too: the template
    was changed since.
    """
    known = {blank.name: blank for blank in blanks}
    faults = {
        name: Fault.NO_SUCH_BLANK
        for name, value in data.items()
        if name not in known and value.strip()
    }
    for name, blank in known.items():
        fault = _fault_of_typed(clean(data.get(name, "")), blank)
        if fault is not None:
            faults[name] = fault
    return faults


def fill(data: Mapping[str, str], personal: Mapping[str, str]) -> dict[str, str]:
    """Put a person's own words in the places of their names; cut nothing.

    `personal` has a value for each of `Personal`; one that is not there stays open.
    """

    def own(found: re.Match[str]) -> str:
        return " ".join(personal.get(found[1], found[0]).split())

    return {name: clean(_VARIABLE.sub(own, value)) for name, value in data.items()}


def personal_data(
    data: Mapping[str, str], facts: Mapping[str, str], *, params: Iterable[Blank]
) -> dict[str, str] | BlankFault:
    """Return what is sent to one person, or why it is to be the SMS instead.

    `facts` are that person's by `Personal`. Blanks that may stay empty and do are left
    out.
    """
    open_ones = {name: value for name, value in data.items() if value.strip()}
    for name, value in open_ones.items():
        for wanted in _VARIABLE.findall(value):
            if not facts.get(wanted, "").strip():
                return BlankFault(name=name, fault=Fault.MISSING)
    filled = fill(open_ones, facts)
    for name, value in filled.items():
        if set("{}") & set(value):
            # somebody's own words: they are never filled in a second time
            return BlankFault(name=name, fault=Fault.UNKNOWN_VARIABLE)
    for name, fault in find_faults(filled, params).items():
        return BlankFault(name=name, fault=fault)
    return filled


def is_personal(data: Mapping[str, str]) -> bool:
    """Tell whether any value is filled in for each person alone."""
    return any(_VARIABLE.search(value) for value in data.values())


def show(text: str, data: Mapping[str, str]) -> str:
    """Return a template's text with its `{{blanks}}` filled; the empty ones stay."""

    def filled(found: re.Match[str]) -> str:
        return data.get(found[1], "").strip() or found[0]

    return _BLANK.sub(filled, text)


def usual_value(name: str) -> str:
    """Return what a blank of this name mostly holds: a variable, or nothing."""
    for personal, names in _USUAL_NAMES.items():
        if name.lower() in names:
            return f"{{{personal}}}"
    return ""


def household_code(public_id: uuid.UUID) -> str:
    """Return the short code that a household reads on its messages: "7K2M-9QXD".

    Of the 40 random bits at the end of its public id: in a ward of 50,000 homes, two
    share one with a chance of about one in a thousand.
    """
    rest, letters = public_id.int, ""
    for _ in range(_CODE_LETTERS):
        rest, digit = divmod(rest, len(_ALPHABET))
        letters = _ALPHABET[digit] + letters
    return f"{letters[:4]}-{letters[4:]}"


def _fault_of_typed(value: str, blank: Blank) -> Fault | None:
    if not value:
        return Fault.MISSING if blank.required else None
    static, variables = _VARIABLE.subn("", value)
    shape, not_shaped = _SHAPES.get(blank.kind.upper(), (None, None))
    checks = (
        (_fault_of_characters(value), True),
        (Fault.UNKNOWN_VARIABLE, bool(set("{}") & set(static))),
        (Fault.TOO_LONG, len(static) > blank.max_length),
        (Fault.TOO_SHORT, not variables and len(value) < blank.min_length),
        (not_shaped, shape is not None and not shape.fullmatch(value)),
        (_fault_of_contents(static, blank.kind.upper()), True),
    )
    return next((fault for fault, is_so in checks if fault and is_so), None)


def _fault_of_characters(value: str) -> Fault | None:
    if _LINE_ENDS & set(value):
        return Fault.LINE_BREAK
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in value):
        return Fault.CONTROL_CHARACTER
    return None


def _fault_of_contents(static: str, kind: str) -> Fault | None:
    for fault, pattern in ((Fault.LINK, _LINK), (Fault.PHONE, _PHONE)):
        if _MAY_HOLD.get(kind) is not fault and pattern.search(static):
            return fault
    return None
