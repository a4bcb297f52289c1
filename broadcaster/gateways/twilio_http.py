"""The SDK's way onto the wire for questions: our base URL, no retries, no log."""

import logging
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response

TIMEOUT_S = (3.05, 5.0)
"""To connect, and between two bytes of an answer."""
_log = logging.getLogger("twilio.http_client")


class WireError(Exception):
    """No whole answer came."""


class Wire(HttpClient):  # type: ignore[misc]  # the package is not typed
    """Connections that are closed with it."""

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
        """Ask once. Raises WireError."""
        asked["timeout"] = asked.get("timeout") or TIMEOUT_S
        try:
            answer = self._session.request(method, self._at_base(url), **asked)
        except requests.RequestException as err:
            # the cause is left out: its text holds the address asked, with the number
            raise WireError(type(err).__name__) from None
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
