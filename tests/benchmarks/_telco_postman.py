"""Carry the measuring telco's receipts: signed, over kept connections, until taken."""

import asyncio
from base64 import b64encode
from collections import deque
from hmac import digest
from http import HTTPStatus
from typing import cast
from urllib.parse import quote

import httptools

from tests.benchmarks._telco_book import VERSION, Text

CARRIERS = 24
AGAIN_AFTER_S = 0.5


class Postman:
    """Post one "delivered" for each text; what is not taken is posted again.

    All receipts go to the address that the first one names.
    """

    def __init__(self, account: str, token: str) -> None:
        self._account, self._key = account, token.encode()
        self._letters: deque[bytes] = deque()
        self._free: list[_Carrier] = []
        self._address: tuple[str, int] | None = None
        self.owed = self.taken = self.repeated = self.refused = 0

    def owe(self, text: Text) -> None:
        """Report a text as delivered, as soon as a carrier is free."""
        _, _, host, path = text.callback.split("/", 3)
        if self._address is None:
            name, _, port = host.partition(":")
            self._address = name, int(port or 80)
            for _ in range(CARRIERS):
                self._send_out()
        self.owed += 1
        self._letters.append(self._written(text, host=host, path=path))
        self._hand_out()

    def forget(self) -> None:
        """Drop what is still owed and count from nothing."""
        self._letters.clear()
        self.owed = self.taken = self.repeated = self.refused = 0

    def stats(self) -> dict[str, int]:
        """Return how the receipts stand."""
        return {
            "owed": self.owed,
            "taken": self.taken,
            "repeated": self.repeated,
            "refused": self.refused,
        }

    def free(self, carrier: "_Carrier") -> None:
        """Give a carrier its next letter, or let it wait for one."""
        self._free.append(carrier)
        self._hand_out()

    def answered(self, letter: bytes, status: int) -> None:
        """Note what the client's web answered; 0 is no answer."""
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            self.taken += 1
        elif status == 0 or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.repeated += 1
            loop = asyncio.get_running_loop()
            loop.call_later(AGAIN_AFTER_S, self._bring_back, letter)
        else:
            self.refused += 1

    def gone(self, carrier: "_Carrier") -> None:
        """Send out another carrier for one whose connection is lost."""
        if carrier in self._free:
            self._free.remove(carrier)
        self._send_out()

    def _bring_back(self, letter: bytes) -> None:
        self._letters.append(letter)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._letters and self._free:
            self._free.pop().carry(self._letters.popleft())

    def _send_out(self) -> None:
        going = asyncio.get_running_loop().create_task(self._connect())
        going.add_done_callback(_Carrier.must_have_ended_well)

    async def _connect(self) -> None:
        host, port = self._address or ("", 0)
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.create_connection(lambda: _Carrier(self), host, port)
            except OSError:
                await asyncio.sleep(AGAIN_AFTER_S)
            else:
                return

    def _written(self, text: Text, *, host: str, path: str) -> bytes:
        fields = (
            ("AccountSid", self._account),
            ("ApiVersion", VERSION),
            ("From", text.sender),
            ("MessageSid", text.sid),
            ("MessageStatus", "delivered"),
            ("SmsSid", text.sid),
            ("SmsStatus", "delivered"),
            ("To", text.to),
        )
        signed = text.callback + "".join(name + value for name, value in fields)
        mac = digest(self._key, signed.encode(), "sha1")
        body = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields)
        return (
            f"POST /{path} HTTP/1.1\r\nHost: {host}\r\n"
            "User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"X-Twilio-Signature: {b64encode(mac).decode()}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode("ascii")


class _Carrier(asyncio.Protocol):
    """One connection to the client's web, with one letter at a time."""

    def __init__(self, office: Postman) -> None:
        self._office = office
        self._letter: bytes | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.WriteTransport | None = None

    @staticmethod
    def must_have_ended_well(task: "asyncio.Task[None]") -> None:
        """Let a defect of the postman be seen."""
        if not task.cancelled():
            task.result()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own class is no asyncio.WriteTransport, but does what one does
        self._transport = cast("asyncio.WriteTransport", transport)
        self._office.free(self)

    def carry(self, letter: bytes) -> None:
        """Post a letter."""
        assert self._transport is not None
        self._letter = letter
        self._transport.write(letter)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Go on with the next letter, over this connection if it stays open."""
        assert self._transport is not None
        letter, self._letter = self._letter, None
        if letter is not None:
            self._office.answered(letter, self._parser.get_status_code())
        if self._parser.should_keep_alive():
            self._office.free(self)
        else:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        letter, self._letter = self._letter, None
        if letter is not None:
            self._office.answered(letter, 0)
        self._office.gone(self)
