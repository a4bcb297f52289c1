"""A gateway's settings as a table: read from strings, every fault told at once.

An adapter's module has `CHANNEL` and `OPTIONS`: the web page draws its form from them,
and the environment's variables have the same names.
"""

import datetime as dt
import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from broadcaster.errors import ConfigurationError
from broadcaster.ports import GatewaySettings, ReceiptKind

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Kind(enum.StrEnum):
    """How an option is typed."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret
    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    URL = "url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting. `least` and `most` bound a number, or the length of a text."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    default: str = ""
    least: float = 0
    most: float = 200
    choices: tuple[str, ...] = ()

    def fault(self, word: str) -> str | None:
        """Return what is wrong with a given word, as `must …`; None when it is fine."""
        if self.kind is Kind.CHOICE:
            right = word in self.choices
            return None if right else f"must be {' or '.join(self.choices)}"
        if self.kind is Kind.URL:
            right = word.startswith(("http://", "https://")) and bool(_host(word))
            return None if right else "must begin with http:// or https://"
        if self.kind in (Kind.WHOLE, Kind.NUMBER):
            return self._number_fault(word)
        right = self.least <= len(word) <= self.most and word.isprintable()
        return None if right else f"must have {self.least:g} to {self.most:g} letters"

    def _number_fault(self, word: str) -> str | None:
        try:
            number = float(int(word) if self.kind is Kind.WHOLE else float(word))
        except ValueError:
            number = math.nan
        if self.least <= number <= self.most:
            return None
        whole = "whole number" if self.kind is Kind.WHOLE else "number"
        return f"must be a {whole} from {self.least:g} to {self.most:g}"


BASE_URL = Option(name="base_url", kind=Kind.URL)
SEGMENTS_PER_SECOND = Option(
    name="segments_per_second", kind=Kind.NUMBER, least=0.01, most=100_000
)
RECEIPT_KIND = Option(
    name="receipt_kind",
    kind=Kind.CHOICE,
    default=ReceiptKind.NETWORK,
    choices=tuple(ReceiptKind),
)
WINDOW = Option(name="window", kind=Kind.WHOLE, default="500", least=1, most=5_000)


def connections(default: int) -> Option:
    """Return the option of how many requests are on the wire at a time."""
    return Option(
        name="connections",
        kind=Kind.WHOLE,
        default=str(default),
        least=1,
        most=1_000,
    )


class Options:
    """The words that were given for a table of options, found right, and typed."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def text(self, name: str) -> str:
        """Return a word, empty when none was given and there is no default."""
        return self._given[name]

    def url(self, or_else: str) -> str:
        """Return `base_url` without a slash at its end, or the vendor's own."""
        return (self._given["base_url"] or or_else).rstrip("/")

    def whole(self, name: str) -> int:
        """Return a whole number. Raises ValueError where none is given."""
        return int(self._given[name])

    def number(self, name: str) -> float | None:
        """Return a number, None when none was given."""
        word = self._given[name]
        return float(word) if word else None

    def seconds(self, name: str) -> dt.timedelta | None:
        """Return a time given in seconds, None when none was given, or 0."""
        number = self.number(name)
        return dt.timedelta(seconds=number) if number else None

    @property
    def receipt_kind(self) -> ReceiptKind:
        """Return what "delivered" proves on this route."""
        return ReceiptKind(self._given[RECEIPT_KIND.name])


def read_options(settings: GatewaySettings, table: Sequence[Option]) -> Options:
    """Check what was given against a table. Raises ConfigurationError with all faults.

    In demo mode `base_url` and `host`, where the table has them, must be this machine.
    """
    given, faults = {}, []
    for option in table:
        word = settings.options.get(option.name) or option.default
        given[option.name] = word
        fault = option.fault(word) if word else None
        if option.required and not word:
            fault = "is missing"
        elif settings.demo and not _is_here(option.name, word):
            fault = "must point at this machine in demo mode"
        if fault:
            faults.append(f"{settings.prefix}{option.name.upper()} {fault}")
    if faults:
        raise ConfigurationError(faults)
    return Options(given)


def _is_here(name: str, word: str) -> bool:
    if name == "base_url":
        return _host(word) in LOOPBACK
    return name != "host" or word in LOOPBACK


def _host(url: str) -> str | None:
    """Return the host of an address; None where it cannot be one, or break a line."""
    if not (url.isascii() and url.isprintable()) or " " in url:
        return None
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
