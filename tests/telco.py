"""Start the simulated network as its own process and ask it what handsets received."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "a-token-of-the-simulated-network"
ZALO_APP_ID = "1" * 19
ZALO_OA_ID = "2" * 19
ZALO_SECRET = "the-secret-of-the-application"
ZALO_OA_SECRET = "the-secret-of-the-webhooks"
ZALO_REFRESH = "the-first-refresh-token"
ESMS_API_KEY = "an-api-key-of-the-simulated-esms"
ESMS_SECRET_KEY = "a-secret-key-of-the-simulated-esms"
ESMS_INBOUND_KEY = "a-private-key-of-the-simulated-esms"
QUICK = {"delay_ms": 20, "jitter_ms": 10}
START_WITHIN_S = 30.0

T = TypeVar("T")


def until(wanted: Callable[[], T], *, within_s: float = 15.0) -> T:
    """Ask again and again until the answer is true, and return it."""
    deadline = time.monotonic() + within_s
    while not (found := wanted()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {found!r} after {within_s} s")
        time.sleep(0.02)
    return found


class Telco:
    """One simulated network in its own process, with a folder for its state."""

    def __init__(
        self,
        folder: Path,
        *,
        inbound_url: str,
        handsets: Path | None,
        zalo_webhook_url: str = "",
    ):
        self.folder = folder
        self.account_sid, self.auth_token = ACCOUNT, TOKEN
        self.port = 0
        self._inbound_url = inbound_url
        self._zalo_webhook_url = zalo_webhook_url
        self.esms_inbound_url = ""
        """Where residents' texts go by eSMS, from the next restart on."""
        self._handsets = handsets
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(
        cls,
        tmp_path: Path,
        *,
        inbound_url: str = "",
        zalo_webhook_url: str = "",
        handsets: Path | None = None,
        weather: dict[str, object] | None = None,
    ) -> Self:
        """Start a network; it answers when this returns. Good, quick weather."""
        telco = cls(
            tmp_path / "telco",
            inbound_url=inbound_url,
            handsets=handsets,
            zalo_webhook_url=zalo_webhook_url,
        )
        telco.folder.mkdir(parents=True, exist_ok=True)
        telco.restart()
        telco.weather(**(QUICK | (weather or {})))
        return telco

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def zalo_url(self) -> str:
        """Where all three of Zalo's interfaces are served."""
        return f"{self.base_url}/zalo"

    def weather(self, **changes: object) -> dict[str, Any]:
        """Change the named fields of the weather (see simulator/weather.py)."""
        return dict(self.ask("PUT", "/sim/weather", changes))

    def clear_weather(self) -> None:
        """Return to good, quick weather."""
        self.ask("POST", "/sim/weather/clear")
        self.weather(**QUICK)

    def received(self, to: str = "") -> list[dict[str, Any]]:
        """List what handsets received, oldest first: the only true list."""
        return list(self.ask("GET", f"/sim/received?to={quote(to)}"))

    def bodies(self, to: str) -> list[str]:
        """List the texts that one handset received, oldest first."""
        return [text["body"] for text in self.received(to)]

    def stats(self) -> dict[str, Any]:
        """Return the network's totals."""
        return dict(self.ask("GET", "/sim/stats"))

    def text_as(self, e164: str, body: str) -> str:
        """Write to the service number as a resident, and return the text's sid."""
        answer = self.ask("POST", f"/sim/handsets/{e164}/text", {"body": body})
        return str(answer["sid"])

    def inbound(self, e164: str) -> list[dict[str, Any]]:
        """List what a resident wrote, newest first: sid, body, state."""
        return list(self.ask("GET", f"/sim/inbound?from={quote(e164)}"))

    def set_handset(self, e164: str, state: str) -> None:
        """Switch a handset: ok, off, dead, landline or blocked."""
        self.ask("PUT", f"/sim/handsets/{e164}", {"state": state})

    @property
    def esms_url(self) -> str:
        """What eSMS's paths begin with."""
        return f"{self.base_url}/esms"

    def esms(self, **changes: object) -> dict[str, Any]:
        """Change the named settings of eSMS (see simulator/esms_settings.py).

        `down_for_s` lets it be away for so many seconds.
        """
        return dict(self.ask("PUT", "/sim/esms", changes))

    def clear_esms(self) -> None:
        """Return eSMS to good days."""
        self.ask("POST", "/sim/esms/clear")

    def zalo(self, **changes: object) -> dict[str, Any]:
        """Change the named settings of Zalo (see simulator/zalo_settings.py)."""
        return dict(self.ask("PUT", "/sim/zalo", changes))

    def clear_zalo(self) -> None:
        """Return to Zalo's usual settings."""
        self.ask("POST", "/sim/zalo/clear")

    def connect_zalo(self) -> str:
        """Connect the account anew, as a person does; return a refresh token."""
        return str(self.ask("POST", "/sim/zalo/connect")["refresh_token"])

    def zalo_person(self, e164: str, **switches: bool) -> dict[str, Any]:
        """Say whether a phone uses Zalo (`has_zalo`) or refuses us (`refuses`)."""
        return dict(self.ask("PUT", f"/sim/zalo/people/{e164}", switches))

    def zalo_does(self, e164: str, what: str, **facts: object) -> dict[str, Any]:
        """Let somebody follow, unfollow, share (name=) or text (body=) by Zalo."""
        return dict(self.ask("POST", f"/sim/zalo/people/{e164}/{what}", facts))

    def reset(self) -> None:
        """Forget all texts and switches."""
        self.ask("POST", "/sim/reset")

    def kill(self) -> None:
        """End the process as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to end, and wait for it."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Start the process on its folder and, after the first time, its port."""
        self._end(signal.SIGTERM)
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "broadcaster.simulator"]
        command += ["--port", str(self.port), "--port-file", str(port_file)]
        command += ["--state", str(self.folder / "state")]
        command += ["--account-sid", self.account_sid, "--auth-token", self.auth_token]
        command += ["--inbound-url", self._inbound_url]
        command += ["--zalo-app-id", ZALO_APP_ID, "--zalo-oa-id", ZALO_OA_ID]
        command += ["--zalo-secret", ZALO_SECRET, "--zalo-oa-secret", ZALO_OA_SECRET]
        command += ["--esms-api-key", ESMS_API_KEY]
        command += ["--esms-secret-key", ESMS_SECRET_KEY]
        command += ["--esms-inbound-key", ESMS_INBOUND_KEY]
        command += ["--esms-inbound-url", self.esms_inbound_url]
        command += ["--zalo-refresh-token", ZALO_REFRESH]
        command += ["--zalo-webhook-url", self._zalo_webhook_url]
        if self._handsets is not None:
            command += ["--handsets", str(self._handsets)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        until(lambda: self._is_up(port_file), within_s=START_WITHIN_S)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Call the control interface. Raises AssertionError when it refuses."""
        status, answer = self.call(method, path, body)
        assert status < 400, f"{method} {path}: {status} {answer}"
        return json.loads(answer)

    def call(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Call the process and return the status and the body of its answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            payload = None if body is None else json.dumps(body)
            line.request(method, path, payload, {"Content-Type": "application/json"})
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def _is_up(self, port_file: Path) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text())
        if not port_file.exists():
            return False
        self.port = int(port_file.read_text())
        with socket.socket() as line:
            line.settimeout(1.0)
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=15)
        self._process = None
