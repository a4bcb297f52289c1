"""What stands before the create call: credentials, form checks and bad days."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from broadcaster.simulator.handsets import HandsetState, Town
from broadcaster.simulator.numbers import E164, NumberKind, kind_of
from broadcaster.simulator.records import Order
from broadcaster.simulator.twilio_words import TwilioError
from broadcaster.simulator.weather import Weather

BODY_LIMIT = 1600
VALIDITY_LIMIT_S = 36_000
BRANDNAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 _+&-]{1,11}")
SHORT_CODE = re.compile(r"[0-9]{3,8}")
SERVICE = re.compile(r"MG[0-9a-f]{32}")
CALLBACK = re.compile(r"https?://[^\s/_]+(/\S*)?")


def check_order(form: Mapping[str, str], town: Town) -> Order:
    """Check the form of a create call in Twilio's order. Raises TwilioError."""
    recipient = _check_recipient(form.get("To", ""), town)
    sender, service = _check_sender(form, town)
    body = form.get("Body", "")
    if not body:
        raise _refusal(21619, "A text message body or media urls must be specified.")
    if len(body) > BODY_LIMIT:
        raise _refusal(
            21617,
            f"The concatenated message body exceeds the {BODY_LIMIT} character limit.",
        )
    callback = form.get("StatusCallback", "")
    if callback and not CALLBACK.fullmatch(callback):
        raise _refusal(21609, f"Invalid StatusCallback URL: {callback}")
    return Order(
        recipient=recipient,
        sender=sender,
        service=service,
        body=body,
        callback=callback,
        validity_s=_check_validity(form.get("ValidityPeriod", "")),
    )


def _refusal(code: int, message: str) -> TwilioError:
    return TwilioError(status=400, code=code, message=message)


def _check_recipient(to: str, town: Town) -> str:
    if not to:
        raise _refusal(21604, "A 'To' phone number is required.")
    kind = kind_of(to)
    if kind is NumberKind.ABROAD:
        raise _refusal(
            21408,
            "Permission to send an SMS has not been enabled for the region"
            f" indicated by the 'To' number: {to}",
        )
    if kind is NumberKind.INVALID:
        raise _refusal(21211, f"Invalid 'To' Phone Number: {to}")
    state = town.get(to).state
    if state is HandsetState.LANDLINE:
        raise _refusal(21614, f"'To' number is not a valid mobile number: {to}")
    if state is HandsetState.BLOCKED:
        raise _refusal(21610, "Attempt to send to unsubscribed recipient")
    return to


def _check_sender(form: Mapping[str, str], town: Town) -> tuple[str, str]:
    service, sender = form.get("MessagingServiceSid", ""), form.get("From", "")
    if service:
        if not SERVICE.fullmatch(service):
            raise _refusal(21701, f"The Messaging Service {service} does not exist")
        return sender or town.service_number, service
    if not sender:
        raise _refusal(21603, "A 'From' phone number is required.")
    shapes = (BRANDNAME, SHORT_CODE, E164)
    known = not town.senders or sender in (*town.senders, town.service_number)
    if known and any(shape.fullmatch(sender) for shape in shapes):
        return sender, ""
    raise _refusal(
        21606,
        f"The 'From' phone number provided ({sender}) is not a valid"
        " message-capable Twilio phone number for this destination/account",
    )


def _check_validity(written: str) -> int:
    if not written:
        return VALIDITY_LIMIT_S
    if written.isascii() and written.isdigit():
        validity = int(written)
        if 1 <= validity <= VALIDITY_LIMIT_S:
            return validity
    raise _refusal(21624, f"Invalid validity period value: {written}")


@dataclass(slots=True, kw_only=True)
class Turnstile:
    """Refuse create calls over the rate, and during bursts that the weather brings."""

    asks: int = 0
    _burst_until: float = 0.0
    _tokens: float = 0.0
    _filled: float = 0.0

    def next_ask(self) -> int:
        """Give a create call its number."""
        self.asks += 1
        return self.asks

    def is_refused(self, ask: int, weather: Weather) -> bool:
        """Tell whether this create call gets a 429."""
        now = time.monotonic()
        if weather.happens(weather.too_many, "too_many", ask):
            self._burst_until = now + weather.burst_ms / 1000
        in_burst = weather.too_many > 0 and now < self._burst_until
        return in_burst or self._is_over_rate(now, weather.rate_limit)

    def _is_over_rate(self, now: float, rate: int) -> bool:
        if not rate:
            return False
        refill = (now - self._filled) * rate
        self._tokens = min(float(rate), self._tokens + refill)
        self._filled = now
        if self._tokens < 1:
            return True
        self._tokens -= 1
        return False
