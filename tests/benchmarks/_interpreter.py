"""Read reports in a process of their own, as a worker does when it is rung."""

import os
import signal
import threading

from broadcaster.bootstrap import build_house
from broadcaster.services.receipts import interpret_waiting

IDLE_S = 0.2


def main() -> None:
    """Read until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    house = build_house(os.environ)
    while not stopping.is_set():
        interpret_waiting(house.database, now=house.clock.now())
        stopping.wait(IDLE_S)


if __name__ == "__main__":
    main()
