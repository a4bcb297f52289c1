"""One text, what is asked for it and what became of it."""

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field


class Channel(enum.StrEnum):
    """The medium a text travels by: each has its own rendering and its own price."""

    SMS = "sms"
    ZALO = "zalo"


class Verdict(enum.StrEnum):
    """What a telco's answer, or the lack of one, lets dispatch do next."""

    ACCEPTED = "accepted"
    NEVER = "never"
    LATER = "later"
    ELSEWHERE = "elsewhere"
    NOT_SENT = "not_sent"
    """It certainly never left: put back, and the attempt does not count."""
    OVER_QUOTA = "over_quota"
    """Not taken: the day's quota is used up. The ward chose to wait or fall back."""
    NIGHT = "night"
    """Not taken: it sends nothing at this hour. Only what is urgent goes elsewhere."""
    IN_DOUBT = "in_doubt"


class Blame(enum.StrEnum):
    """Whose fault a refusal is: who has to mend it."""

    OURS = "ours"
    THEIRS = "theirs"
    RECIPIENT = "recipient"
    OPTED_OUT = "opted_out"
    NO_ACCOUNT = "no_account"
    """The phone cannot be reached by this channel; it may well be by another."""


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
    attempt: int = 1
    """Counts what is submitted anew; what is repeated in doubt keeps its number."""
    template_id: str | None = None
    """Set for a template message: then `template_data` is sent, and not `text`."""
    template_data: Mapping[str, str] = field(default_factory=dict, hash=False)
    user_id: str | None = None
    """The person's id at this gateway, where we know it; `to` may then be empty."""
    provider_id: str | None = None
    """The telco's id, where it has told us one: for looking it up."""


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
