"""An eSMS account's settings."""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
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
from broadcaster.ports import Capabilities, Channel, GatewaySettings, Thanks

API = "https://rest.esms.vn"
NO, YES = "no", "yes"
THANKS = Thanks(
    status=200,
    mimetype="text/xml",
    body="<ClientResponse></ClientResponse>",
)
"""No answer of its own to a resident's text: ours leave as texts like any other."""
OPTIONS = (
    Option(name="api_key", kind=Kind.SECRET, required=True),
    Option(name="secret_key", kind=Kind.SECRET, required=True),
    Option(name="brandname", most=20),
    # 2: care, in the words of a registered template; 8: a fixed number, no brandname
    Option(name="sms_type", kind=Kind.CHOICE, default="2", choices=("2", "8")),
    Option(name="sandbox", kind=Kind.CHOICE, default=NO, choices=(NO, YES)),
    BASE_URL,
    RECEIPT_KIND,
    SEGMENTS_PER_SECOND,
    connections(64),
    WINDOW,
    Option(name="verify_receipts", kind=Kind.CHOICE, default=YES, choices=(NO, YES)),
    # one page of theirs says a RequestId is kept for 24 hours, another for the day
    Option(name="duplicate_window_h", kind=Kind.NUMBER, default="24", most=24),
    Option(name="inbound_key", kind=Kind.SECRET),
    Option(name="inbound_signed", default="cpid smsid content receiverTime"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundSeal:
    """How eSMS signs what residents write: MD5 over some fields and the key.

    https://developers.esms.vn/esms-api/ket-noi-ma-svoucher/ket-noi-dau-so-ngan, which
    shows the digest both in hexadecimal and in base64. The sender is not signed.
    """

    key: str = field(repr=False)
    fields: tuple[str, ...]

    def is_on(self, query: Mapping[str, str]) -> bool:
        """Tell whether the key made this request's signature."""
        given = query.get("sign", "").encode()
        if not self.key or not self.fields:
            return False
        words = "".join(query.get(name, "") for name in self.fields) + self.key
        digest = hashlib.md5(words.encode(), usedforsecurity=False).digest()
        is_hex = hmac.compare_digest(given.lower(), digest.hex().encode())
        return is_hex or hmac.compare_digest(given, base64.b64encode(digest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose texts they are, and where they are handed in."""

    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str
    brandname: str
    """Empty: the ward's own."""
    sms_type: str
    is_sandbox: bool
    asks_about_receipts: bool
    inbound: InboundSeal
    capabilities: Capabilities


def read_account(settings: GatewaySettings) -> Account:
    """Read an account. Raises ConfigurationError with every fault."""
    given = read_options(settings, OPTIONS)
    hours = given.number("duplicate_window_h")
    inbound_key = given.text("inbound_key")
    return Account(
        api_key=given.text("api_key"),
        secret_key=given.text("secret_key"),
        base_url=given.url(API),
        brandname=given.text("brandname"),
        sms_type=given.text("sms_type"),
        is_sandbox=given.text("sandbox") == YES,
        asks_about_receipts=given.text("verify_receipts") == YES,
        inbound=InboundSeal(
            key=inbound_key, fields=tuple(given.text("inbound_signed").split())
        ),
        capabilities=Capabilities(
            receipt_kind=given.receipt_kind,
            window=given.whole("window"),
            connections=given.whole("connections"),
            segments_per_second=given.number("segments_per_second"),
            inbound=bool(inbound_key),
            channel=Channel.SMS,
            duplicate_window=dt.timedelta(hours=hours) if hours else None,
            thanks=THANKS,
        ),
    )
