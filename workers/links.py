"""The links process: `python -m workers.links`. It holds the lines that carriers count.

A gateway of its own process is never rung for: here its session is held, what comes in
over it is kept, and what is due leaves over it. Two such processes may hold one
gateway's line each, on two machines, where the carrier's contract allows two binds:
texts are leased in windows, so none leaves by both. A process that is killed leaves its
window in doubt, as any worker does. Gateways that an operator adds, changes or removes
are seen within a few seconds.
"""

import datetime as dt
import signal
import sys
import threading
from dataclasses import replace

import structlog
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.bootstrap import House
from broadcaster.errors import ConfigurationError
from broadcaster.logs import configure_logs
from broadcaster.ports import Channel, Gateway, Inbound, Listens, Receipt
from broadcaster.services.dispatch import drain
from broadcaster.services.receipt_intake import ReceiptIntake
from broadcaster.services.replies import take_inbound
from workers.listener import listen
from workers.process import the_house, the_route
from workers.worker import SWITCH_S

STOPS = frozenset({signal.SIGINT, signal.SIGTERM})
LOOK_EVERY_S = 1.0
SLICE = dt.timedelta(seconds=5)
"""How long one drain goes on: the next one sees the route as it is by then."""

log = structlog.get_logger()


class Held:
    """One gateway's line, and the thread that sends what is due over it."""

    def __init__(
        self, house: House, gateway: Gateway, *, intake: ReceiptIntake
    ) -> None:
        self.gateway = gateway
        self._house = house
        self._intake = intake
        self._stop = threading.Event()
        self._bell = threading.Event()
        self._thread = threading.Thread(
            target=self._send, name=f"send-{gateway.name}", daemon=True
        )

    def start(self) -> None:
        """Open the line and begin to send; return at once."""
        if isinstance(self.gateway, Listens):
            self.gateway.listen(self.hear)
        self._thread.start()
        log.info("line_held", gateway=self.gateway.name)

    def ring(self) -> None:
        """Look at once for what is due."""
        self._bell.set()

    def stop(self) -> None:
        """Let nothing more leave; return at once."""
        self._stop.set()
        self._bell.set()

    def close(self) -> None:
        """Wait until what was out is written down, then hang up."""
        self.stop()
        self._thread.join()
        if isinstance(self.gateway, Listens):
            self.gateway.hang_up()
        log.info("line_let_go", gateway=self.gateway.name)

    def hear(self, event: Receipt | Inbound) -> bool:
        """Keep what came in; False when it could not be, and is to come again."""
        name, now = self.gateway.name, self._house.clock.now()
        if isinstance(event, Receipt):
            return self._intake.take(name, event, now=now)
        try:
            take_inbound(self._house.database, name, event, now=now)
        except SQLAlchemyError:
            log.exception("inbound_not_kept", gateway=name)
            return False
        return True

    def _send(self) -> None:
        while not self._stop.is_set():
            try:
                self._drain()
            except Exception:
                log.exception("drain_failed", gateway=self.gateway.name)
            self._bell.wait(LOOK_EVERY_S)
            self._bell.clear()

    def _drain(self) -> None:
        # by the object that holds the line, though the operator has changed it since
        route = replace(the_route(self.gateway.name), gateway=self.gateway)
        until = self._house.clock.now() + SLICE
        drain(route, until=until, stopping=self._stop.is_set)


class Switchboard:
    """The lines that this process holds."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._intake = ReceiptIntake(house.database)
        self._held: dict[str, Held] = {}

    def look(self) -> None:
        """Hold the lines of the gateways that are there now, and no others."""
        wanted = self._wanted()
        for name, held in list(self._held.items()):
            if wanted.get(name) is not held.gateway:
                del self._held[name]
                held.close()
        for name in wanted.keys() - self._held.keys():
            held = Held(self._house, wanted[name], intake=self._intake)
            self._held[name] = held
            held.start()

    def ring(self) -> None:
        """Tell every line that something may be due."""
        for held in list(self._held.values()):
            held.ring()

    def close(self) -> None:
        """Let go of all lines: no text leaves, and what is out is written down."""
        for held in self._held.values():
            held.stop()
        for held in self._held.values():
            held.close()
        self._held.clear()

    def _wanted(self) -> dict[str, Gateway]:
        gateways = self._house.gateways
        found = {}
        for name in (n for channel in Channel for n in gateways.sending(channel)):
            gateway = gateways.get(name)
            if gateway is not None and gateway.capabilities.own_process:
                found[name] = gateway
        return found


def main() -> None:
    """Hold the lines until SIGTERM."""
    configure_logs()
    sys.setswitchinterval(SWITCH_S)
    try:
        house = the_house()
    except ConfigurationError as error:
        sys.exit("\n".join(error.missing))
    # before any thread begins: a handler could stop one that holds a lock it needs
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    board, stop = Switchboard(house), threading.Event()
    ears = threading.Thread(
        target=listen,
        args=(house.database.engine, board.ring, stop),
        name="listener",
        daemon=True,
    )
    ears.start()
    log.info("links_started")
    board.look()
    while signal.sigtimedwait(STOPS, LOOK_EVERY_S) is None:
        board.look()
    stop.set()
    board.close()
    log.info("links_stopped")


if __name__ == "__main__":
    main()
