"""The quickest honest telco: one process that speaks Twilio's create and list calls.

Of the others' texts it only counts how many came, see _other_wires.py.

There is a second one besides broadcaster/simulator because that one is durable and has
weather: it writes every text to its disk before it answers and takes some 6,300 a
second on one core, so that it, and not the product, would be what is measured. This
one keeps its list in memory, does nothing that the wire does not ask for, and costs
some 20 microseconds of CPU a text. It still authenticates, reads the whole form,
answers with the whole message and keeps the only true list: what each phone got.

    GET  /stats                      received, phones, doubled, when, and the receipts
    GET  /counts                     how many texts each phone got
    GET  /arrivals?to=+84…           what one phone got: at, body, reference
    GET  /moment?n=5000              when the n-th text came, counted from 1
    POST /settings?latency_ms=50&receipts=1
    POST /reset
"""

import asyncio
import json
import signal
import time
from base64 import b64encode
from collections import deque
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, urlsplit

import click
import httptools
import uvloop

from tests.benchmarks import _other_wires
from tests.benchmarks._telco_book import VERSION, Book
from tests.benchmarks._telco_postman import Postman

WORDS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    401: "Unauthorized",
    404: "Not Found",
}
FLUSH_S = 0.001
"""Answers due within a millisecond of one another leave together."""


class Telco:
    """What all connections share."""

    def __init__(self, account: str, token: str) -> None:
        base = f"/{VERSION}/Accounts/{account}/Messages.json"
        self.create_path = base.encode()
        self.login = b"Basic " + b64encode(f"{account}:{token}".encode())
        self.book = Book(account)
        self.postman = Postman(account, token)
        self.latency_s = 0.0
        self.sends_receipts = False
        self.others = 0
        self._held: deque[tuple[float, Line, bytes]] = deque()
        self._list_path = base

    def create(self, line: "Line", form: bytes) -> None:
        """Take a text, and answer it after the latency."""
        text = self.book.take(form, at=time.time())
        answer = _http(201, self.book.taken(text))
        if self.sends_receipts and text.callback:
            self.postman.owe(text)
        self._answer(line, answer)

    def take_other(
        self, line: "Line", url: bytes, body: bytes, *, numbers: bytes
    ) -> bool:
        """Take texts by another wire; False when no telco answers there."""
        taken = _other_wires.take(url, body, numbers=numbers)
        if taken is None:
            return False
        status, words, texts = taken
        self.others += texts
        self._answer(line, _http(status, words))
        return True

    def ask(self, method: bytes, url: bytes) -> bytes:
        """Answer what is not a text: a lookup, or the measurement itself."""
        split = urlsplit(url.decode("ascii"))
        asked = dict(parse_qsl(split.query))
        found: object
        match (method, split.path):
            case (b"GET", "/stats"):
                counts = self.book.stats()
                counts["received"] += self.others
                found = {**counts, "receipts": self.postman.stats()}
            case (b"GET", "/counts"):
                found = self.book.counts()
            case (b"GET", "/arrivals"):
                found = self.book.arrivals(asked["to"])
            case (b"GET", "/moment"):
                found = self.book.moments[int(asked["n"]) - 1]
            case (b"GET", self._list_path):
                found = self.book.page(asked)
            case (b"POST", "/settings"):
                self.latency_s = float(asked["latency_ms"]) / 1000
                self.sends_receipts = asked["receipts"] == "1"
                found = None
            case (b"POST", "/reset"):
                self.book.forget()
                self.postman.forget()
                self.others = 0
                found = None
            case _:
                return _http(404, b'{"code": 20404, "status": 404}')
        return _http(200, json.dumps(found).encode())

    def _answer(self, line: "Line", answer: bytes) -> None:
        if self.latency_s:
            self._hold(line, answer)
        else:
            line.write(answer)

    def _hold(self, line: "Line", answer: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._held.append((loop.time() + self.latency_s, line, answer))
        if len(self._held) == 1:
            loop.call_later(self.latency_s, self._flush)

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + FLUSH_S
        while self._held and self._held[0][0] <= until:
            _, line, answer = self._held.popleft()
            line.write(answer)
        if self._held:
            loop.call_later(max(0.0, self._held[0][0] - loop.time()), self._flush)


class Line(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, telco: Telco) -> None:
        self._telco = telco
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._login, self._body, self._numbers = b"", b"", b"", b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own class is no asyncio.WriteTransport, but does what one does
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def write(self, answer: bytes) -> None:
        """Answer, unless the client has gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)

    def on_message_begin(self) -> None:
        """Forget the request before."""
        self._url, self._login, self._body, self._numbers = b"", b"", b"", b""

    def on_url(self, url: bytes) -> None:
        """Note what is asked for."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note who asks, and for whom where a header says so."""
        if len(name) == len(b"authorization") and name.lower() == b"authorization":
            self._login = value
        elif name == b"X-Kannel-To":
            self._numbers = value

    def on_body(self, part: bytes) -> None:
        """Note the form."""
        self._body += part

    def on_message_complete(self) -> None:
        """Answer."""
        url, telco = self._url, self._telco
        is_theirs = url.startswith(telco.create_path)
        if is_theirs and self._login != telco.login:
            self.write(_http(401, b'{"code": 20003, "status": 401}'))
        elif url == telco.create_path and self._parser.get_method() == b"POST":
            telco.create(self, self._body)
        elif not telco.take_other(self, url, self._body, numbers=self._numbers):
            self.write(telco.ask(self._parser.get_method(), url))


def _http(status: int, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status} {WORDS[status]}\r\n"
        "Content-Type: application/json;charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


async def _serve(telco: Telco, *, port_file: Path) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(telco), "127.0.0.1", 0, backlog=1024)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    draft = port_file.with_suffix(".new")
    draft.write_text(str(server.sockets[0].getsockname()[1]))
    draft.replace(port_file)
    await ended.wait()
    server.close()


@click.command()
@click.option("--port-file", type=click.Path(path_type=Path), required=True)
@click.option("--latency-ms", type=float, default=0.0, show_default=True)
@click.option("--receipts/--no-receipts", default=False, show_default=True)
@click.option("--account-sid", required=True)
@click.option("--auth-token", required=True)
def main(
    *,
    port_file: Path,
    latency_ms: float,
    receipts: bool,
    account_sid: str,
    auth_token: str,
) -> None:
    """Serve a telco for measuring on a free port of the loopback address."""
    telco = Telco(account_sid, auth_token)
    telco.latency_s, telco.sends_receipts = latency_ms / 1000, receipts
    uvloop.run(_serve(telco, port_file=port_file))


if __name__ == "__main__":
    main()
