"""An SMPP line's settings: what a carrier writes into its letter, as a table."""

from dataclasses import dataclass, field
from typing import Any

from broadcaster.gateways.options import (
    RECEIPT_KIND,
    SEGMENTS_PER_SECOND,
    Kind,
    Option,
    read_options,
)
from broadcaster.ports import Capabilities, GatewaySettings

SYSTEM_ID_LENGTH = 15
PASSWORD_LENGTH = 8
SYSTEM_TYPE_LENGTH = 12
LEAST_CLAIM, MOST_CLAIM = 50, 500
"""Texts claimed at a time: all are in doubt when the process dies with the line."""


def _octet(name: str, default: str) -> Option:
    return Option(name=name, kind=Kind.WHOLE, default=default, least=0, most=255)


def _choice(name: str, *choices: str) -> Option:
    return Option(name=name, kind=Kind.CHOICE, default=choices[0], choices=choices)


def _seconds(name: str, default: str, *, most: float = 3_600) -> Option:
    return Option(name=name, kind=Kind.NUMBER, default=default, least=0.1, most=most)


OPTIONS = (
    Option(name="host", required=True, most=255),
    Option(name="port", kind=Kind.WHOLE, default="2775", least=1, most=65_535),
    _choice("tls", "no", "yes"),
    Option(name="system_id", required=True, most=SYSTEM_ID_LENGTH),
    Option(name="password", kind=Kind.SECRET, required=True, most=PASSWORD_LENGTH),
    Option(name="system_type", most=SYSTEM_TYPE_LENGTH),
    _choice("bind", "transceiver", "pair"),
    _octet("source_ton", "5"),
    _octet("source_npi", "0"),
    _octet("dest_ton", "1"),
    _octet("dest_npi", "1"),
    Option(name="window", kind=Kind.WHOLE, default="10", least=1, most=200),
    SEGMENTS_PER_SECOND,
    RECEIPT_KIND,
    _choice("long_texts", "udh", "sar", "payload"),
    _choice("receipt_ids", "same", "hex_to_decimal", "decimal_to_hex"),
    _octet("gsm_coding", "0"),
    _octet("ucs2_coding", "8"),
    _choice("charset", "gsm7", "latin1"),
    _octet("registered_delivery", "1"),
    _choice("validity", "absolute", "relative", "none"),
    _seconds("enquire_link_s", "30"),
    _seconds("response_timeout_s", "10", most=300),
    _choice("inbound", "yes", "no"),
)
"""`receipt_ids` says how receipts write an id that answers wrote the other way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One line to a carrier's SMSC: where it is, who we are, how it likes texts."""

    host: str
    port: int
    is_tls: bool
    system_id: str
    password: str = field(repr=False)
    system_type: str
    is_pair: bool
    source_ton: int
    source_npi: int
    dest_ton: int
    dest_npi: int
    window: int
    long_texts: str
    receipt_ids: str
    gsm_coding: int
    ucs2_coding: int
    charset: str
    registered_delivery: int
    validity: str
    enquire_link_s: float
    response_timeout_s: float
    capabilities: Capabilities


def read_account(settings: GatewaySettings) -> Account:
    """Read a line's account. Raises ConfigurationError with every fault."""
    given = read_options(settings, OPTIONS)
    whole = (
        *("port", "source_ton", "source_npi", "dest_ton", "dest_npi", "window"),
        *("gsm_coding", "ucs2_coding", "registered_delivery"),
    )
    words = (
        *("host", "system_id", "password", "system_type", "long_texts"),
        *("receipt_ids", "charset", "validity"),
    )
    facts: dict[str, Any] = {name: given.whole(name) for name in whole}
    facts |= {name: given.text(name) for name in words}
    for name in ("enquire_link_s", "response_timeout_s"):
        facts[name] = float(given.text(name))
    return Account(
        is_tls=given.text("tls") == "yes",
        is_pair=given.text("bind") == "pair",
        capabilities=Capabilities(
            receipt_kind=given.receipt_kind,
            window=min(max(LEAST_CLAIM, 4 * given.whole("window")), MOST_CLAIM),
            connections=given.whole("window"),
            segments_per_second=given.number("segments_per_second"),
            inbound=given.text("inbound") == "yes",
            own_process=True,
        ),
        **facts,
    )
