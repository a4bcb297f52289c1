"""The product's processes as benchmarks run them, and what each costs the machine."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.telco import ROOT, until

TICKS = os.sysconf("SC_CLK_TCK")
STOP_S = 30
READY_S = 60.0


@dataclass(slots=True, kw_only=True)
class Processes:
    """Named processes with one environment; what they print goes to `folder`."""

    folder: Path
    environ: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environ: Mapping[str, str] | None = None,
        listens: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start a process; one of that name must not run. See `tell` for `listens`."""
        with self.log_of(name).open("ab") as log:
            process = subprocess.Popen(
                list(command),
                cwd=ROOT,
                env=os.environ | dict(self.environ) | dict(environ or {}),
                stdin=subprocess.PIPE if listens else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.running[name] = process
        return process

    def start_worker(self, name: str = "worker") -> subprocess.Popen[bytes]:
        """Start a worker."""
        return self.start(name, [sys.executable, "-m", "workers.worker"])

    def start_clock(self) -> subprocess.Popen[bytes]:
        """Start the clock."""
        return self.start("clock", [sys.executable, "-m", "workers.clock"])

    def start_web(self, url: str) -> None:
        """Start the web as the Procfile does, but on this address; wait for it."""
        self.start("web", web_command(url.removeprefix("http://")))
        until(lambda: _is_up(f"{url}/healthz"), within_s=READY_S)

    def tell(self, name: str, words: str) -> None:
        """Write to a process that listens."""
        pipe = self.running[name].stdin
        assert pipe is not None
        pipe.write(words.encode())
        pipe.close()

    def wait_for(self, name: str, event: str) -> None:
        """Wait until a process has printed an event, or fail with what it printed."""
        until(lambda: self.has_said(name, event), within_s=READY_S)

    def log_of(self, name: str) -> Path:
        """Return where a process prints."""
        return self.folder / f"{name}.log"

    def stop(self, *names: str) -> None:
        """Ask processes to end, all by default, and wait; then end them."""
        chosen = {name: self.running.pop(name) for name in names or list(self.running)}
        for process in chosen.values():
            process.send_signal(signal.SIGTERM)
        for process in chosen.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def has_said(self, name: str, event: str) -> bool:
        """Tell whether a process has printed an event. It must not have ended."""
        said = self.log_of(name).read_text("utf-8")
        if self.running[name].poll() is not None:
            raise AssertionError(f"{name} ended: {said[-2000:]}")
        return event in said


@contextmanager
def processes(folder: Path, environ: Mapping[str, str]) -> Iterator[Processes]:
    """Give processes that end with the block."""
    group = Processes(folder=folder, environ=environ)
    try:
        yield group
    finally:
        group.stop()


def web_command(address: str) -> list[str]:
    """Return the Procfile's way to start the web, bound to `address`."""
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    line = next(line for line in lines if line.startswith("web:"))
    words = shlex.split(line.removeprefix("web:").replace("${PORT:-8000}", "PORT"))
    bound = [re.sub(r"^0\.0\.0\.0:PORT$", address, word) for word in words[1:]]
    assert address in bound, f"the Procfile binds the web elsewhere: {line}"
    return [sys.executable, "-m", "gunicorn", *bound]


def cpu_seconds(pid: int) -> float:
    """Return what a process and all its descendants have spent so far."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    spent = stat.rpartition(")")[2].split()[11:15]
    own = sum(map(int, spent)) / TICKS
    return own + sum(cpu_seconds(int(child)) for child in children)


def peak_mb(pid: int) -> float:
    """Return the most memory that a process has held at once (VmHWM), in MB."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def spent_over(pids: Mapping[str, Sequence[int]]) -> Callable[[], dict[str, float]]:
    """Begin to count CPU seconds by kind; call what comes back to read them."""
    before = _spent(pids)
    return lambda: {kind: now - before[kind] for kind, now in _spent(pids).items()}


def _spent(pids: Mapping[str, Sequence[int]]) -> dict[str, float]:
    return {kind: sum(map(cpu_seconds, several)) for kind, several in pids.items()}


def _is_up(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False
