"""One machine of an installation: processes that share an environment and a folder."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.telco import ROOT, until

STOP_S = 30
READY_S = 60.0


@dataclass(slots=True, kw_only=True)
class Host:
    """Named processes; what they print goes to `folder`, their code is in `root`."""

    folder: Path
    environ: dict[str, str]
    root: Path = ROOT
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """Start `python -m` with these words, and a name for it."""
        with self.log_of(name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=self.root,
                env=os.environ | self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def start_worker(self, name: str = "worker") -> subprocess.Popen[bytes]:
        """Start a worker."""
        return self.start(name, "workers.worker")

    def start_clock(self, name: str = "clock") -> subprocess.Popen[bytes]:
        """Start a clock."""
        return self.start(name, "workers.clock")

    def start_web(self, port: int) -> subprocess.Popen[bytes]:
        """Start the web, as one process with threads."""
        gunicorn = ["gunicorn", "--no-control-socket", "--graceful-timeout=5"]
        gunicorn += ["--threads=8", f"--bind=127.0.0.1:{port}"]
        return self.start("web", *gunicorn, "broadcaster.web.wsgi:app")

    def kill(self, name: str) -> None:
        """End a process and all its children as a power cut would (SIGKILL)."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def is_alive(self, name: str) -> bool:
        """Tell whether a process that was started runs still."""
        return self.running[name].poll() is None

    def log_of(self, name: str) -> Path:
        """Return where a process prints."""
        return self.folder / f"{name}.log"

    def says(self, name: str, event: str) -> int:
        """Count how often a process has printed these words."""
        return self.log_of(name).read_text("utf-8").count(event)

    def wait_for(self, name: str, event: str, *, times: int = 1) -> None:
        """Wait until a process has printed these words, or fail when it ends."""
        until(lambda: self._said(name, event, times=times), within_s=READY_S)

    def last_words(self) -> str:
        """Return the end of what each process has printed."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log}: {log.read_text('utf-8')[-1500:]}" for log in logs)

    def stop(self) -> None:
        """Ask all that runs to end, wait, and end what does not."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running.clear()

    def _said(self, name: str, event: str, *, times: int) -> bool:
        if not self.is_alive(name):
            raise AssertionError(self.log_of(name).read_text("utf-8")[-2000:])
        return self.says(name, event) >= times
