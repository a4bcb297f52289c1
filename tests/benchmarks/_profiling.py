"""Where a worker's own CPU goes."""

import signal
import sys

from tests.benchmarks import _profiled
from tests.benchmarks._place import Place
from tests.benchmarks._sending import send_ours, start_ours

SHOWN = 15


def hottest(place: Place, *, texts: int) -> list[str]:
    """Send so many texts by one profiled worker; return its hottest functions."""
    start_ours(place, workers=0)
    found = place.folder / "profile.txt"
    command = [sys.executable, "-m", _profiled.__name__, str(found), "workers.worker"]
    place.processes.start("worker0", command)
    place.processes.wait_for("worker0", "worker_started")
    place.processes.running["worker0"].send_signal(signal.SIGUSR1)
    send_ours(place, texts=texts)
    place.processes.stop("worker0")
    lines = found.read_text("utf-8").splitlines()
    head = next(n for n, line in enumerate(lines) if line.strip().startswith("ncalls"))
    return [line.rstrip() for line in lines[head : head + SHOWN + 1]]
