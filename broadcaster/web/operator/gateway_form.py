"""A gateway's form: drawn from its adapter's options, and read back from them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from broadcaster.bootstrap import GatewayKind, House, make_settings
from broadcaster.bootstrap.kinds import make_gateway
from broadcaster.errors import ConfigurationError
from broadcaster.gateways.options import Kind, Option
from broadcaster.services.gateway_setups import Account
from broadcaster.web.formats import count
from broadcaster.web.wording import say
from templates import read_words

PREFIX = "option-"
WHOLE = "gateway"
"""The field of faults that are of no single option."""
NONE = "none"
_NOT_HERE = "this machine"
_UNNAMED = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One option as the page asks for it."""

    name: str
    label: str
    hint: str
    kind: Kind
    value: str
    is_saved: bool
    """A secret that is kept already: an empty field keeps it."""
    is_basic: bool
    """Asked for at once; the others have usual values and stand folded."""
    choices: tuple[tuple[str, str], ...]


def draw_fields(
    kind: GatewayKind,
    *,
    words: Mapping[str, str],
    saved: Collection[str],
    typed: Mapping[str, str] | None = None,
) -> list[Field]:
    """Return the fields of a kind; `words` stand in them, or what was `typed`."""
    return [
        _field(
            kind.name,
            option,
            value=(words if typed is None else typed).get(
                option.name if typed is None else PREFIX + option.name, ""
            ),
            is_saved=option.name in saved,
        )
        for option in kind.options
    ]


def read_account(form: Mapping[str, str], kind: GatewayKind) -> Account:
    """Read what was typed, its secrets apart; empty fields are left out."""
    given = {
        option: form.get(PREFIX + option.name, "").strip() for option in kind.options
    }
    return Account(
        sender=form.get("sender", ""),
        options={o.name: w for o, w in given.items() if w and not _is_secret(o)},
        secrets={o.name: w for o, w in given.items() if w and _is_secret(o)},
    )


def find_faults(
    account: Account,
    kind: GatewayKind,
    *,
    house: House,
    name: str,
    saved: Mapping[str, str],
) -> dict[str, str]:
    """Return what is wrong, field by field, in words; the adapter has the last say."""
    given = {**saved, **account.options, **account.secrets}
    faults = {
        PREFIX + option.name: _sentence(kind.name, option, fault)
        for option in kind.options
        if (fault := _fault(option, given.get(option.name) or option.default))
    }
    settings = make_settings(house.settings, name or _UNNAMED, options=given)
    try:
        make_gateway(kind.name, settings)
    except ConfigurationError as error:
        for line in error.missing:
            field, sentence = _translate(kind, line)
            faults.setdefault(field, sentence)
    return faults


def option_label(kind: str, name: str) -> str:
    """Return what an option is called. Raises KeyError when nobody wrote it."""
    words = read_words("gateways")
    return words.get(f"{kind}.{name}") or words[f"option.{name}"]


def choice_label(kind: str, name: str, *, choice: str) -> str:
    """Return what a choice is called. Raises KeyError when nobody wrote it."""
    words = read_words("gateways")
    keys = (f"{kind}.{name}.{choice}", f"{name}.{choice}", f"choice.{choice}")
    return next((words[key] for key in keys if key in words), "") or words[keys[-1]]


def _field(kind: str, option: Option, *, value: str, is_saved: bool) -> Field:
    words = read_words("gateways")
    hint = words.get(f"{kind}.{option.name}.hint", words.get(f"hint.{option.name}", ""))
    choices = tuple(
        (choice, choice_label(kind, option.name, choice=choice))
        for choice in option.choices
    )
    if choices and not option.default and not option.required:
        choices = (("", choice_label(kind, option.name, choice=NONE)), *choices)
    return Field(
        name=PREFIX + option.name,
        label=option_label(kind, option.name),
        hint=hint,
        kind=option.kind,
        value="" if _is_secret(option) else value or option.default,
        is_saved=is_saved and _is_secret(option),
        is_basic=option.required or _is_secret(option),
        choices=choices,
    )


def _is_secret(option: Option) -> bool:
    return option.kind is Kind.SECRET


def _fault(option: Option, word: str) -> str | None:
    if not word:
        return "missing" if option.required else None
    if option.fault(word) is None:
        return None
    return "text" if _is_secret(option) else option.kind.value


def _sentence(kind: str, option: Option, fault: str) -> str:
    return say(
        f"fault.{fault}",
        "gateways",
        label=option_label(kind, option.name),
        least=_bound(option.least),
        most=_bound(option.most),
    )


def _bound(number: float) -> str:
    whole = number == int(number)
    return count(int(number)) if whole else f"{number:g}".replace(".", ",")


def _translate(kind: GatewayKind, line: str) -> tuple[str, str]:
    """Return the field that an adapter's `NAME must …` is about, and what to say."""
    name, _, told = line.partition(" ")
    option = next((o for o in kind.options if o.name == name.lower()), None)
    if option is None:
        return WHOLE, say("fault.whole_gateway", "gateways", told=line)
    fault = "not_here" if _NOT_HERE in told else "refused"
    return PREFIX + option.name, _sentence(kind.name, option, fault)
