"""Kannel, the open SMS gateway, both directions: sendsms, reports, residents' texts.

Wire facts: Kannel 1.4.5 (Debian), run; user guide, chapters "SMS services" and "Using
the HTTP interface to send SMS messages". A text is handed in by POST with X-Kannel
headers, so that neither numbers nor the password stand in an address. 202 comes once
bearerbox has the text in its store; there is no id and nothing to ask later, so a lost
answer stays in doubt until a report settles it.

Several numbers in one request is faster, and a choice with a price: Kannel gives all of
them one id and keeps a single one of them in its store, so a bearerbox that dies loses
the others without a word. That is why `bulk` is 1 unless the operator says otherwise.
"""

import hmac
from collections.abc import Callable, Sequence
from email.message import Message as Headers

from broadcaster.errors import InputError
from broadcaster.gateways.http_engine import HttpEngine
from broadcaster.gateways.http_exchange import HttpRequest
from broadcaster.gateways.kannel_addresses import Addresses, tag_of
from broadcaster.gateways.kannel_options import OPTIONS, Account, read_account
from broadcaster.gateways.kannel_receipts import read_report
from broadcaster.gateways.kannel_words import read_answer
from broadcaster.ports import (
    Callback,
    Channel,
    Event,
    GatewaySettings,
    Inbound,
    Outcome,
    Receipt,
    Submission,
    Unfound,
)
from broadcaster.rules.segments import Encoding, measure
from subscriptions.phones import read_phone

CHANNEL = Channel.SMS
CODING = {Encoding.GSM7: 0, Encoding.UCS2: 2}

__all__ = ["CHANNEL", "OPTIONS", "KannelGateway", "build"]


class KannelGateway:
    """One user of one Kannel."""

    def __init__(self, account: Account, *, name: str, addresses: Addresses) -> None:
        self.name = name
        self.capabilities = account.capabilities
        self._account = account
        self.addresses = addresses
        self._engine = HttpEngine(connections=account.capabilities.connections)
        self._headers = (
            f"X-Kannel-Username: {account.username}",
            f"X-Kannel-Password: {account.password}",
            f"X-Kannel-DLR-Mask: {account.dlr_mask}",
            "Content-Type: text/plain; charset=UTF-8",
            "User-Agent: loa-phuong",
        )

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send every text at most once, many at the same time."""
        groups = _group(batch, at_most=self.capabilities.bulk)
        answers = self._engine.exchange(
            [self._request(texts) for texts in groups], may_start=may_start
        )
        return [
            outcome
            for texts, answer in zip(groups, answers, strict=True)
            for outcome in read_answer(texts, answer)
        ]

    def verify(self, callback: Callback) -> bool:
        """Tell whether the address is one that we gave out; Kannel signs nothing."""
        if callback.reference is not None:
            return self.addresses.proves(callback)
        given, secret = callback.query.get("k", ""), self._account.inbound_secret
        is_same = hmac.compare_digest(given.encode(), secret.encode())
        return is_same and bool(secret)

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read a report. Raises InputError when it is none."""
        return read_report(
            callback,
            reference=self.addresses.reference(callback),
            kind=self.capabilities.receipt_kind,
        )

    def read_inbound(self, callback: Callback) -> Inbound:
        """Read a resident's text, posted. Raises InputError when it is none."""
        headers = {name.lower(): word for name, word in callback.headers.items()}
        told = {
            "id": callback.query.get("id", ""),
            "X-Kannel-From": headers.get("x-kannel-from", ""),
            "X-Kannel-To": headers.get("x-kannel-to", ""),
        }
        for name, word in told.items():
            if not word:
                raise InputError(name, "missing")
        return Inbound(
            provider_id=told["id"],
            sender=_as_kept(told["X-Kannel-From"]),
            to=_as_kept(told["X-Kannel-To"]),
            text=_read_words(callback.body, headers.get("content-type", "")),
        )

    def read_event(self, callback: Callback) -> Event:
        """Read a report where the address names a text, else a resident's text.

        Raises InputError.
        """
        if callback.reference is None:
            return self.read_inbound(callback)
        return self.read_receipt(callback)

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        """Say that nobody knows: Kannel keeps no records that can be asked for."""
        del submission
        return Unfound.UNCLEAR

    def _request(self, texts: Sequence[Submission]) -> HttpRequest:
        first = texts[0]
        headers = [
            f"X-Kannel-From: {first.sender}",
            f"X-Kannel-To: {' '.join(text.to for text in texts)}",
            f"X-Kannel-DLR-Url: {self.addresses.of(texts)}",
            f"X-Kannel-Coding: {CODING[measure(first.text).encoding]}",
        ]
        if (minutes := _minutes(first)) is not None:
            headers.append(f"X-Kannel-Validity: {minutes}")
        return HttpRequest(
            url=self._account.url,
            headers=(*self._headers, *headers),
            body=first.text.encode(),
        )


def build(settings: GatewaySettings) -> KannelGateway:
    """Make the gateway of its options. Raises ConfigurationError with every fault.

    Options: `base_url`, where smsbox listens; `username` and `password` of its
    sendsms-user; `inbound_secret`, what its sms-service proves itself with, without it
    no resident's text is believed; `dlr_mask`, the sum of the reports to ask for;
    `bulk`, how many numbers a request may carry, see the head of this file;
    `receipt_kind`, network or handset; `segments_per_second`, `connections`, `window`.
    """
    account = read_account(settings)
    addresses = Addresses(
        settings.public_url, name=settings.name, key=settings.callback_key
    )
    return KannelGateway(account, name=settings.name, addresses=addresses)


def _group(batch: Sequence[Submission], *, at_most: int) -> list[list[Submission]]:
    """Put together what may share a request: the same words, and tags that differ."""
    groups: list[list[Submission]] = []
    open_groups: dict[object, dict[int, Submission]] = {}
    for text in batch:
        alike = text.text, text.sender, _minutes(text)
        together = open_groups.setdefault(alike, {})
        if len(together) >= at_most or tag_of(text.to) in together:
            groups.append(list(together.values()))
            together = open_groups[alike] = {}
        together[tag_of(text.to)] = text
    groups.extend(list(together.values()) for together in open_groups.values())
    return groups


def _minutes(text: Submission) -> int | None:
    """Return how long Kannel may try; a minute is the least that it knows."""
    if text.valid_until is None:
        return None
    left = text.valid_until - text.submitted_at
    return max(int(left.total_seconds() // 60), 1)


def _as_kept(phone: str) -> str:
    """Return a number as we keep it; Kannel passes on what the carrier wrote."""
    number = read_phone(phone).number
    return number.e164 if number else phone


def _read_words(body: bytes, content_type: str) -> str:
    headers = Headers()
    headers["Content-Type"] = content_type
    charset = headers.get_content_charset("utf-8")
    try:
        return body.decode(charset, errors="replace")
    except LookupError as err:
        raise InputError("Content-Type", "unknown") from err
