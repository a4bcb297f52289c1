"""A gateway's account: what it can do, what it has left, what it is told."""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from broadcaster.ports.callbacks import Thanks
from broadcaster.ports.texts import Channel, ReceiptKind


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
    channel: Channel = Channel.SMS
    bulk: int = 1
    """Texts that one request may carry, at most."""
    duplicate_window: dt.timedelta | None = None
    """How long it refuses our reference a second time: a doubt may be sent again."""
    own_process: bool = False
    """It keeps a session that one process holds: no other may submit."""
    thanks: Thanks = field(default_factory=Thanks)
    thanks_for_text: Thanks | None = None
    """What it wants to read after a resident's text, where that is something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an account has left. None is what the telco does not tell."""

    balance_vnd: int | None = None
    daily_quota: int | None = None
    remaining_quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateParam:
    """One blank of a template. Lengths are in characters after NFC."""

    name: str
    max_length: int
    min_length: int = 0
    required: bool = True
    kind: str = ""
    """The telco's own word for what may stand there."""


class TemplateState(enum.StrEnum):
    """Whether a template may be sent."""

    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A registered template as the telco keeps it. Prices are whole VND a message."""

    template_id: str
    name: str
    state: TemplateState
    params: tuple[TemplateParam, ...]
    price_vnd: int | None = None
    price_by_user_id_vnd: int | None = None
    quality: str | None = None
    preview_url: str | None = None
    text: str = ""
    """Its words with {{blanks}}, where the telco tells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """An account's pair of tokens. The refresh token opens once."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: dt.datetime
    """When the access token ends."""


class TokenStore(Protocol):
    """Where a gateway's tokens are kept, for all processes of all machines."""

    def read(self) -> Tokens | None:
        """Return the latest pair, None when there never was one."""

    def begin_rotation(self) -> Tokens | None:
        """Take the one lock and return the pair to spend; None: another has it.

        The lock ends by itself a minute after a holder that died.
        """

    def finish_rotation(self, tokens: Tokens) -> None:
        """Commit the new pair, and only then let go of the lock."""

    def why_lost(self) -> str | None:
        """Return why only a person can connect the account again; None: all is well."""

    def lose(self, reason: str) -> None:
        """Note that the refresh token is spent and unknown: a person must connect."""


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
    callback_key: str = ""
    """A secret of ours, the gateway's own, for addresses that telcos do not sign."""
    tokens: TokenStore | None = None
