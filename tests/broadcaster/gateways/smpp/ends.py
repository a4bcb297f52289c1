"""Our end of the wire to an SMSC, as tests want it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from broadcaster.gateways.smpp import SmppGateway, build
from broadcaster.ports import GatewaySettings, Inbound, Receipt
from tests.smsc import BIND_TRANSCEIVER, PASSWORD, SYSTEM_ID, Smsc
from tests.telco import until


@dataclass(slots=True, kw_only=True)
class Listener:
    """Keeps what a gateway brings; refuses as often as it is told to."""

    heard: list[Receipt | Inbound] = field(default_factory=list)
    refuses: int = 0
    act: Callable[[Receipt | Inbound], object] = lambda _event: None
    lock: Lock = field(default_factory=Lock)

    def hear(self, event: Receipt | Inbound) -> bool:
        """Keep it, unless it is one of those to refuse."""
        with self.lock:
            if self.refuses:
                self.refuses -= 1
                return False
            self.heard.append(event)
        self.act(event)
        return True

    def receipts(self, count: int) -> list[Receipt]:
        """Wait for so many events; all are receipts."""
        until(lambda: len(self.heard) >= count)
        assert all(isinstance(event, Receipt) for event in self.heard)
        return [event for event in self.heard if isinstance(event, Receipt)]

    def inbound(self, count: int) -> list[Inbound]:
        """Wait for so many events; all are residents' texts."""
        until(lambda: len(self.heard) >= count)
        assert all(isinstance(event, Inbound) for event in self.heard)
        return [event for event in self.heard if isinstance(event, Inbound)]


def a_gateway(port: int | str, *, name: str = "smpp", **options: str) -> SmppGateway:
    """Build a gateway for an SMSC of this machine; it holds no session yet."""
    usual = {
        "host": "127.0.0.1",
        "port": str(port),
        "system_id": SYSTEM_ID,
        "password": PASSWORD,
        "receipt_kind": "handset",
        "response_timeout_s": "2.5",
    }
    return build(
        GatewaySettings(
            name=name,
            public_url="https://loa.example",
            demo=True,
            options=usual | options,
        )
    )


def bound(centre: Smsc) -> None:
    """Wait until one transceiver is bound, and nobody else."""
    until(lambda: centre.bound() == [BIND_TRANSCEIVER])
