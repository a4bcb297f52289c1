"""One way onto the wire for every telco that speaks HTTP: libcurl, many at a time.

Chosen by measuring, see docs/decisions/007-http-engine.md.
"""

import os
import weakref
from collections.abc import Callable, Sequence
from threading import Lock

from broadcaster.gateways.http_exchange import Exchange, HttpRequest, Settled
from broadcaster.gateways.http_loop import Loop


class HttpEngine:
    """Sends requests, each at most once, over connections that it keeps.

    One thread drives up to `connections` requests at a time for all callers. It starts
    with the first call in each process, and ends with the engine.
    """

    def __init__(self, *, connections: int) -> None:
        self._connections = connections
        # by process: one that was forked must leave its parent's connections alone,
        # and freeing their loop would say goodbye on them
        self._loops: dict[int, Loop] = {}
        self._locks: dict[int, Lock] = {}

    def exchange(
        self, requests: Sequence[HttpRequest], *, may_start: Callable[[], bool]
    ) -> list[Settled]:
        """Send every request at most once; return what became of each, in order.

        Blocks until all are settled; may be called from several threads. `may_start`
        is asked in the engine's thread just before a request leaves, so it must be
        quick; once it says False (or raises), what has not left stays.
        """
        if not requests:
            return []
        exchange = Exchange(requests, may_start=may_start)
        while not self._loop().post(exchange):
            pass
        exchange.done.wait()
        return exchange.settled

    def _loop(self) -> Loop:
        pid = os.getpid()
        with self._locks.setdefault(pid, Lock()):
            loop = self._loops.get(pid)
            if loop is None or loop.has_ended:
                loop = self._loops[pid] = Loop(connections=self._connections)
                weakref.finalize(self, loop.end)
                loop.start()
            return loop
