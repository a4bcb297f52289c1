"""A telco that answers exactly what it is told to, for what no real one would."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


@dataclass(slots=True, kw_only=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Stub:
    """What it answers next, and what it was asked. `status` 0 cuts the line.

    `delay_s` is how long it takes over each answer; `by_path` has bodies for paths,
    where they differ.
    """

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    delay_s: float = 0.0
    by_path: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(
        self,
        status: int,
        body: str = "",
        *,
        headers: dict[str, str] | None = None,
        delay_s: float = 0.0,
    ) -> None:
        self.status, self.body, self.headers = status, body, headers or {}
        self.delay_s = delay_s
        self.requests.clear()


@contextmanager
def stub_server() -> Iterator[Stub]:
    """Listen on a free port of the loopback address until the block ends."""
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            form = dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
            headers = dict(self.headers.items())
            stub.requests.append(
                Request(
                    method=self.command,
                    path=self.path,
                    headers=headers,
                    form=form,
                    body=raw,
                )
            )
            self.close_connection = True
            if stub.status:
                time.sleep(stub.delay_s)
                self._answer()

        def do_GET(self) -> None:
            self.do_POST()

        def _answer(self) -> None:
            path = self.path.partition("?")[0]
            body = stub.by_path.get(path, stub.body).encode()
            self.send_response(stub.status)
            for name, value in stub.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stub.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
