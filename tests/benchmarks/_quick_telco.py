"""Start the measuring telco as its own process and ask it what phones got."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.telco import ACCOUNT, ROOT, TOKEN, until


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickTelco:
    """A running telco for measuring: see _telco.py."""

    port: int
    pid: int
    account_sid: str = ACCOUNT
    auth_token: str = TOKEN

    @property
    def base_url(self) -> str:
        """Return where texts are handed in."""
        return f"http://127.0.0.1:{self.port}"

    def settle(self, *, latency_ms: float, receipts: bool) -> None:
        """Let answers take so long, and receipts come or not."""
        asked = f"latency_ms={latency_ms}&receipts={int(receipts)}"
        self._ask("POST", f"/settings?{asked}")

    def reset(self) -> None:
        """Forget all texts."""
        self._ask("POST", "/reset")

    def stats(self) -> dict[str, Any]:
        """Return received, phones, doubled, first_at, last_at and the receipts."""
        return dict(self._ask("GET", "/stats"))

    def received(self) -> int:
        """Return how many texts came."""
        return int(self.stats()["received"])

    def counts(self) -> dict[str, int]:
        """Return how many texts each phone got."""
        return dict(self._ask("GET", "/counts"))

    def arrivals(self, to: str) -> list[dict[str, Any]]:
        """Return what one phone got, oldest first: at (Unix), body, reference."""
        return list(self._ask("GET", f"/arrivals?to={quote(to)}"))

    def moment(self, number: int) -> float:
        """Return when the so-many-th text came, counted from 1, in Unix seconds."""
        return float(self._ask("GET", f"/moment?n={number}"))

    def _ask(self, method: str, path: str) -> Any:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, path)
            answer = line.getresponse()
            words = answer.read()
            assert answer.status == 200, f"{method} {path}: {answer.status}"
            return json.loads(words)
        finally:
            line.close()


@contextmanager
def quick_telco(folder: Path) -> Iterator[QuickTelco]:
    """Run a telco without latency or receipts until the block ends."""
    port_file = folder / "telco.port"
    command = [sys.executable, "-m", "tests.benchmarks._telco"]
    command += ["--port-file", str(port_file)]
    command += ["--account-sid", ACCOUNT, "--auth-token", TOKEN]
    with (folder / "telco.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        until(port_file.exists, within_s=30)
        yield QuickTelco(port=int(port_file.read_text()), pid=process.pid)
    finally:
        process.terminate()
        process.wait(15)
