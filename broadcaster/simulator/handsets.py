"""The handsets of the network: those on the wall by name, others by number."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from broadcaster.simulator.numbers import NumberKind, carrier_of, kind_of

DEFAULT_FILE = Path(__file__).parent / "handsets.json"


class HandsetState(StrEnum):
    """What happens to a text for this handset."""

    OK = "ok"
    OFF = "off"
    DEAD = "dead"
    LANDLINE = "landline"
    BLOCKED = "blocked"


class Skin(StrEnum):
    """How a handset looks on the wall."""

    FEATURE = "feature"
    SMARTPHONE = "smartphone"


class BadHandsetsError(ValueError):
    """The handsets file cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handset:
    """One phone, as the network and the wall know it."""

    e164: str
    label: str = ""
    model: str = ""
    carrier: str = ""
    skin: Skin = Skin.SMARTPHONE
    state: HandsetState = HandsetState.OK
    on_wall: bool = False
    has_zalo: bool | None = None
    """None for a phone that nobody named: Zalo draws whether it has an account."""


@dataclass(slots=True, kw_only=True)
class Town:
    """All handsets, the number they text, and prices (đồng a part) by carrier.

    `esms_rates` are eSMS's own, where they differ from `rates`.
    """

    service_number: str
    senders: tuple[str, ...] = ()
    rates: dict[str, int] = field(default_factory=dict)
    esms_rates: dict[str, int] = field(default_factory=dict)
    named: dict[str, Handset] = field(default_factory=dict)
    states: dict[str, HandsetState] = field(default_factory=dict)

    def get(self, e164: str) -> Handset:
        """Return the handset of a number; one that nobody named is an ordinary one."""
        handset = self.named.get(e164) or Handset(e164=e164, carrier=carrier_of(e164))
        landline = kind_of(e164) is NumberKind.LANDLINE
        state = HandsetState.LANDLINE if landline else handset.state
        return replace(handset, state=self.states.get(e164, state))

    def wall(self) -> list[Handset]:
        """List the named handsets in the order of their file."""
        return [self.get(e164) for e164 in self.named]


def _handset(entry: Mapping[str, object], line: int) -> Handset:
    try:
        e164 = str(entry["e164"])
        skin = Skin(str(entry.get("skin", Skin.SMARTPHONE)))
        handset = Handset(
            e164=e164,
            label=str(entry["label"]),
            model=str(entry.get("model", "")),
            carrier=str(entry.get("carrier") or carrier_of(e164)),
            skin=skin,
            state=HandsetState(str(entry.get("state", HandsetState.OK))),
            on_wall=True,
            has_zalo=bool(entry.get("has_zalo", skin is Skin.SMARTPHONE)),
        )
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise BadHandsetsError(f"handset {line}: {error!r}") from error
    if kind_of(e164) in {NumberKind.INVALID, NumberKind.ABROAD}:
        raise BadHandsetsError(f"handset {line}: {e164} is no Vietnamese number")
    return handset


def read_town(path: Path = DEFAULT_FILE) -> Town:
    """Read a handsets file: service_number, senders, rates, esms_rates and handsets.

    Raises BadHandsetsError when the file does not read.
    """
    try:
        facts = json.loads(path.read_text("utf-8"))
        entries = facts["handsets"]
        town = Town(
            service_number=str(facts["service_number"]),
            senders=tuple(map(str, facts.get("senders", ()))),
            rates=_rates(facts.get("rates", {})),
            esms_rates=_rates(facts.get("esms_rates", {})),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadHandsetsError(f"{path.name}: {error!r}") from error
    for line, entry in enumerate(entries, start=1):
        handset = _handset(entry, line)
        town.named[handset.e164] = handset
    return town


def _rates(entry: Mapping[str, object]) -> dict[str, int]:
    return {str(name): int(str(rate)) for name, rate in entry.items()}
