"""How the simulated eSMS treats an account: money, templates, speed, a bad hour."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

WORDS = ("templates", "unregistered")
BLANK = re.compile(r"\{P\d+,(\d+)\}")


class BadEsmsSettingsError(ValueError):
    """A change of settings was refused; the message names every fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EsmsSettings:
    """Money is in đồng, times are in seconds.

    `balance` is what the account began with. `tps` is how many texts a second it may
    send, 0 for any. With `templates`, like `Moi {P1,20} den nhan`, a text that fits
    none is refused; `unregistered` are carriers that do not know the brandname.
    `ids_kept_s` is how long a RequestId is taken once, by a clock that is
    `clock_ahead_s` ahead. Until `down_until`, in Unix seconds, it is away.
    """

    balance: int = 10_000_000
    tps: int = 0
    templates: tuple[str, ...] = ()
    unregistered: tuple[str, ...] = ()
    ids_kept_s: int = 86_400
    clock_ahead_s: int = 0
    down_until: int = 0

    def changed(self, wishes: Mapping[str, object]) -> "EsmsSettings":
        """Return these settings with the named fields changed.

        Raises BadEsmsSettingsError with every fault at once.
        """
        known = {field.name for field in fields(self)}
        faults = {name: "unknown field" for name in wishes if name not in known}
        values: dict[str, Any] = {}
        for name in sorted(known & wishes.keys()):
            value = values[name] = _read(name, wishes[name])
            if value is None:
                faults[name] = (
                    "must be a list of words" if name in WORDS else "must be whole"
                )
        if faults:
            words = (f"{name}: {why}" for name, why in sorted(faults.items()))
            raise BadEsmsSettingsError("; ".join(words))
        return replace(self, **values)

    def allows(self, body: str) -> bool:
        """Tell whether a text fits a registered template, where there are any."""
        return not self.templates or any(
            _pattern(template).fullmatch(body) for template in self.templates
        )

    def as_json(self) -> dict[str, object]:
        """Return the fields as a JSON object."""
        return asdict(self)


def _pattern(template: str) -> re.Pattern[str]:
    words = BLANK.split(template)
    parts = [
        f".{{0,{word}}}" if place % 2 else re.escape(word)
        for place, word in enumerate(words)
    ]
    return re.compile("".join(parts), re.DOTALL)


def _read(name: str, wish: object) -> tuple[str, ...] | int | None:
    """Read one field; None when it cannot be used."""
    if name in WORDS:
        if isinstance(wish, list | tuple) and all(isinstance(w, str) for w in wish):
            return tuple(wish)
        return None
    is_whole = isinstance(wish, int) and not isinstance(wish, bool) and wish >= 0
    return int(str(wish)) if is_whole else None
