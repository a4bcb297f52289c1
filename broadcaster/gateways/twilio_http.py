"""The SDK's way onto the wire: our base URL, no retries, nothing logged."""

import datetime as dt
import logging
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
)

TIMEOUT_S = (3.05, 5.0)
"""To connect, and between two bytes of an answer: a lease must outlast a window."""
TOO_MANY = 429
WAIT_S = 5.0
"""Where a 429 does not say how long to wait."""
LONGEST_WAIT_S = 3_600.0
_log = logging.getLogger("twilio.http_client")
CONNECTING = (ConnectTimeoutError, NewConnectionError, ProxyError)


class WireError(Exception):
    """The package got no answer that it could read a refusal from."""


class NotSentError(WireError):
    """No connection came about: the text certainly did not leave."""


class AnswerLostError(WireError):
    """The request may have arrived, and no answer that can be read came back."""


class ThrottledError(WireError):
    """The telco processed nothing and asks to wait `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


class Wire(HttpClient):  # type: ignore[misc]  # the package is not typed
    """One window's connections: closed with it, so that none is found dead later.

    A connection that the other side closed while idle fails after the request has
    left: an answer lost, and a text in doubt for nothing.
    """

    def __init__(self, base_url: str | None, *, connections: int) -> None:
        super().__init__(_log, is_async=False)
        self._base = urlsplit(base_url.rstrip("/")) if base_url else None
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=connections, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def request(self, method: str, url: str, **asked: Any) -> Response:
        """Ask once. Raises NotSentError, AnswerLostError or ThrottledError."""
        asked["timeout"] = asked.get("timeout") or TIMEOUT_S
        try:
            answer = self._session.request(method, self._at_base(url), **asked)
        except requests.RequestException as err:
            lost = NotSentError if _never_left(err) else AnswerLostError
            # the cause is left out: its text holds the address asked, with the number
            raise lost(type(err).__name__) from None
        if answer.status_code == TOO_MANY:
            raise ThrottledError(_wait(answer.headers.get("Retry-After")))
        answer.encoding = (
            answer.encoding or "utf-8"
        )  # guessing it costs more CPU than all
        return Response(answer.status_code, answer.text, answer.headers)

    def _at_base(self, url: str) -> str:
        if self._base is None:
            return url
        asked = urlsplit(url)
        return asked._replace(
            scheme=self._base.scheme,
            netloc=self._base.netloc,
            path=self._base.path + asked.path,
        ).geturl()


def _never_left(err: requests.RequestException) -> bool:
    """Tell whether it failed before a connection stood."""
    if isinstance(err, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause: object = err.args[0] if err.args else None
    if isinstance(cause, HTTPError):
        cause = getattr(cause, "reason", cause)
    return isinstance(cause, CONNECTING)


def _wait(header: str | None) -> float:
    """Read Retry-After: seconds, or a date of HTTP."""
    if not header:
        return WAIT_S
    try:
        seconds = float(header)
    except ValueError:
        seconds = _seconds_until(header)
    return min(max(seconds, 1.0), LONGEST_WAIT_S)


def _seconds_until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return WAIT_S
    if moment.tzinfo is None:
        return WAIT_S
    return (moment - dt.datetime.now(dt.UTC)).total_seconds()
