"""Twilio, both directions, on its official package.

Wire facts: https://www.twilio.com/docs/messaging/api/message-resource. Creating a
message has no idempotency key, so a request whose answer was lost is in doubt and is
never repeated; the callback's address carries our reference, and a list of messages
to that number may show it. In Vietnam "delivered" is the network's word and not the
handset's: that is what `receipt_kind` says, and why it defaults to `network`.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioException
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.rest import Client

from broadcaster.errors import ConfigurationError, InputError
from broadcaster.gateways.twilio_http import Wire, WireError
from broadcaster.gateways.twilio_words import (
    STATUSES,
    blame_of,
    failed,
    in_doubt,
    validity,
)
from broadcaster.ports import (
    Callback,
    Capabilities,
    GatewaySettings,
    Inbound,
    Outcome,
    Receipt,
    ReceiptKind,
    ReceiptStatus,
    Submission,
    Verdict,
)

THREADS = 16
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CLOCKS_APART = dt.timedelta(seconds=5)
"""How far Twilio's clock may be behind ours when a text is looked up."""
LISTED = 20
NO_JSON = (ValueError, TypeError, AttributeError, KeyError)
"""What the package raises when an answer is not the JSON it expects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose texts they are, and where they are handed in; None is Twilio itself."""

    sid: str
    token: str = field(repr=False)
    base_url: str | None
    receipt_kind: ReceiptKind


class TwilioGateway:
    """One Twilio account."""

    name = "twilio"

    def __init__(self, account: Account, *, public_url: str) -> None:
        self._account = account
        self._public_url = public_url
        self._validator = RequestValidator(account.token)
        self.capabilities = Capabilities(
            receipt_kind=account.receipt_kind, inbound=True
        )

    def submit(self, batch: Sequence[Submission]) -> list[Outcome]:
        """Send every text once, some at the same time."""
        threads = max(1, min(THREADS, len(batch)))
        with (
            closing(Wire(self._account.base_url, connections=threads)) as wire,
            ThreadPoolExecutor(threads) as pool,
        ):
            client = self._client(wire)
            return list(pool.map(lambda text: self._send(client, text), batch))

    def verify(self, callback: Callback) -> bool:
        """Tell whether Twilio signed this form; Twilio signs the public URL."""
        headers = {name.lower(): word for name, word in callback.headers.items()}
        signature = headers.get(SIGNATURE_HEADER.lower(), "")
        settings = headers.get(SIGNATURE_SETTINGS_HEADER.lower(), "")
        return bool(
            self._validator.validate(
                callback.url,
                dict(callback.form),
                signature,
                get_signature_algorithm(settings),
            )
        )

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read a status callback. Raises InputError when it is none."""
        sid = callback.form.get("MessageSid") or callback.form.get("SmsSid")
        raw_status = callback.form.get("MessageStatus") or ""
        if not sid:
            raise InputError("MessageSid", "missing")
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

    def lookup(self, submission: Submission) -> Receipt | None:
        """Look for the text in the account's list: same phone, same words, one only."""
        with closing(Wire(self._account.base_url, connections=1)) as wire:
            try:
                listed = self._client(wire).messages.list(
                    to=submission.to,
                    date_sent_after=submission.submitted_at - CLOCKS_APART,
                    limit=LISTED,
                )
            except (WireError, TwilioException, *NO_JSON):
                return None
        same = [
            message
            for message in listed
            if message.body == submission.text and message.from_ == submission.sender
        ]
        if len(same) != 1 or not same[0].sid:
            return None
        code = same[0].error_code
        try:
            return self._receipt(
                str(same[0].status),
                reference=str(submission.reference),
                sid=str(same[0].sid),
                code=str(code) if code else None,
            )
        except InputError:
            return None

    def _client(self, wire: Wire) -> Client:
        # the package would else read region and edge from the process's environment
        nowhere = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}
        return Client(
            self._account.sid,
            self._account.token,
            http_client=wire,
            environment=nowhere,
        )

    def _send(self, client: Client, text: Submission) -> Outcome:
        callback = f"{self._public_url}/callbacks/{self.name}/status/{text.reference}"
        words: dict[str, object] = (
            {}
            if text.valid_until is None
            else {"validity_period": validity(text.valid_until - text.submitted_at)}
        )
        try:
            taken = client.messages.create(
                to=text.to,
                from_=text.sender,
                body=text.text,
                status_callback=callback,
                **words,
            )
        except (WireError, TwilioException, *NO_JSON) as err:
            return failed(text, err)
        if not isinstance(taken.sid, str) or not taken.sid:
            return in_doubt(text, "unreadable")
        return Outcome(
            message_id=text.message_id,
            verdict=Verdict.ACCEPTED,
            provider_id=taken.sid,
        )

    def _receipt(
        self, raw_status: str, *, reference: str | None, sid: str, code: str | None
    ) -> Receipt:
        status = STATUSES.get(raw_status)
        if status is None:
            raise InputError("MessageStatus", "unknown")
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
    `receipt_kind`, network or handset: what "delivered" proves on this route.
    """
    options = settings.options
    faults = [
        f"LOA_GATEWAY_{name.upper()} is missing"
        for name in ("account_sid", "auth_token")
        if not options.get(name)
    ]
    base_url = options.get("base_url") or None
    if settings.demo and urlsplit(base_url or "").hostname not in LOOPBACK:
        faults.append("LOA_GATEWAY_BASE_URL must point at this machine in demo mode")
    kind = options.get("receipt_kind", ReceiptKind.NETWORK)
    if kind not in set(ReceiptKind):
        faults.append("LOA_GATEWAY_RECEIPT_KIND must be network or handset")
    if faults:
        raise ConfigurationError(faults)
    # at DEBUG it writes the address of every request, and a lookup's holds a number
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    account = Account(
        sid=options["account_sid"],
        token=options["auth_token"],
        base_url=base_url,
        receipt_kind=ReceiptKind(kind),
    )
    return TwilioGateway(account, public_url=settings.public_url)
