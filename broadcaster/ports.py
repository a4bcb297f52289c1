"""All we ask of the outside world: a gateway to each telco, and the time."""

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Verdict(enum.StrEnum):
    """What a telco's answer, or the lack of one, lets dispatch do next."""

    ACCEPTED = "accepted"
    NEVER = "never"
    LATER = "later"
    ELSEWHERE = "elsewhere"
    NOT_SENT = "not_sent"
    """It certainly never left: put back, and the attempt does not count."""
    IN_DOUBT = "in_doubt"


class Blame(enum.StrEnum):
    """Whose fault a refusal is: who has to mend it."""

    OURS = "ours"
    THEIRS = "theirs"
    RECIPIENT = "recipient"
    OPTED_OUT = "opted_out"


class ReceiptStatus(enum.StrEnum):
    """How far a telco says a text has come."""

    ACCEPTED = "accepted"
    ACKNOWLEDGED = "acknowledged"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    EXPIRED = "expired"


class ReceiptKind(enum.StrEnum):
    """What a gateway's "delivered" proves: the network took it, or the handset."""

    NETWORK = "network"
    HANDSET = "handset"


class Unfound(enum.StrEnum):
    """Why a telco's own records do not tell what became of a text."""

    ABSENT = "absent"
    """It was asked and has no such text."""
    UNCLEAR = "unclear"
    """It gave no answer, or one that fits several texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One text for one phone. `reference` is ours and comes back in receipts."""

    message_id: int
    reference: uuid.UUID
    to: str
    text: str
    sender: str
    submitted_at: dt.datetime
    valid_until: dt.datetime | None = None
    segments: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one submission. `retry_after` is in seconds."""

    message_id: int
    verdict: Verdict
    provider_id: str | None = None
    code: str | None = None
    blame: Blame | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One step a telco reports. `reference` is None when it names only its own id.

    `status` is None when the telco's word is new to us: kept as it came, moves nothing.
    """

    reference: str | None
    provider_id: str | None
    status: ReceiptStatus | None
    raw_status: str
    code: str | None = None
    blame: Blame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text a resident sent to the ward's number."""

    provider_id: str
    sender: str
    to: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A telco's request to us, as it came. `url` is the public one it signed."""

    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes = b""
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a gateway can do, as data."""

    receipt_kind: ReceiptKind
    window: int = 500
    """Texts claimed at a time, at most."""
    connections: int = 64
    """Texts on the wire at a time."""
    segments_per_second: float | None = None
    """What the account may send, all workers together; None is as fast as can be."""
    absent_after: dt.timedelta | None = None
    """How long after it left a text that the telco does not list was never taken.

    None when its records never prove that.
    """
    inbound: bool = False
    finds_references: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """What the composition root tells an adapter: where we are and its own keys."""

    name: str
    """What messages and callback addresses know it by."""
    public_url: str
    demo: bool
    prefix: str = "LOA_GATEWAY_"
    """What the names of its settings begin with, for telling which is wrong."""
    options: Mapping[str, str] = field(default_factory=dict)


class Gateway(Protocol):
    """One telco, both directions. A gateway's module has `build(settings)`."""

    @property
    def name(self) -> str:
        """The word by which messages and callbacks know it."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send every text once and return one outcome for each, in any order.

        Called from several threads at once. Asks `may_start` before each text leaves;
        once that says False, the rest comes back NOT_SENT. Never raises for a single
        text, never sends one again by itself.
        """

    def verify(self, callback: Callback) -> bool:
        """Tell whether the telco itself signed this request."""

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read a delivery report. Raises InputError when it is none."""

    def read_inbound(self, callback: Callback) -> Inbound:
        """Read a resident's text. Raises InputError when it is none."""

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        """Ask the telco's own records what became of a text that once left."""


class Pace(Protocol):
    """Who may send how fast, over all workers of all machines."""

    def reserve(self, account: str, *, segments: int, per_second: float) -> float:
        """Take the next turn of an account; return the seconds until it comes.

        Raises PaceUnknownError when nobody can tell.
        """


class Clock(Protocol):
    """The only source of now."""

    def now(self) -> dt.datetime:
        """Return the aware moment, in UTC."""
