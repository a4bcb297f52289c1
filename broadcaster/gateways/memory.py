"""A telco that lives in this process: what tests and rehearsals send through.

It keeps what was sent, answers as it is told to, and signs callbacks with a secret of
its own; the contract suite holds it to what every gateway promises.
"""

import datetime as dt
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from threading import Lock

from broadcaster.errors import ConfigurationError, InputError
from broadcaster.ports import (
    Blame,
    Callback,
    Capabilities,
    Event,
    GatewaySettings,
    Inbound,
    Outcome,
    Receipt,
    ReceiptKind,
    ReceiptStatus,
    Submission,
    Unfound,
    Verdict,
)

Script = Callable[[Submission], Outcome | None]
"""Decides over one text: None accepts it; IN_DOUBT takes it and loses the answer."""

CAPABILITIES = Capabilities(receipt_kind=ReceiptKind.HANDSET, inbound=True)

SIGNATURE_HEADER = "X-Memory-Signature"


class MemoryGateway:
    """Takes every text, unless its script says otherwise."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        *,
        secret: str = "",
        name: str = "memory",
        capabilities: Capabilities = CAPABILITIES,
    ) -> None:
        self.name = name
        self.capabilities = capabilities
        self.sent: list[Submission] = []
        self.script: Script = lambda _text: None
        self._secret = secret.encode()
        self._lock = Lock()

    def submit(
        self, batch: Sequence[Submission], *, may_start: Callable[[], bool]
    ) -> list[Outcome]:
        """Keep every text that may start and that the script does not refuse."""
        outcomes = []
        stopped = False
        for text in batch:
            stopped = stopped or not may_start()
            outcomes.append(_stopped(text) if stopped else self._take(text))
        return outcomes

    def verify(self, callback: Callback) -> bool:
        """Tell whether `sign` made the signature."""
        given = callback.headers.get(SIGNATURE_HEADER, "")
        return hmac.compare_digest(given.encode(), self.sign(callback).encode())

    def read_receipt(self, callback: Callback) -> Receipt:
        """Read `status`, `id`, `code` and `blame`. Raises InputError."""
        status = callback.form.get("status", "")
        if status not in set(ReceiptStatus):
            raise InputError("status", "unknown")
        blame = callback.form.get("blame")
        return Receipt(
            reference=callback.reference,
            provider_id=callback.form.get("id"),
            status=ReceiptStatus(status),
            raw_status=status,
            code=callback.form.get("code"),
            blame=Blame(blame) if blame else None,
        )

    def read_inbound(self, callback: Callback) -> Inbound:
        """Read `id`, `from`, `to` and `text`. Raises InputError."""
        for field in ("id", "from", "to"):
            if not callback.form.get(field):
                raise InputError(field, "missing")
        return Inbound(
            provider_id=callback.form["id"],
            sender=callback.form["from"],
            to=callback.form["to"],
            text=callback.form.get("text", ""),
        )

    def read_event(self, callback: Callback) -> Event | None:
        """Read a text where there is one, else a report. Raises InputError."""
        if "text" in callback.form:
            return self.read_inbound(callback)
        return self.read_receipt(callback)

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        """Find the text by our reference, if it was taken."""
        if not any(sent.reference == submission.reference for sent in self.sent):
            return Unfound.ABSENT
        return Receipt(
            reference=str(submission.reference),
            provider_id=_id_of(submission),
            status=ReceiptStatus.ACCEPTED,
            raw_status=ReceiptStatus.ACCEPTED,
        )

    def sign(self, callback: Callback) -> str:
        """Return the signature of a callback's URL and form."""
        form = "".join(name + callback.form[name] for name in sorted(callback.form))
        signed = (callback.url + form).encode()
        return hmac.new(self._secret, signed, sha256).hexdigest()

    def _take(self, text: Submission) -> Outcome:
        told = self.script(text)
        if told is None or told.verdict in (Verdict.ACCEPTED, Verdict.IN_DOUBT):
            with self._lock:
                self.sent.append(text)
        return told or Outcome(
            message_id=text.message_id,
            verdict=Verdict.ACCEPTED,
            provider_id=_id_of(text),
        )


def build(settings: GatewaySettings) -> MemoryGateway:
    """Make the gateway. Raises ConfigurationError.

    Options: `auth_token`, what it signs with; `segments_per_second`; `absent_after_s`.
    """
    after = _number(settings, "absent_after_s")
    return MemoryGateway(
        secret=settings.options.get("auth_token", ""),
        name=settings.name,
        capabilities=replace(
            CAPABILITIES,
            segments_per_second=_number(settings, "segments_per_second"),
            absent_after=dt.timedelta(seconds=after) if after else None,
        ),
    )


def _number(settings: GatewaySettings, option: str) -> float | None:
    word = settings.options.get(option)
    try:
        return float(word) if word else None
    except ValueError as err:
        fault = f"{settings.prefix}{option.upper()} must be a number"
        raise ConfigurationError([fault]) from err


def _id_of(text: Submission) -> str:
    return f"M{text.reference.hex}"


def _stopped(text: Submission) -> Outcome:
    return Outcome(message_id=text.message_id, verdict=Verdict.NOT_SENT, code="stopped")
