"""How the simulated Zalo treats an account: quotas, nights, tokens, signatures."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

CHOICES = {"sign_key": ("oa", "app"), "sign_id": ("app_id", "oa_id")}


class BadZaloSettingsError(ValueError):
    """A change of settings was refused; the message names every fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloSettings:
    """Quotas are messages a day, 0 for none; times are in seconds.

    `share_with_zalo` is how many of the phones that nobody named use Zalo, drawn by
    number. `is_night` closes it to template messages, as from 22 to 6 h.
    `lose_rotation` rotates the tokens and cuts the line, `oauth_down` answers 503
    before anything is rotated. `sign_*` are the ways in which webhooks are signed.
    """

    daily_quota: int = 5000
    template_quota: int = 0
    is_night: bool = False
    is_wallet_empty: bool = False
    share_with_zalo: float = 1.0
    access_lives_s: int = 90_000
    refresh_lives_s: int = 7_776_000
    answer_free_s: int = 172_800
    answer_until_s: int = 604_800
    oauth_down: bool = False
    lose_rotation: bool = False
    sign_key: str = "oa"
    sign_id: str = "app_id"
    sign_prefix: bool = True

    def changed(self, wishes: Mapping[str, object]) -> "ZaloSettings":
        """Return these settings with the named fields changed.

        Raises BadZaloSettingsError with every fault at once.
        """
        known = {field.name for field in fields(self)}
        faults = {name: "unknown field" for name in wishes if name not in known}
        for name in known & wishes.keys():
            fault = _fault(name, wishes[name], usual=getattr(ZaloSettings(), name))
            if fault:
                faults[name] = fault
        if faults:
            words = (f"{name}: {why}" for name, why in sorted(faults.items()))
            raise BadZaloSettingsError("; ".join(words))
        values: dict[str, Any] = dict(wishes)
        return replace(self, **values)

    def as_json(self) -> dict[str, object]:
        """Return the fields as a JSON object."""
        return asdict(self)


def _fault(name: str, wish: object, *, usual: object) -> str:
    """Return what is wrong with a wish, or an empty string."""
    if name in CHOICES:
        return "" if wish in CHOICES[name] else f"must be one of {CHOICES[name]}"
    if isinstance(usual, bool):
        return "" if isinstance(wish, bool) else "must be true or false"
    if isinstance(wish, bool) or not isinstance(wish, int | float) or wish < 0:
        return "must be a number, 0 or more"
    if isinstance(usual, float):
        return "" if wish <= 1 else "must be from 0 to 1"
    return "" if isinstance(wish, int) else "must be a whole number"
