"""Zalo's tokens: an access token for 25 hours, a refresh token that opens once.

A rotation whose answer is lost may have spent the refresh token. So one process
rotates at a time (TokenStore), the new pair is committed before anybody uses it, and
what is spent for certain is told to a person instead of being tried again.
https://developers.zalo.me/docs/official-account/bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new
"""

import datetime as dt
import time

import requests
import structlog
from urllib3.exceptions import MaxRetryError, NewConnectionError

from broadcaster.gateways.http_outcomes import read_object
from broadcaster.gateways.zalo_options import Account
from broadcaster.ports import Tokens, TokenStore

EARLY = dt.timedelta(hours=5)
"""So long before its end an access token is exchanged: at 20 of 25 hours."""
WAIT_S = 12.0
"""How long to wait for another process that rotates."""
POLL_S = 0.2
AWAY_WAIT_S = 30.0
DOUBT_WAIT_S = 60.0
"""A rotation in doubt holds the lock so long, and then tries the old token."""
TIMEOUT_S = (3.05, 15.0)
REFUSED_WAIT_S = 60.0
"""So long the application is not asked about again once it was refused."""
SPENT = frozenset({-14014})
"""What Zalo calls a refresh token that was used or has ended."""
SHORTEST_LIFE_S = 3_600
"""Where the answer does not say in numbers how long the token lives."""
log = structlog.get_logger()


class NoAccessError(Exception):
    """There is no access token to send with.

    `retry_after` is in seconds; None when only a person can connect the account again.
    """

    def __init__(self, code: str, *, retry_after: float | None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class Keys:
    """The account's access token, exchanged in time and once for all processes."""

    def __init__(self, account: Account, store: TokenStore | None, *, name: str):
        self._account = account
        self._store = store
        self._name = name
        self._refused = ("", float("-inf"))

    def access(self) -> str:
        """Return an access token that opens now. Raises NoAccessError."""
        tokens, now = self._known.read(), dt.datetime.now(dt.UTC)
        if tokens is None or tokens.expires_at <= now:
            return self.renewed(tokens.access if tokens else "")
        if tokens.expires_at - now < EARLY:
            return self._renewed_early(tokens)
        return tokens.access

    def renewed(self, stale: str) -> str:
        """Return an access token other than this one, which does not open any more.

        Waits for another process that exchanges it. Raises NoAccessError.
        """
        if time.monotonic() < self._refused[1]:
            raise NoAccessError(self._refused[0], retry_after=None)
        deadline = time.monotonic() + WAIT_S
        while True:
            tokens = self._known.read()
            if tokens is not None and tokens.access != stale:
                return tokens.access
            if self._known.why_lost() is not None:
                raise NoAccessError("token_lost", retry_after=None)
            held = self._known.begin_rotation()
            if held is not None:
                return self._exchange(held, stale=stale)
            if time.monotonic() > deadline:
                raise NoAccessError("token_in_exchange", retry_after=AWAY_WAIT_S)
            time.sleep(POLL_S)

    def _renewed_early(self, tokens: Tokens) -> str:
        is_refused = time.monotonic() < self._refused[1]
        if is_refused or self._known.why_lost() is not None:
            return tokens.access
        held = self._known.begin_rotation()
        if held is None:
            return tokens.access
        try:
            return self._exchange(held, stale=tokens.access)
        except NoAccessError:
            return tokens.access

    def _exchange(self, held: Tokens, *, stale: str) -> str:
        """Spend the refresh token that we hold the lock of."""
        if held.access and held.access != stale:
            # another process was done just before the lock was ours
            self._known.finish_rotation(held)
            return held.access
        told = self._ask(held)
        tokens = _read_tokens(told)
        if tokens is not None:
            self._known.finish_rotation(tokens)
            log.info("zalo_tokens_exchanged", gateway=self._name)
            return tokens.access
        code = told.get("error")
        if not isinstance(code, int):
            # it may be spent: whoever comes after the lock's end finds out
            raise NoAccessError("token_in_doubt", retry_after=DOUBT_WAIT_S)
        log.error("zalo_tokens_refused", gateway=self._name, code=code)
        if code in SPENT or "refresh" in str(told.get("error_name")).lower():
            self._known.lose(f"refused {code}")
            raise NoAccessError("token_lost", retry_after=None)
        # a wrong secret spends nothing: once it is mended, the same token opens
        self._known.finish_rotation(held)
        self._refused = (f"oauth {code}", time.monotonic() + REFUSED_WAIT_S)
        raise NoAccessError(self._refused[0], retry_after=None)

    def _ask(self, held: Tokens) -> dict[str, object]:
        form = {
            "app_id": self._account.app_id,
            "grant_type": "refresh_token",
            "refresh_token": held.refresh,
        }
        try:
            answer = requests.post(
                f"{self._account.hosts.oauth}/v4/oa/access_token",
                data=form,
                headers={"secret_key": self._account.app_secret},
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as err:
            if not _never_left(err):
                return {}
            self._known.finish_rotation(held)
            raise NoAccessError("token_away", retry_after=AWAY_WAIT_S) from None
        return read_object(answer.content) if answer.ok else {}

    @property
    def _known(self) -> TokenStore:
        if self._store is None:
            raise NoAccessError("token_unkept", retry_after=None)
        return self._store


def _never_left(err: requests.RequestException) -> bool:
    """Tell whether no connection came about: then nothing can have been spent."""
    if isinstance(err, requests.ConnectTimeout):
        return True
    cause = err.args[0] if err.args else None
    return isinstance(cause, MaxRetryError) and isinstance(
        cause.reason, NewConnectionError
    )


def _read_tokens(told: dict[str, object]) -> Tokens | None:
    access, refresh = told.get("access_token"), told.get("refresh_token")
    if not (isinstance(access, str) and isinstance(refresh, str)):
        return None
    if not access or not refresh:
        return None
    life = str(told.get("expires_in"))
    seconds = int(life) if life.isascii() and life.isdigit() else SHORTEST_LIFE_S
    expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    return Tokens(access=access, refresh=refresh, expires_at=expires_at)
