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

LINES = 30


class ThreadProfile(cProfile.Profile):
    """One thread's profile, read while that thread may still run."""

    def create_stats(self) -> None:
        """Take the figures as they are.

        To stop it first, as the class does by itself, would charge what the thread
        is in the midst of with the CPU time of the thread that stops it.
        """
        self.snapshot_stats()


PROFILES: list[ThreadProfile] = []


def profile_this_thread(*_event: object) -> None:
    """Begin a profile of the thread that calls."""
    profile = ThreadProfile(time.thread_time)
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
