"""What telcos bring to us by their own requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from broadcaster.ports.texts import Channel, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text a resident sent to the ward's number or account.

    `sender` is E.164, or by Zalo the person's id there; `to` our number or account.
    """

    provider_id: str
    sender: str
    to: str
    text: str
    channel: Channel = Channel.SMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Someone began to follow our account, or stopped."""

    user_id: str
    account: str
    is_following: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPhone:
    """Someone who was asked for it gave us the phone number they use there."""

    user_id: str
    account: str
    e164: str
    full_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged:
    """A template, a quota or the account's standing is not what it was: ask again."""

    account: str
    what: str


Event: TypeAlias = Receipt | Inbound | Followed | SharedPhone | AccountChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A telco's request to us, as it came. `url` is the public one it signed."""

    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes = b""
    reference: str | None = None
    """The end of the path, where the address that we gave out had one."""
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """What a telco wants to read once we have kept its callback."""

    status: int = 204
    mimetype: str = "text/plain"
    body: str = ""
