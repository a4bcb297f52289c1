"""What gunicorn and the web write down names no number, whatever a telco asks for."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.telco import ROOT, until

NUMBER = "84912345678"
WORDS = "toi-muon-huy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The web as the Procfile serves it, and what it has said so far."""

    log: Path
    port: int

    def ask(self, request: str) -> int:
        """Send a request as it stands; return the status of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(request.encode())
            answer = line.makefile("rb").readline()
        return int(answer.split()[1])

    def said(self) -> str:
        return self.log.read_text("utf-8")


def options() -> list[str]:
    """Return what the Procfile gives gunicorn, but for the port and the number."""
    line = re.search(r"^web: \S*gunicorn (.+)$", (ROOT / "Procfile").read_text(), re.M)
    assert line is not None
    given = re.sub(r"--(bind|workers) \S+", "", line[1]).split()
    return [*given, "--bind", "127.0.0.1:0", "--workers", "1"]


@pytest.fixture
def served(tmp_path: Path, sqlite_url: str) -> Iterator[Served]:
    log = tmp_path / "web.log"
    environ = {
        **os.environ,
        "LOA_DATABASE_URL": sqlite_url,
        "LOA_REDIS_URL": "redis://127.0.0.1:1/0",
        "LOA_SECRET_KEY": "not a secret, but long enough for a test",
        "LOA_PUBLIC_URL": "http://ward.example",
        "LOA_GATEWAY": "memory",
    }
    with log.open("ab") as written:
        web = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options()],
            cwd=ROOT,
            env=environ,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        ports = until(
            lambda: re.findall(r"Listening at: \S+:(\d+)", log.read_text()),
            within_s=60,
        )
        yield Served(log=log, port=int(ports[0]))
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(30)


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: ward\r\nConnection: close\r\n\r\n"


def test_no_address_of_a_callback_is_written_down(served: Served) -> None:
    query = f"?from={NUMBER}&text={WORDS}"
    asked = [
        get(f"/callbacks/memory/inbound{query}"),
        get(f"/callbacks/nobody/inbound{query}"),
        get(f"/callbacks/memory/elsewhere{query}"),
        get(f"/callbacks/memory/inbound{query} {WORDS}"),
        f"GET /callbacks/memory/inbound{query}\r\n\r\n",
        get(f"/callbacks/memory/inbound{query}").replace("HTTP/1.1", "HTTP/7.7"),
        get(f"/callbacks/memory/inbound{query}").replace("Host", "Ho st"),
    ]
    statuses = [served.ask(request) for request in asked]
    assert statuses == [403, 404, 404, 400, 400, 400, 400]
    until(lambda: served.said().count("Invalid request") == 4)
    assert NUMBER not in served.said()
    assert WORDS not in served.said()
