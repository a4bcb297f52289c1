"""A server that takes texts as VNPT's does, and keeps what each phone received."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from broadcaster.gateways.vnpt import VnptGateway, build
from broadcaster.ports import Callback, GatewaySettings, ReceiptStatus
from tests.broadcaster.gateways.peers import SLOW_S, Answer

NOBODY = "http://telco.invalid"
PATH = "/smsmarketing/api"
ACCOUNT = {
    "labelid": "1001",
    "contractid": "2002",
    "templateid": "3003",
    "agentid": "4004",
    "apiuser": "user-of-a-test",
    "apipass": "password-of-a-test",
    "username": "agent-of-a-test",
}
ERRORS = {
    Answer.NEVER: "23",
    Answer.ELSEWHERE: "25",
    Answer.LATER: "16",
    Answer.UNKNOWN_CODE: "998",
}
PAGES = {Answer.LATER_UNTIMED: 429, Answer.GARBAGE: 200, Answer.HTML_502: 502}


@dataclass(slots=True)
class Vnpt:
    """What it answers next, what it was asked, and what phones received."""

    port: int = 0
    answer: Answer = Answer.ACCEPTED
    error: str | None = None
    """Answers this instead, and takes nothing."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def take(self, request: dict[str, Any]) -> str:
        """Return the error number of a request; 0 takes every number once."""
        with self.lock:
            self.asked.append(request)
            refused = self.error or ERRORS.get(self.answer)
            if refused:
                return refused
            if request["REQID"] in self.seen:
                return "33"
            self.seen.add(request["REQID"])
            [blank] = request["PARAMS"]
            for number in request["MOBILELIST"].split(","):
                self.texts.append((f"+{number}", blank["CONTENT"]))
            return "0"


@contextmanager
def vnpt_server() -> Iterator[Vnpt]:
    """Listen on a free port of the loopback address until the block ends."""
    vnpt = Vnpt()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status = PAGES.get(vnpt.answer)
            if status:
                self._send(status, "<html>proxy</html>")
                return
            error = vnpt.take(json.loads(raw)["RQST"])
            if vnpt.answer is Answer.LOST:
                self.close_connection = True
                return
            if vnpt.answer is Answer.SLOW:
                time.sleep(SLOW_S)
            reply = {"name": "send_sms_list", "ERROR": error, "ERROR_DESC": "…"}
            self._send(200, json.dumps({"RPLY": reply}))

        def _send(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_words: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        vnpt.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield vnpt
        finally:
            server.shutdown()
            thread.join()


def a_gateway(base_url: str, *, name: str = "vnpt", **options: str) -> VnptGateway:
    given = ACCOUNT | {"base_url": base_url} | options
    return build(
        GatewaySettings(
            name=name, public_url="https://loa.example", demo=False, options=given
        )
    )


class VnptPeer:
    """The server in the contract's hands."""

    def __init__(self, vnpt: Vnpt, **options: str) -> None:
        self.vnpt = vnpt
        # as many as the contract loses at a time: the engine gives up after sixteen
        self._gateway = a_gateway(vnpt.url, connections="64", **options)

    def when(self, answer: Answer) -> VnptGateway:
        self.vnpt.answer = answer
        return a_gateway(NOBODY) if answer is Answer.UNREACHABLE else self._gateway

    def named(self, name: str) -> VnptGateway:
        return a_gateway(self.vnpt.url, name=name)

    def received(self, to: str) -> list[str]:
        return [words for number, words in self.vnpt.texts if number == to]

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        """Return what nobody ever saw from VNPT: a report."""
        return Callback(
            url=f"https://loa.example/callbacks/vnpt/status/{reference}",
            headers={},
            form={"REQID": reference, "STATUS": status},
            reference=reference,
        )

    def forge(self, good: Callback) -> list[Callback]:
        bare = Callback(url=good.url, headers={}, form={})
        return [good, bare]
