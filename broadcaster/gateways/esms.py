"""eSMS.vn, an aggregator of brandname texts, both directions.

Wire facts: https://developers.esms.vn/esms-api. Every answer is HTTP 200 and says by
CodeResult what it means; 100 is taken, and no more. A RequestId is taken once, so a
text whose answer was lost may be handed in again: `duplicate_window_h` says for how
long. Ours is the text's reference and the number of the attempt: what is repeated in
doubt has the same, what was refused and is tried anew has another, for nobody tells
whether a RequestId that was refused is spent.

Reports are unsigned GETs. Their address, which only eSMS knows, carries a code of
ours for this one text; and before a final one is believed, their own records are asked
(`verify_receipts`): who has learnt the address learns nothing to report by it. Where
the records do not answer, the report is neither kept nor refused: GatewayAwayError.
"""

import hmac
import json
import logging
from collections.abc import Callable, Sequence
from hashlib import sha256

from broadcaster.errors import GatewayAwayError, InputError
from broadcaster.gateways.esms_http import SERVICE, ask_balance, ask_status
from broadcaster.gateways.esms_options import OPTIONS, Account, read_account
from broadcaster.gateways.esms_words import (
    CODES,
    FINAL,
    asked,
    raw_status,
    read_answer,
    read_error,
    read_status,
)
from broadcaster.gateways.http_engine import HttpEngine
from broadcaster.gateways.http_exchange import HttpRequest
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
    Standing,
    Submission,
    Unfound,
)
from broadcaster.rules.segments import Encoding, measure

CHANNEL = Channel.SMS
HEADERS = (
    "Content-Type: application/json; charset=utf-8",
    "Accept: application/json",
    "User-Agent: loa-phuong",
)

__all__ = ["CHANNEL", "OPTIONS", "EsmsGateway", "build"]


class EsmsGateway:
    """One eSMS account."""

    def __init__(self, account: Account, *, settings: GatewaySettings) -> None:
        self.name = settings.name
        self.capabilities = account.capabilities
        self._account = account
        self._engine = HttpEngine(connections=account.capabilities.connections)
        self._url = f"{account.base_url}{SERVICE}/SendMultipleMessage_V4_post_json/"
        self._callbacks = f"{settings.public_url}/callbacks/{settings.name}/status/"
        self._callback_key = settings.callback_key.encode()
        self._alike = {
            "ApiKey": account.api_key,
            "SecretKey": account.secret_key,
            "SmsType": account.sms_type,
            "Sandbox": "1" if account.is_sandbox else "0",
        }

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
        """Tell whether eSMS sent this: by our code in a report, by its sign otherwise.

        Raises GatewayAwayError when its records do not tell whether a report is true.
        """
        query = asked(callback)
        if callback.reference is None:
            return self._account.inbound.is_on(query)
        if not self._is_ours(callback.reference, query):
            return False
        told = read_status(query)
        if told not in FINAL or not self._account.asks_about_receipts:
            return True
        recorded = read_status(ask_status(self._account, query["SMSID"]))
        if recorded not in FINAL:
            raise GatewayAwayError("the records are behind the report")
        return recorded is told

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read a delivery report. Raises InputError when it is none."""
        query = asked(callback)
        for name in ("SMSID", "SendStatus"):
            if not query.get(name):
                raise InputError(name, "missing")
        return self._receipt(query, reference=callback.reference)

    def read_inbound(self, callback: Callback) -> Inbound:
        """Read a resident's text. Raises InputError when it is none."""
        for name in ("smsid", "sender", "serviceNumber"):
            if not callback.query.get(name):
                raise InputError(name, "missing")
        return Inbound(
            provider_id=callback.query["smsid"],
            sender=_e164(callback.query["sender"]),
            to=callback.query["serviceNumber"],
            text=callback.query.get("content", ""),
        )

    def read_event(self, callback: Callback) -> Event:
        """Read a text where there is one, else a report. Raises InputError."""
        if "content" in callback.query:
            return self.read_inbound(callback)
        return self.read_receipt(callback)

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        """Ask for the text by their id. Without one nothing tells them apart."""
        if submission.provider_id is None:
            return Unfound.UNCLEAR
        try:
            told = ask_status(self._account, submission.provider_id)
        except GatewayAwayError:
            return Unfound.UNCLEAR
        told |= {"SMSID": submission.provider_id}
        return self._receipt(told, reference=str(submission.reference))

    def standing(self) -> Standing:
        """Ask for the balance. Raises GatewayAwayError."""
        return Standing(balance_vnd=ask_balance(self._account))

    def _request(self, text: Submission) -> HttpRequest:
        needs_unicode = measure(text.text).encoding is Encoding.UCS2
        body = self._alike | {
            "Phone": text.to.removeprefix("+"),
            "Content": text.text,
            "Brandname": self._account.brandname or text.sender,
            "IsUnicode": "1" if needs_unicode else "0",
            "RequestId": f"{text.reference.hex}-{text.attempt}",
        }
        if self._callback_key:
            code = self._code(str(text.reference))
            body["CallbackUrl"] = f"{self._callbacks}{text.reference}?k={code}"
        return HttpRequest(
            url=self._url,
            headers=HEADERS,
            body=json.dumps(body).encode(),
        )

    def _code(self, reference: str) -> str:
        return hmac.new(self._callback_key, reference.encode(), sha256).hexdigest()

    def _is_ours(self, reference: str, query: dict[str, str]) -> bool:
        if not self._callback_key or not query.get("SMSID"):
            return False
        expected, given = self._code(reference), query.get("k", "")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            return False
        ours = query.get("RequestId", "").partition("-")[0]
        return ours in ("", reference.replace("-", ""))

    def _receipt(self, query: dict[str, str], *, reference: str | None) -> Receipt:
        status = read_status(query)
        is_network = self.capabilities.receipt_kind is ReceiptKind.NETWORK
        if status is ReceiptStatus.DELIVERED and is_network:
            status = ReceiptStatus.ACKNOWLEDGED
        code = read_error(query.get("error_info", ""))
        return Receipt(
            reference=reference,
            provider_id=query["SMSID"],
            status=status,
            raw_status=raw_status(query),
            code=code,
            blame=CODES.facts(code).blame if code else None,
        )


def build(settings: GatewaySettings) -> EsmsGateway:
    """Make the gateway of its options. Raises ConfigurationError with every fault.

    Options: `api_key`, `secret_key`; `brandname` where it is not the ward's own;
    `sms_type`; `sandbox`, which charges nothing and sends nothing; `base_url`;
    `receipt_kind`; `segments_per_second`, `connections`, `window`; `verify_receipts`,
    whether their records are asked before a final report is believed;
    `duplicate_window_h`, 0 for never to repeat; `inbound_key`, their PrivateKey, and
    `inbound_signed`, the fields that their sign is over, in its order.
    """
    account = read_account(settings)
    # at DEBUG it writes the address of every request, and a question's holds the keys
    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
    return EsmsGateway(account, settings=settings)


def _e164(sender: str) -> str:
    digits = sender.strip().removeprefix("+")
    return f"+84{digits[1:]}" if digits.startswith("0") else f"+{digits}"
