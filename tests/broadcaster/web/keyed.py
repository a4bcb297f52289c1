"""A telco of the plain kind: everything in the query of a GET, proved by a key."""

from dataclasses import replace
from urllib.parse import urlencode

from broadcaster.errors import GatewayAwayError, InputError
from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import (
    AccountChanged,
    Callback,
    Event,
    Inbound,
    Receipt,
    ReceiptStatus,
    Thanks,
)

KEY = "a key that only the address holds"
THANKS = Thanks(status=200, body="ok")
FOR_TEXT = Thanks(status=200, mimetype="text/xml", body="<empty/>")


class KeyedGateway(MemoryGateway):
    """Reads the query, and cannot always tell whether a request is its telco's."""

    is_away = False

    def __init__(self) -> None:
        told = replace(CAPABILITIES, thanks=THANKS, thanks_for_text=FOR_TEXT)
        super().__init__(name="keyed", capabilities=told)

    def verify(self, callback: Callback) -> bool:
        """Compare the key. Raises GatewayAwayError."""
        if self.is_away:
            raise GatewayAwayError
        return callback.query.get("k") == KEY

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read `s`. Raises InputError."""
        if "s" not in callback.query:
            raise InputError("s", "missing")
        word = callback.query["s"]
        return Receipt(
            reference=callback.reference,
            provider_id=callback.query.get("id"),
            status=ReceiptStatus(word),
            raw_status=f"{callback.method} {word}",
        )

    def read_inbound(self, callback: Callback) -> Inbound:
        """Read `from`, `to`, `text` and `id`. Raises InputError."""
        if not callback.query.get("from"):
            raise InputError("from", "missing")
        return Inbound(
            provider_id=callback.query["id"],
            sender=callback.query["from"],
            to=callback.query["to"],
            text=callback.query["text"],
        )

    def read_event(self, callback: Callback) -> Event | None:
        """Read a text, a report, a change of the account or what is none of ours."""
        if "text" in callback.query:
            return self.read_inbound(callback)
        if "what" in callback.query:
            return AccountChanged(account="1", what=callback.query["what"])
        if "seen" in callback.query:
            return None
        return self.read_receipt(callback)


def keyed_path(address: str, **fields: str) -> str:
    """Return the address as the telco asks for it, key and all."""
    return f"/callbacks/keyed/{address}?{urlencode({'k': KEY, **fields})}"
