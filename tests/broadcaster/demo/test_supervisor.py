"""The demo's processes live and die together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from broadcaster.demo.supervisor import DeadOnArrivalError, Part, Supervisor

DEADLINE_SECONDS = 20.0


def _until(fact: Callable[[], bool], supervisor: Supervisor | None = None) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not fact():
        assert time.monotonic() < deadline, "waited in vain"
        if supervisor:
            supervisor.tend()
        time.sleep(0.02)


def _sleeper(tmp_path: Path, name: str = "sleeper") -> Part:
    script = (
        "import os, pathlib, time;"
        f"file = pathlib.Path({str(tmp_path / name)!r});"
        "file.open('a').write(f'{os.getpid()}\\n');"
        "time.sleep(600)"
    )
    return Part(name=name, command=[sys.executable, "-c", script], environ=os.environ)


def _pids(tmp_path: Path, name: str = "sleeper") -> list[int]:
    file = tmp_path / name
    text = file.read_text() if file.exists() else ""
    return [int(line) for line in text.split("\n")[:-1]]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def test_a_killed_part_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(logs=tmp_path, say=said.append)
    supervisor.start(_sleeper(tmp_path))
    _until(lambda: len(_pids(tmp_path)) == 1)
    os.kill(_pids(tmp_path)[0], signal.SIGKILL)
    _until(lambda: len(_pids(tmp_path)) == 2, supervisor)
    supervisor.end()
    assert [line for line in said if "sleeper" in line]
    assert not any(_alive(pid) for pid in _pids(tmp_path))


def test_a_part_that_keeps_dying_ends_the_demo_and_names_its_log(
    tmp_path: Path,
) -> None:
    supervisor = Supervisor(logs=tmp_path, say=lambda _line: None)
    broken = Part(
        name="broken",
        command=[sys.executable, "-c", "raise SystemExit('no settings')"],
        environ=os.environ,
    )
    supervisor.start(broken)
    with pytest.raises(DeadOnArrivalError) as caught:
        _until(lambda: False, supervisor)
    supervisor.end()
    assert caught.value.log == tmp_path / "broken.log"
    assert "no settings" in caught.value.log.read_text()


def test_parts_die_with_a_supervisor_that_is_killed_outright(tmp_path: Path) -> None:
    script = f"""
import os, pathlib, sys
from broadcaster.demo.supervisor import Supervisor
from tests.broadcaster.demo.test_supervisor import _sleeper
path = pathlib.Path({str(tmp_path)!r})
supervisor = Supervisor(logs=path, say=print)
supervisor.start(_sleeper(path))
supervisor.tend_until(lambda: False)
"""
    parent = subprocess.Popen([sys.executable, "-c", script])
    _until(lambda: len(_pids(tmp_path)) == 1)
    parent.kill()
    parent.wait()
    _until(lambda: not _alive(_pids(tmp_path)[0]))
