"""A Twilio account's settings."""

from dataclasses import dataclass, field

from broadcaster.gateways.options import (
    BASE_URL,
    RECEIPT_KIND,
    SEGMENTS_PER_SECOND,
    WINDOW,
    Kind,
    Option,
    connections,
    read_options,
)
from broadcaster.ports import Capabilities, GatewaySettings, Thanks

API = "https://api.twilio.com"
NO_REPLY = Thanks(
    status=200,
    mimetype="text/xml",
    body='<?xml version="1.0" encoding="UTF-8"?><Response/>',
)
"""TwiML that sends nothing back: a text is answered by a text of its own."""
OPTIONS = (
    Option(name="account_sid", required=True),
    Option(name="auth_token", kind=Kind.SECRET, required=True),
    BASE_URL,
    RECEIPT_KIND,
    SEGMENTS_PER_SECOND,
    connections(64),
    WINDOW,
    Option(
        name="absent_after_s",
        kind=Kind.NUMBER,
        default="3600",
        most=30 * 86_400,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose texts they are, and where they are handed in."""

    sid: str
    token: str = field(repr=False)
    base_url: str
    capabilities: Capabilities


def read_account(settings: GatewaySettings) -> Account:
    """Read an account. Raises ConfigurationError with every fault."""
    given = read_options(settings, OPTIONS)
    return Account(
        sid=given.text("account_sid"),
        token=given.text("auth_token"),
        base_url=given.url(API),
        capabilities=Capabilities(
            receipt_kind=given.receipt_kind,
            window=given.whole("window"),
            connections=given.whole("connections"),
            segments_per_second=given.number("segments_per_second"),
            absent_after=given.seconds("absent_after_s"),
            inbound=True,
            thanks_for_text=NO_REPLY,
        ),
    )
