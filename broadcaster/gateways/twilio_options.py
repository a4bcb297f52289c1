"""A Twilio account's settings, read from strings, every fault told at once."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from broadcaster.errors import ConfigurationError
from broadcaster.ports import Capabilities, GatewaySettings, ReceiptKind

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CONNECTIONS = 64
MOST_CONNECTIONS = 1_000
WINDOW = 500
LARGEST_WINDOW = 5_000
ABSENT_AFTER_S = 3_600.0
LONGEST_ABSENT_AFTER_S = 30 * 86_400.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose texts they are, and where they are handed in; None is Twilio itself."""

    sid: str
    token: str = field(repr=False)
    base_url: str | None
    capabilities: Capabilities


def read_account(settings: GatewaySettings) -> Account:
    """Read an account. Raises ConfigurationError with every fault."""
    options = _Options(settings)
    account = Account(
        sid=options.required("account_sid"),
        token=options.required("auth_token"),
        base_url=options.base_url(),
        capabilities=Capabilities(
            receipt_kind=options.read(
                "receipt_kind",
                ReceiptKind,
                or_else=ReceiptKind.NETWORK,
                must="be network or handset",
            ),
            window=options.read(
                "window",
                _whole(1, LARGEST_WINDOW),
                or_else=WINDOW,
                must=f"be a whole number from 1 to {LARGEST_WINDOW}",
            ),
            connections=options.read(
                "connections",
                _whole(1, MOST_CONNECTIONS),
                or_else=CONNECTIONS,
                must=f"be a whole number from 1 to {MOST_CONNECTIONS}",
            ),
            segments_per_second=options.read(
                "segments_per_second",
                _positive,
                or_else=None,
                must="be a number above 0",
            ),
            absent_after=options.read(
                "absent_after_s",
                _absence,
                or_else=_absence(str(ABSENT_AFTER_S)),
                must="be a number of seconds from 0 to 30 days; 0 is never",
            ),
            inbound=True,
        ),
    )
    if options.faults:
        raise ConfigurationError(options.faults)
    return account


class _Options:
    """Options by name, and what was found wrong with them."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._given = settings.options
        self._is_demo = settings.demo
        self._prefix = settings.prefix
        self.faults: list[str] = []

    def required(self, name: str) -> str:
        word = self._given.get(name, "")
        if not word:
            self._fault(name, "is missing")
        return word

    def base_url(self) -> str | None:
        url = self._given.get("base_url") or None
        if self._is_demo and urlsplit(url or "").hostname not in LOOPBACK:
            self._fault("base_url", "must point at this machine in demo mode")
        elif url and not (url.isascii() and url.startswith(("http://", "https://"))):
            self._fault("base_url", "must begin with http:// or https://")
        return url

    def read(self, name: str, parse: Callable[[str], T], *, or_else: T, must: str) -> T:
        word = self._given.get(name)
        if not word:
            return or_else
        try:
            return parse(word)
        except ValueError:
            self._fault(name, f"must {must}")
            return or_else

    def _fault(self, name: str, words: str) -> None:
        self.faults.append(f"{self._prefix}{name.upper()} {words}")


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(word: str) -> int:
        number = int(word)
        if not least <= number <= most:
            raise ValueError(word)
        return number

    return parse


def _positive(word: str) -> float | None:
    number = float(word)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(word)
    return number


def _absence(word: str) -> dt.timedelta | None:
    seconds = float(word)
    if not 0 <= seconds <= LONGEST_ABSENT_AFTER_S:
        raise ValueError(word)
    return dt.timedelta(seconds=seconds) if seconds else None
