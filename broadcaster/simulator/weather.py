"""The network's weather: how badly it misbehaves, repeatably by a seed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from hashlib import blake2b
from typing import Any

CHANCES = frozenset(
    {
        "fail_before",
        "fail_after",
        "html_502",
        "lost_answer",
        "too_many",
        "lose_receipts",
        "repeat_receipts",
        "reorder_receipts",
        "early_receipts",
    }
)


class BadWeatherError(ValueError):
    """A change of weather was refused; `faults` maps each field to what is wrong."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in faults.items()))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Every field is off at its default but the delay; chances run from 0 to 1.

    Create call: `fail_before` answers 500 and records nothing, `fail_after` answers
    500 although the text was taken, `html_502` is a proxy's page and records nothing,
    `lost_answer` takes the text and cuts the line, `too_many` starts a burst of 429
    for `burst_ms`, `rate_limit` allows that many a second (0: any), `retry_after_s`
    above 0 sends that header with each 429. `list_lag_ms`: how late lists learn.
    Network: `delay_ms` ± `jitter_ms` from taking a text to its handset; `outage`
    names carriers that are down. Receipts may be lost, come twice, come in the wrong
    order, or `early`: before the create call was answered.
    """

    seed: int = 1
    answer_ms: int = 0
    answer_jitter_ms: int = 0
    fail_before: float = 0.0
    fail_after: float = 0.0
    html_502: float = 0.0
    lost_answer: float = 0.0
    too_many: float = 0.0
    burst_ms: int = 500
    rate_limit: int = 0
    retry_after_s: int = 0
    list_lag_ms: int = 0
    delay_ms: int = 400
    jitter_ms: int = 200
    outage: tuple[str, ...] = ()
    lose_receipts: float = 0.0
    repeat_receipts: float = 0.0
    reorder_receipts: float = 0.0
    early_receipts: float = 0.0

    def changed(self, wishes: Mapping[str, object]) -> "Weather":
        """Return this weather with the named fields changed.

        Raises BadWeatherError with every fault at once.
        """
        known = {field.name for field in fields(self)}
        faults = {name: "unknown field" for name in wishes if name not in known}
        values: dict[str, Any] = {}
        for name, wish in wishes.items():
            if name in known:
                value, fault = _read(name, wish)
                values[name] = value
                if fault:
                    faults[name] = fault
        if faults:
            raise BadWeatherError(faults)
        return replace(self, **values)

    def as_json(self) -> dict[str, object]:
        """Return the fields as a JSON object."""
        return asdict(self)

    def draw(self, *words: object) -> float:
        """Draw from [0, 1): the same words and seed always draw the same."""
        name = "\x1f".join(map(str, (self.seed, *words))).encode()
        return int.from_bytes(blake2b(name, digest_size=7).digest()) / 2**56

    def happens(self, chance: float, *words: object) -> bool:
        """Tell whether a chance comes true for these words."""
        return chance > 0 and self.draw(*words) < chance

    def answer_delay(self, ask: int) -> float:
        """Return the seconds until the n-th create call is answered."""
        swing = self.answer_jitter_ms * (2 * self.draw("answer", ask) - 1)
        return max(0.0, self.answer_ms + swing) / 1000

    def network_delay(self, sid: str) -> float:
        """Return the seconds from taking a text to ringing its handset."""
        swing = self.jitter_ms * (2 * self.draw("delay", sid) - 1)
        return max(0.0, self.delay_ms + swing) / 1000


def _read(name: str, wish: object) -> tuple[object, str]:
    """Read one field; the second value says what is wrong, or is empty."""
    if name == "outage":
        if isinstance(wish, list | tuple) and all(isinstance(c, str) for c in wish):
            return tuple(wish), ""
        return (), "must be a list of carriers"
    if isinstance(wish, bool) or not isinstance(wish, int | float):
        return 0, "must be a number"
    if name in CHANCES:
        return float(wish), "" if 0 <= wish <= 1 else "must be from 0 to 1"
    if wish != int(wish) or not 0 <= wish <= 10**9:
        return 0, "must be a whole number, 0 or more"
    return int(wish), ""
