"""A server's process, which a test may stop, kill and start again."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 60
STOP_SECONDS = 15


class ServerFailedError(RuntimeError):
    """A server did not start; the message ends with what it printed."""


@dataclass(slots=True, kw_only=True)
class Daemon:
    """One server: how it is started, as whom, and how one sees that it answers."""

    command: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    user: str | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it answers. Raises ServerFailedError."""
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=self.user,
                start_new_session=True,  # Ctrl-C is for pytest, which then ends it
            )
        self._process = process
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                printed = self.log.read_text(errors="replace")[-2000:]
                raise ServerFailedError(f"{self.command!r} did not start:\n{printed}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Send it a signal and wait for its end; nothing happens to what has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
