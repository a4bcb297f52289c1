"""What the network knows of a text, a receipt it owes and a resident's text."""

from dataclasses import dataclass
from enum import StrEnum

from broadcaster.simulator.measure import measure


class Wire(StrEnum):
    """The interface by which a text came to the network."""

    TWILIO = "twilio"
    ESMS = "esms"
    ZALO = "zalo"


class Status(StrEnum):
    """Twilio's words for the state of a text, those that the network uses."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


FINAL = frozenset({Status.DELIVERED, Status.UNDELIVERED})


class Direction(StrEnum):
    """Twilio's words for who began a text."""

    API = "outbound-api"
    REPLY = "outbound-reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A text as the client asked for it, checked."""

    recipient: str
    sender: str
    service: str
    body: str
    callback: str
    validity_s: int
    direction: Direction = Direction.API
    wire: Wire = Wire.TWILIO
    price: int = 0
    details: str = ""


@dataclass(slots=True, kw_only=True)
class Text:
    """One text taken by the network; times are Unix seconds, 0 when not yet.

    `price` is in đồng, 0 where it follows from parts and carrier; `details` is what
    its wire needs to know of it besides, as JSON.
    """

    seq: int
    sid: str
    recipient: str
    sender: str
    service: str
    body: str
    parts: int
    callback: str
    validity_s: int
    direction: Direction
    status: Status
    error: int
    created: float
    sent: float
    finished: float
    wire: Wire
    price: int
    details: str

    @classmethod
    def taken(cls, order: Order, *, seq: int, sid: str, now: float) -> "Text":
        """Make the record of an order that the network takes now."""
        return cls(
            seq=seq,
            sid=sid,
            recipient=order.recipient,
            sender=order.sender,
            service=order.service,
            body=order.body,
            parts=0 if order.wire is Wire.ZALO else measure(order.body).parts,
            callback=order.callback,
            validity_s=order.validity_s,
            direction=order.direction,
            status=Status.ACCEPTED if order.service else Status.QUEUED,
            error=0,
            created=now,
            sent=0.0,
            finished=0.0,
            wire=order.wire,
            price=order.price,
            details=order.details,
        )

    @property
    def updated(self) -> float:
        """Return when anything last happened to this text."""
        return self.finished or self.sent or self.created


@dataclass(slots=True, kw_only=True)
class Receipt:
    """One status callback that the network owes its client."""

    key: int
    sid: str
    status: Status
    error: int
    due: float
    attempt: int = 0


class InboundState(StrEnum):
    """How far a resident's own text has come."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True)
class Inbound:
    """A text that a resident wrote to the service number."""

    sid: str
    handset: str
    service_number: str
    body: str
    created: float
    state: InboundState = InboundState.SENDING
    attempt: int = 0
    wire: Wire = Wire.TWILIO
