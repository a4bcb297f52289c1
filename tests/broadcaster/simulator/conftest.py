"""A simulated network per test, its client's web, and Twilio's own SDK to call it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.telco import Telco

TWILIO = "https://api.twilio.com"


class Redirected:
    """Twilio's HTTP client with its calls led to the simulated network."""

    def __init__(self, telco: Telco) -> None:
        self._telco = telco
        self._client = TwilioHttpClient()

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        led = url.replace(TWILIO, self._telco.base_url)
        return self._client.request(method, led, *args, **kwargs)


@dataclass(frozen=True)
class Call:
    """One form that the network posted."""

    url: str
    form: dict[str, str]
    signature: str


@dataclass
class Web:
    """The client's web: keeps what was posted, answers as told."""

    calls: list[Call] = field(default_factory=list)
    status: int = 204
    body: str = ""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/callback?ref=abc"

    def statuses(self, sid: str) -> list[str]:
        """Return the statuses posted for one text, in the order they came."""
        forms = [call.form for call in self.calls]
        return [f["MessageStatus"] for f in forms if f.get("MessageSid") == sid]


@pytest.fixture(scope="session")
def web_server() -> Iterator[Web]:
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            form = dict(parse_qsl(raw.decode(), keep_blank_values=True))
            url = f"http://127.0.0.1:{web.port}{self.path}"
            signature = self.headers["X-Twilio-Signature"]
            web.calls.append(Call(url=url, form=form, signature=signature))
            answer = web.body.encode()
            self.send_response(web.status)
            if web.status != 204:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_words: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield web
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def telco_process(
    tmp_path_factory: pytest.TempPathFactory, web_server: Web
) -> Iterator[Telco]:
    telco = Telco.start(
        tmp_path_factory.mktemp("network"),
        inbound_url=f"http://127.0.0.1:{web_server.port}/inbound/sms",
    )
    yield telco
    telco.stop()


@pytest.fixture
def web(web_server: Web) -> Web:
    web_server.calls.clear()
    web_server.status, web_server.body = 204, ""
    return web_server


@pytest.fixture
def telco(telco_process: Telco, web: Web) -> Telco:
    """A network with no texts, all handsets as their file says, and good weather."""
    telco_process.clear_weather()
    telco_process.reset()
    web.calls.clear()
    return telco_process


@pytest.fixture
def client(telco: Telco) -> Client:
    return Client(telco.account_sid, telco.auth_token, http_client=Redirected(telco))
