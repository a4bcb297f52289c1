"""Run a module under cProfile in every thread, by each thread's own CPU time.

`python -m tests.benchmarks._profiled FILE MODULE` writes to FILE, at the end, where
the CPU went. Waiting costs nothing here, so only work is seen. The main thread is
watched from SIGUSR1 on, so that its imports are not.
"""

import atexit
import cProfile
import io
import pstats
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

PROFILES: list[cProfile.Profile] = []
LINES = 30


def profile_this_thread(*_event: object) -> None:
    """Begin a profile of the thread that calls."""
    profile = cProfile.Profile(time.thread_time)
    PROFILES.append(profile)
    profile.enable()


def write(file: Path) -> None:
    """Write the hottest functions of all threads, by own CPU time."""
    out = io.StringIO()
    stats = pstats.Stats(*PROFILES, stream=out)
    stats.strip_dirs().sort_stats("tottime").print_stats(LINES)
    file.write_text(out.getvalue(), "utf-8")


if __name__ == "__main__":
    _, target, module = sys.argv
    atexit.register(write, Path(target))
    threading.setprofile(profile_this_thread)
    signal.signal(signal.SIGUSR1, profile_this_thread)
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__")
