"""The whole product as its own processes: web, worker, clock and a simulated telco."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import requests

from broadcaster.store.session import Database, create_engine_for
from tests.builders.accounts import PASSWORD
from tests.telco import ROOT, Telco, until

SECRET_KEY = "not a secret, but long enough for a test"
READY_WITHIN_S = 60.0


class Product:
    """Processes over one database and one Redis; ended by `stop`, whatever happened."""

    def __init__(self, folder: Path, *, database_url: str, redis_url: str) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = Database(create_engine_for(database_url))
        self.telco = self._start_telco()
        self._environ = self._settings(database_url, redis_url)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @classmethod
    def start(cls, folder: Path, *, database_url: str, redis_url: str) -> Self:
        """Start everything; the web answers when this returns."""
        product = cls(folder, database_url=database_url, redis_url=redis_url)
        try:
            for name in ("web", "worker", "clock"):
                product.start_process(name)
            until(product.is_up, within_s=READY_WITHIN_S)
        except BaseException:
            product.stop()
            raise
        return product

    def is_up(self) -> bool:
        """Tell whether the web answers."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def start_process(self, name: str) -> None:
        """Start web, worker or clock, again if need be; a worker-2 is one more."""
        gunicorn = [
            "gunicorn",
            "--no-control-socket",
            "--graceful-timeout=5",
            "--threads=8",
            f"--bind=127.0.0.1:{self.port}",
        ]
        modules = {
            "web": [*gunicorn, "broadcaster.web.wsgi:app"],
            "worker": ["workers.worker"],
            "clock": ["workers.clock"],
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", *modules[name.partition("-")[0]]],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self, name: str) -> None:
        """End a process as a power cut would (SIGKILL)."""
        self._processes[name].kill()
        self._processes[name].wait()

    def stop(self) -> None:
        """End everything, and close the database."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.telco.stop()
        self.database.engine.dispose()

    def log(self, name: str) -> str:
        """Return what a process has said."""
        return (self.folder / f"{name}.log").read_text("utf-8")

    def browser_of(self, username: str) -> "Visitor":
        """Return a visitor who has signed in with name and password."""
        visitor = Visitor(self.url)
        visitor.post("/sign-in", {"username": username, "password": PASSWORD})
        return visitor

    def _start_telco(self) -> Telco:
        """Start the network, where residents write to Twilio's number."""
        inbound_url = f"{self.url}/callbacks/twilio/inbound"
        return Telco.start(self.folder, inbound_url=inbound_url)

    def _settings(self, database_url: str, redis_url: str) -> dict[str, str]:
        return {
            **os.environ,
            "LOA_DATABASE_URL": database_url,
            "LOA_REDIS_URL": redis_url,
            "LOA_SECRET_KEY": SECRET_KEY,
            "LOA_PUBLIC_URL": self.url,
            "LOA_GATEWAY": "twilio",
            "LOA_GATEWAY_BASE_URL": self.telco.base_url,
            "LOA_GATEWAY_ACCOUNT_SID": self.telco.account_sid,
            "LOA_GATEWAY_AUTH_TOKEN": self.telco.auth_token,
            "LOA_GATEWAY_RECEIPT_KIND": "handset",
        }


class Visitor:
    """A person at the web without JavaScript: reads pages, sends their forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def get(self, path: str) -> str:
        """Open a page and return it; it must be there."""
        answer = self._session.get(self.url + path, timeout=30)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def download(self, path: str) -> bytes:
        """Fetch a file."""
        answer = self._session.get(self.url + path, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.content

    def post(
        self,
        path: str,
        form: Mapping[str, object],
        *,
        page: str | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> requests.Response:
        """Send a form with its token from `page` (the same path by default)."""
        token = hidden(self.get(page or path), "csrf_token")
        return self.send(path, {"csrf_token": token, **form}, files=files)

    def send(
        self,
        path: str,
        form: Mapping[str, object],
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> requests.Response:
        """Send a form as it stands; its token must be in it."""
        return self._session.post(self.url + path, data=form, files=files, timeout=60)


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has no hidden {name}"
    return found[1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
