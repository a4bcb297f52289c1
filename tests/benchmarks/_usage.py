"""What processes have used so far, as Linux counts it."""

import os
from contextlib import suppress
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started and has not seen end."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(child) for child in found.split()]


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, its children left out."""
    return sum(_times(pid)[:2])


def family_cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its children, those included that ended.

    One that ends while this is read may be counted twice or not at all.
    """
    alive = 0.0
    for child in children_of(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
            alive += cpu_seconds(child)
    return sum(_times(pid)) + alive


def peak_mb(pid: int) -> float:
    """Return the largest memory a process ever held, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def _times(pid: int) -> list[float]:
    # after the name in brackets: utime, stime and the same of ended children, 14 to 17
    words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return [int(word) / TICKS_A_SECOND for word in words[11:15]]
