"""A Kannel user's settings."""

from dataclasses import dataclass, field

from broadcaster.errors import ConfigurationError
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

ANY = Option(name=BASE_URL.name, kind=BASE_URL.kind, required=True)
OPTIONS = (
    ANY,
    Option(name="username", required=True),
    Option(name="password", kind=Kind.SECRET, required=True),
    Option(name="inbound_secret", kind=Kind.SECRET, least=16),
    Option(name="dlr_mask", kind=Kind.WHOLE, default="31", least=1, most=63),
    Option(name="bulk", kind=Kind.WHOLE, default="1", least=1, most=50),
    RECEIPT_KIND,
    SEGMENTS_PER_SECOND,
    connections(16),
    WINDOW,
)
OK_AND_EMPTY = Thanks(status=200)
"""Kannel takes 204 for a failure, and asks again (1.4.5, run)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who hands texts in, and where."""

    url: str
    username: str
    password: str = field(repr=False)
    inbound_secret: str = field(repr=False)
    dlr_mask: int
    capabilities: Capabilities


def read_account(settings: GatewaySettings) -> Account:
    """Read an account. Raises ConfigurationError with every fault.

    Name and password travel in headers, so they are plain letters.
    """
    given = read_options(settings, OPTIONS)
    faults = [
        f"{settings.prefix}{name.upper()} must be letters without accents"
        for name in ("username", "password")
        if not given.text(name).isascii()
    ]
    if not settings.callback_key:
        faults.append(f"{settings.name} has no key to sign its addresses with")
    if faults:
        raise ConfigurationError(faults)
    return Account(
        url=given.url("") + "/cgi-bin/sendsms",
        username=given.text("username"),
        password=given.text("password"),
        inbound_secret=given.text("inbound_secret"),
        dlr_mask=given.whole("dlr_mask"),
        capabilities=Capabilities(
            receipt_kind=given.receipt_kind,
            window=given.whole("window"),
            connections=given.whole("connections"),
            segments_per_second=given.number("segments_per_second"),
            inbound=bool(given.text("inbound_secret")),
            bulk=given.whole("bulk"),
            thanks=OK_AND_EMPTY,
        ),
    )
