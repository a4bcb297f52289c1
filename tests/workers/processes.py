"""Start the real worker and clock processes on a test's own servers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.telco import ROOT, Telco

STOP_S = 20


@dataclass(slots=True, kw_only=True)
class Office:
    """The processes of one installation, and what they print."""

    environ: dict[str, str]
    logs: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, module: str) -> subprocess.Popen[bytes]:
        """Start `python -m module`; what it prints goes to `logs`."""
        with self.logs.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env=os.environ | self.environ,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.running.append(process)
        return process

    def log(self) -> str:
        """Return all that was printed so far."""
        return self.logs.read_text()

    def close(self) -> None:
        """Ask what still runs to stop, and wait."""
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait(STOP_S)


def environ_of(
    *, database_url: str, redis_url: str, telco: Telco, public_url: str
) -> dict[str, str]:
    """Return the settings of an installation whose telco is simulated."""
    return {
        "LOA_MODE": "demo",
        "LOA_DATABASE_URL": database_url,
        "LOA_REDIS_URL": redis_url,
        "LOA_SECRET_KEY": "a secret of the tests, long enough for all",
        "LOA_PUBLIC_URL": public_url,
        "LOA_GATEWAY": "twilio",
        "LOA_GATEWAY_BASE_URL": telco.base_url,
        "LOA_GATEWAY_ACCOUNT_SID": telco.account_sid,
        "LOA_GATEWAY_AUTH_TOKEN": telco.auth_token,
        "LOA_GATEWAY_RECEIPT_KIND": "handset",
    }


@contextmanager
def open_office(environ: dict[str, str], *, logs: Path) -> Iterator[Office]:
    """Give an office whose processes end with the block."""
    office = Office(environ=environ, logs=logs)
    try:
        yield office
    finally:
        office.close()
