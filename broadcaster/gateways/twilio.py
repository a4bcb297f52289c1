"""Twilio, both directions, on its official package.

Wire facts: https://www.twilio.com/docs/messaging/api/message-resource. Creating a
message has no idempotency key, so a request whose answer was lost is in doubt and is
never repeated; the callback's address carries our reference, and a list of messages
to that number may show it. In Vietnam "delivered" is the network's word and not the
handset's: that is what `receipt_kind` says, and why it defaults to `network`.
"""

import base64
import datetime as dt
import hmac
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from urllib.parse import quote_plus

from twilio.base.exceptions import TwilioException
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.rest import Client

from broadcaster.errors import InputError
from broadcaster.gateways.http_engine import HttpEngine
from broadcaster.gateways.http_exchange import HttpRequest
from broadcaster.gateways.twilio_http import Wire, WireError
from broadcaster.gateways.twilio_options import OPTIONS, Account, read_account
from broadcaster.gateways.twilio_words import (
    STATUSES,
    blame_of,
    read_answer,
    validity,
)
from broadcaster.ports import (
    Callback,
    Channel,
    Event,
    GatewaySettings,
    Inbound,
    Outcome,
    Receipt,
    ReceiptKind,
    ReceiptStatus,
    Submission,
    Unfound,
)

CHANNEL = Channel.SMS
CLOCKS_APART = dt.timedelta(seconds=5)
"""How far Twilio's clock may be behind ours when a text is looked up."""
LISTED = 20
NO_JSON = (ValueError, TypeError, AttributeError, KeyError)
"""What the package raises when an answer is not the JSON it expects."""
FORM = {byte: quote_plus(bytes([byte])) for byte in range(256)}
"""How a form writes each byte: half the price of quoting word by word."""


__all__ = ["CHANNEL", "OPTIONS", "TwilioGateway", "build"]


class TwilioGateway:
    """One Twilio account."""

    def __init__(self, account: Account, *, name: str, public_url: str) -> None:
        self.name = name
        self.capabilities = account.capabilities
        self._account = account
        self._engine = HttpEngine(connections=account.capabilities.connections)
        self._validator = RequestValidator(account.token)
        self._url = (
            f"{account.base_url}/2010-04-01/Accounts/{account.sid}/Messages.json"
        )
        login = base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
        self._headers = (
            f"Authorization: Basic {login}",
            "Content-Type: application/x-www-form-urlencoded",
            "Accept: application/json",
            "Accept-Charset: utf-8",
            "User-Agent: loa-phuong",
        )
        callbacks = _quoted(f"{public_url}/callbacks/{name}/status/")
        self._callbacks = f"&StatusCallback={callbacks}"

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Send every text at most once, many at the same time."""
        answers = self._engine.exchange(
            [self._request(text) for text in batch], may_start=may_start
        )
        return [
            read_answer(text, answer)
            for text, answer in zip(batch, answers, strict=True)
        ]

    def verify(self, callback: Callback) -> bool:
        """Tell whether Twilio signed this form; Twilio signs the public URL."""
        headers = {name.lower(): word for name, word in callback.headers.items()}
        signature = headers.get(SIGNATURE_HEADER.lower(), "")
        settings = headers.get(SIGNATURE_SETTINGS_HEADER.lower(), "")
        url, form = callback.url, dict(callback.form)
        algorithm = get_signature_algorithm(settings)
        try:
            expected = self._validator.compute_signature(url, form, algorithm)
        except ValueError:
            return False
        if hmac.compare_digest(expected.encode(), signature.encode()):
            return True
        # it computes twice, with a port and without; the URL as it is nearly always is
        return bool(self._validator.validate(url, form, signature, algorithm))

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read a status callback. Raises InputError when it is none."""
        sid = callback.form.get("MessageSid") or callback.form.get("SmsSid") or ""
        raw_status = callback.form.get("MessageStatus") or ""
        for name, word in (("MessageSid", sid), ("MessageStatus", raw_status)):
            if not word:
                raise InputError(name, "missing")
        return self._receipt(
            raw_status,
            reference=callback.reference,
            sid=sid,
            code=callback.form.get("ErrorCode") or None,
        )

    def read_inbound(self, callback: Callback) -> Inbound:
        """Read a resident's text. Raises InputError when it is none."""
        for name in ("MessageSid", "From", "To"):
            if not callback.form.get(name):
                raise InputError(name, "missing")
        return Inbound(
            provider_id=callback.form["MessageSid"],
            sender=callback.form["From"],
            to=callback.form["To"],
            text=callback.form.get("Body", ""),
        )

    def read_event(self, callback: Callback) -> Event:
        """Read a text where there is one, else a report. Raises InputError."""
        if "Body" in callback.form:
            return self.read_inbound(callback)
        return self.read_receipt(callback)

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        """Look for the text in the account's list: same phone, same words, one only."""
        with closing(Wire(self._account.base_url, connections=1)) as wire:
            try:
                # by DateSent it would leave out what waits there and is not sent yet
                newest = self._client(wire).messages.list(
                    to=submission.to, limit=LISTED
                )
            except (WireError, TwilioException, *NO_JSON):
                return Unfound.UNCLEAR
        since = submission.submitted_at - CLOCKS_APART
        listed = [
            m for m in newest if m.date_created is None or m.date_created >= since
        ]
        is_cut = len(newest) >= LISTED and len(listed) == len(newest)
        if is_cut or not all(message.body for message in listed):
            return Unfound.UNCLEAR
        same = [
            message
            for message in listed
            # it may have tidied the blanks, and what looks absent is sent again
            if message.body.split() == submission.text.split()
            and message.from_ == submission.sender
        ]
        if not same:
            return Unfound.ABSENT
        if len(same) != 1 or not same[0].sid:
            return Unfound.UNCLEAR
        code = same[0].error_code
        return self._receipt(
            str(same[0].status),
            reference=str(submission.reference),
            sid=str(same[0].sid),
            code=str(code) if code else None,
        )

    def _client(self, wire: Wire) -> Client:
        # the package would else read region and edge from the process's environment
        nowhere = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}
        return Client(
            self._account.sid,
            self._account.token,
            http_client=wire,
            environment=nowhere,
        )

    def _request(self, text: Submission) -> HttpRequest:
        body = (
            f"To={_quoted(text.to)}&From={_quoted(text.sender)}"
            f"{self._callbacks}{text.reference}&Body={_quoted(text.text)}"
        )
        if text.valid_until is not None:
            seconds = validity(text.valid_until - text.submitted_at)
            body += f"&ValidityPeriod={seconds}"
        return HttpRequest(url=self._url, headers=self._headers, body=body.encode())

    def _receipt(
        self, raw_status: str, *, reference: str | None, sid: str, code: str | None
    ) -> Receipt:
        status = STATUSES.get(raw_status)
        if status is ReceiptStatus.DELIVERED and self._proves_no_handset:
            status = ReceiptStatus.ACKNOWLEDGED
        return Receipt(
            reference=reference,
            provider_id=sid,
            status=status,
            raw_status=raw_status,
            code=code,
            blame=blame_of(code) if code else None,
        )

    @property
    def _proves_no_handset(self) -> bool:
        return self.capabilities.receipt_kind is ReceiptKind.NETWORK


def build(settings: GatewaySettings) -> TwilioGateway:
    """Make the gateway of its options. Raises ConfigurationError with every fault.

    Options: `account_sid`, `auth_token`; `base_url` where it is not Twilio's own;
    `receipt_kind`, network or handset: what "delivered" proves on this route;
    `segments_per_second`, what the account may send; `connections` and `window`, how
    many texts at once and how many at a time; `absent_after_s`, how long after it left
    a text that Twilio does not list was never taken, 0 for never.
    """
    account = read_account(settings)
    # at DEBUG it writes the address of every request, and a lookup's holds a number
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return TwilioGateway(account, name=settings.name, public_url=settings.public_url)


def _quoted(word: str) -> str:
    return word.encode().decode("latin-1").translate(FORM)
