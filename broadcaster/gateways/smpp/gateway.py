"""SMPP 3.4, both directions, over a session that one process holds."""

from collections.abc import Callable, Sequence
from threading import Lock

from broadcaster.errors import InputError
from broadcaster.gateways.smpp.link import Link
from broadcaster.gateways.smpp.options import Account, read_account
from broadcaster.gateways.smpp.sending import not_sent
from broadcaster.ports import (
    Callback,
    Event,
    GatewaySettings,
    Hear,
    Inbound,
    Outcome,
    Receipt,
    Submission,
    Unfound,
)

NOT_LINKED = "not_linked"


class SmppGateway:
    """One account at a carrier's SMSC.

    Only a process that called `listen` sends: the carrier counts our sessions. A
    carrier keeps no list of texts that could be asked, so a text whose answer was lost
    stays in doubt until a late answer settles it.
    """

    def __init__(self, account: Account, *, name: str) -> None:
        self.name = name
        self.capabilities = account.capabilities
        self._account = account
        self._link: Link | None = None
        self._lock = Lock()

    def listen(self, hear: Hear) -> None:
        """Open the session and keep it open; return at once."""
        with self._lock:
            if self._link is None:
                self._link = Link(self._account, hear, name=self.name)
                self._link.open()

    def hang_up(self) -> None:
        """Close the session in good order: what is out is answered first."""
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send every text at most once, a window of them at the same time."""
        link = self._link
        if link is None:
            return not_sent(batch, NOT_LINKED)
        try:
            return link.submit(batch, may_start=may_start)
        except RuntimeError:  # it was hung up a moment ago
            return not_sent(batch, NOT_LINKED)

    def verify(self, callback: Callback) -> bool:
        """Refuse whatever comes by HTTP: an SMSC speaks over its session only."""
        return False

    def read_receipt(self, callback: Callback) -> Receipt:
        """Raise InputError: receipts come over the session."""
        raise InputError("callback", "not_by_http")

    def read_inbound(self, callback: Callback) -> Inbound:
        """Raise InputError: residents' texts come over the session."""
        raise InputError("callback", "not_by_http")

    def read_event(self, callback: Callback) -> Event | None:
        """Raise InputError: everything comes over the session."""
        raise InputError("callback", "not_by_http")

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        """Return UNCLEAR: there is nobody to ask."""
        return Unfound.UNCLEAR


def build(settings: GatewaySettings) -> SmppGateway:
    """Make the gateway of its options. Raises ConfigurationError with every fault."""
    return SmppGateway(read_account(settings), name=settings.name)
