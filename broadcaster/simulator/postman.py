"""Post signed forms to the client's web, as Twilio posts its callbacks."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

ANSWER_WITHIN_S = 15
RETRY_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Sign a form as Twilio does: base64 of HMAC-SHA1 over URL, then names and values.

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    mac = hmac.new(token.encode(), signed.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the client's web answered; `status` 0 when it gave no answer."""

    status: int
    body: str

    @property
    def is_good(self) -> bool:
        """Tell whether the web took the form."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class Postman:
    """Hold the connections to the client's web."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        connector = aiohttp.TCPConnector(limit=64)
        self._session = aiohttp.ClientSession(
            timeout=timeout,
            connector=connector,
            headers={"User-Agent": "TwilioProxy/1.1"},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """Post one signed form once; never raises for what the web does."""
        headers = {"X-Twilio-Signature": signature(self._token, url, form)}
        return await self.send("POST", url, headers=headers, data=form)

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: bytes | Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request once; never raises for what the web does."""
        if self._session is None:
            raise RuntimeError("the postman has not started")
        try:
            async with self._session.request(
                method,
                # what is signed, or encoded already, is not to be encoded anew
                URL(url, encoded=True),
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                body = await answer.text(errors="replace")
                return Answer(status=answer.status, body=body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return Answer(status=0, body="")
