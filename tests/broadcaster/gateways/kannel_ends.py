"""Make the Kannel adapter of a test, a front for its Kannel, and our own door."""

import http.client
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from broadcaster.gateways.kannel import KannelGateway, build
from broadcaster.ports import (
    Callback,
    GatewaySettings,
    Receipt,
    ReceiptStatus,
    Submission,
)
from tests.kannel import PASSWORD, SECRET, USERNAME
from tests.telco import until

PUBLIC_URL = "http://loa.example"
KEY = "a-key-of-ours-for-addresses"
NONE: Mapping[str, str] = {}


def a_gateway(
    base_url: str,
    *,
    name: str = "kannel",
    public_url: str = PUBLIC_URL,
    key: str = KEY,
    **options: str,
) -> KannelGateway:
    given = {
        "base_url": base_url,
        "username": USERNAME,
        "password": PASSWORD,
        "inbound_secret": SECRET,
        "receipt_kind": "handset",
    }
    return build(
        GatewaySettings(
            name=name,
            public_url=public_url,
            demo=False,
            options=given | options,
            callback_key=key,
        )
    )


def as_callback(
    url: str, *, headers: dict[str, str] | None = None, body: bytes = b""
) -> Callback:
    """Return a request for this address as our door reads it."""
    parts = urlsplit(url)
    head, _, end = parts.path.rpartition("/")
    return Callback(
        url=url,
        headers=headers or {},
        form={},
        body=body,
        reference=end if head.endswith("/status") else None,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        method="POST" if body else "GET",
    )


@dataclass(slots=True)
class Door:
    """What Kannel brought to us, and was answered with 200, or with `status`."""

    url: str = ""
    status: int = 200
    came: list[Callback] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """The addresses that were asked while it answered with something else."""

    def reports(self) -> list[Callback]:
        return [callback for callback in self.came if callback.reference is not None]

    def texts(self) -> list[Callback]:
        return [callback for callback in self.came if callback.reference is None]


def read_reports(
    gateway: KannelGateway, door: Door, *, of: Sequence[Submission], count: int
) -> list[Receipt]:
    """Wait for so many reports of these texts, each proved, and read them."""
    references = {str(text.reference) for text in of}

    def read() -> list[Receipt]:
        callbacks = door.reports()
        assert all(gateway.verify(callback) for callback in callbacks)
        receipts = [gateway.read_receipt(callback) for callback in callbacks]
        return [receipt for receipt in receipts if receipt.reference in references]

    until(lambda: len(read()) >= count)
    return read()


def steps(receipts: list[Receipt]) -> set[tuple[str | None, ReceiptStatus | None]]:
    return {(receipt.reference, receipt.status) for receipt in receipts}


@dataclass(slots=True)
class Front:
    """What stands before Kannel: hands on, or says something by itself.

    `loses` hands on, and keeps the answer to itself.
    """

    kannel: str
    url: str = ""
    says: tuple[int, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    loses: bool = False
    delay_s: float = 0.0
    asked: list[dict[str, str]] = field(default_factory=list)

    def clear(self) -> None:
        self.says, self.headers, self.loses, self.delay_s = None, {}, False, 0.0

    def ask(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        self.asked.append(headers)
        if self.says is not None:
            return self.says
        parts = urlsplit(self.kannel)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        with closing(line):
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()


@contextmanager
def a_front(kannel: str) -> Iterator[Front]:
    """Stand before a Kannel until the block ends."""
    front = Front(kannel)

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = front.ask(self.path, dict(self.headers.items()), body)
            time.sleep(front.delay_s)
            if front.loses:
                self.close_connection = True
            else:
                self.answer(*answer, headers=front.headers)

    with serving(Handler) as front.url:
        yield front


@contextmanager
def a_door() -> Iterator[Door]:
    """Take what Kannel brings until the block ends."""
    door = Door()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = dict(self.headers.items())
            if door.status == HTTPStatus.OK:
                door.came.append(
                    as_callback(door.url + self.path, headers=headers, body=body)
                )
            else:
                door.refused.append(self.path)
            self.answer(door.status, "")

        def do_POST(self) -> None:
            self.do_GET()

    with serving(Handler) as door.url:
        yield door


class QuietHandler(BaseHTTPRequestHandler):
    """Keeps connections, and logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(
        self, status: int, body: str, *, headers: Mapping[str, str] = NONE
    ) -> None:
        raw = body.encode()
        self.send_response(status)
        for name, word in headers.items():
            self.send_header(name, word)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_words: object) -> None:
        return


class Server(ThreadingHTTPServer):
    """Lets a hundred reports come at once; who does not get in is late by seconds."""

    request_queue_size = 256


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a free port of the loopback address until the block ends."""
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
