"""Zalo's tokens: an access token for a day, a refresh token that opens once."""

import secrets
import time
from collections.abc import Mapping

from broadcaster.simulator.book import Book
from broadcaster.simulator.zalo_settings import ZaloSettings

SETTING = "zalo_keys"
REFRESH_TOKEN_BAD = -14014


class ZaloKeys:
    """Hand out pairs of tokens; what is spent stays spent over a restart."""

    def __init__(self, book: Book, *, first_refresh: str) -> None:
        self._book = book
        self._first = first_refresh
        self._access: dict[str, float] = {}
        self._refresh: dict[str, float] = {}
        self._spent: list[str] = []
        self.rotations = 0

    def resume(self, kept: Mapping[str, object]) -> None:
        """Go on from what was kept; a first token that nobody spent opens."""
        self._access = _ends(kept.get("access"))
        self._refresh = _ends(kept.get("refresh"))
        spent = kept.get("spent")
        self._spent = list(map(str, spent)) if isinstance(spent, list) else []
        self.rotations = len(self._spent)
        if self._first and self._first not in self._spent:
            self._refresh.setdefault(
                self._first, time.time() + ZaloSettings().refresh_lives_s
            )

    def opens(self, access: str) -> bool:
        """Tell whether an access token is good now."""
        return self._access.get(access, 0.0) > time.time()

    def rotate(self, refresh: str, settings: ZaloSettings) -> dict[str, object] | None:
        """Spend a refresh token and return the new pair; None when it opens nothing."""
        now = time.time()
        if self._refresh.pop(refresh, 0.0) <= now:
            return None
        self._spent.append(refresh)
        self.rotations += 1
        access = secrets.token_urlsafe(48)
        self._access[access] = now + settings.access_lives_s
        return {
            "access_token": access,
            "refresh_token": self._issue(settings),
            "expires_in": str(settings.access_lives_s),
        }

    def connect(self, settings: ZaloSettings) -> str:
        """Return a fresh refresh token, as a person gets who connects the account."""
        return self._issue(settings)

    def end_access(self) -> None:
        """End every access token at once; refresh tokens stay as they are."""
        self._access.clear()
        self._keep()

    def _issue(self, settings: ZaloSettings) -> str:
        refresh = secrets.token_urlsafe(96)
        self._refresh[refresh] = time.time() + settings.refresh_lives_s
        self._keep()
        return refresh

    def _keep(self) -> None:
        facts = {
            "access": self._access,
            "refresh": self._refresh,
            "spent": self._spent,
        }
        self._book.keep_setting(SETTING, facts)


def refusal_json() -> dict[str, object]:
    """Return what OAuth answers to a refresh token that opens nothing."""
    return {
        "error": REFRESH_TOKEN_BAD,
        "error_name": "Invalid refresh token.",
        "error_reason": "Refresh token is expired or was used.",
        "error_description": "Invalid refresh token.",
    }


def _ends(kept: object) -> dict[str, float]:
    if not isinstance(kept, dict):
        return {}
    return {str(token): float(end) for token, end in kept.items()}
