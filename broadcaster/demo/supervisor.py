"""Starts the demo's processes, starts again what dies, and ends them all together."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from templates import read_words

POLL_SECONDS = 0.2
GRACE_SECONDS = 10.0
FAST_DEATH_SECONDS = 5.0
MAX_FAST_DEATHS = 5
_PR_SET_PDEATHSIG = 1


class DeadOnArrivalError(Exception):
    """A process keeps dying at its start; its log says why."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"{name} keeps stopping; its last words are in {log}")
        self.name = name
        self.log = log


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of the demo."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]


@dataclass(slots=True)
class _Running:
    part: Part
    process: subprocess.Popen[bytes]
    started: float
    fast_deaths: int = 0


@dataclass(slots=True)
class Supervisor:
    """Runs parts until told to end. Their output goes to one log file each."""

    logs: Path
    say: Callable[[str], None]
    _running: list[_Running] = field(default_factory=list)

    def start(self, part: Part) -> None:
        """Start a part; it will be started again whenever it dies."""
        self._running.append(
            _Running(part=part, process=self._spawn(part), started=time.monotonic())
        )

    def tend(self) -> None:
        """Start again what died. Raises DeadOnArrivalError when that is hopeless."""
        for running in self._running:
            code = running.process.poll()
            if code is None:
                continue
            lived = time.monotonic() - running.started
            running.fast_deaths = (
                running.fast_deaths + 1 if lived < FAST_DEATH_SECONDS else 0
            )
            if running.fast_deaths >= MAX_FAST_DEATHS:
                raise DeadOnArrivalError(running.part.name, self._log(running.part))
            died = read_words("demo")["died"]
            self.say(died.format(name=running.part.name, code=code))
            running.process = self._spawn(running.part)
            running.started = time.monotonic()

    def tend_until(self, ended: Callable[[], bool]) -> None:
        """Tend the parts until `ended` says so."""
        while not ended():
            self.tend()
            time.sleep(POLL_SECONDS)

    def end(self) -> None:
        """Ask every part to finish, last started first; kill what does not."""
        for running in reversed(self._running):
            if running.process.poll() is None:
                running.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for running in self._running:
            try:
                running.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                running.process.kill()
                running.process.wait()
        self._running.clear()

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        with self._open_log(part) as log:
            return subprocess.Popen(  # noqa: S603 - our own commands, no shell
                part.command,
                env=dict(part.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the supervisor alone, which ends the parts in order
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - single-threaded here
            )

    def _open_log(self, part: Part) -> IO[bytes]:
        return self._log(part).open("ab")

    def _log(self, part: Part) -> Path:
        return self.logs / f"{part.name}.log"


def _die_with_parent() -> None:
    """Let the kernel end this process when the supervisor is killed outright."""
    if hasattr(os, "memfd_create"):  # Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
