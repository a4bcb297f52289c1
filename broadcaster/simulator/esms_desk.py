"""One account at eSMS: its keys, its money, the requests that it remembers."""

import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from broadcaster.simulator.book import Book
from broadcaster.simulator.esms_settings import EsmsSettings
from broadcaster.simulator.esms_words import (
    DUPLICATE,
    Details,
    EsmsRefusalError,
    details_of,
)
from broadcaster.simulator.gate import BRANDNAME, VALIDITY_LIMIT_S, Turnstile
from broadcaster.simulator.handsets import HandsetState
from broadcaster.simulator.measure import GSM_BASIC, GSM_ESCAPED, measure
from broadcaster.simulator.network import Network
from broadcaster.simulator.numbers import NumberKind, kind_of, read_number
from broadcaster.simulator.records import Order, Wire
from broadcaster.simulator.weather import Weather

SETTING = "esms"
SMS_TYPES = ("2", "8")
CALLBACK = re.compile(r"https?://\S+")
SIMULATED_KEY = "E" * 30
"""A key to an account that does not exist; it opens nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EsmsKeys:
    """What the account's owner was given, and where residents' texts go."""

    api_key: str = SIMULATED_KEY
    secret_key: str = field(default=SIMULATED_KEY, repr=False)
    inbound_url: str = ""
    inbound_key: str = field(default=SIMULATED_KEY, repr=False)


class EsmsDesk:
    """Check what is asked for against the account."""

    def __init__(self, network: Network, *, book: Book, keys: EsmsKeys) -> None:
        self._network = network
        self._book = book
        self._keys = keys
        self._turnstile = Turnstile()
        self._seen: dict[str, float] = {}
        self._spent = 0
        self.settings = EsmsSettings()
        network.when_reset.append(self._forget_all)

    def resume(self) -> None:
        """Go on from the book: settings, money spent, requests taken."""
        kept = self._book.settings().get(SETTING, {})
        self.settings = EsmsSettings().changed(kept if isinstance(kept, dict) else {})
        taken = [text for text in self._book.texts_of(Wire.ESMS) if text.details]
        for text in taken:
            details = details_of(text)
            self._seen[details.request_id] = details.taken_at
            self._spent += text.price

    def change(self, wishes: Mapping[str, object]) -> None:
        """Change settings. Raises BadEsmsSettingsError."""
        self._let(self.settings.changed(wishes))

    def clear(self) -> None:
        """Return to the settings of the beginning."""
        self._let(EsmsSettings())

    @property
    def balance(self) -> int:
        """Return the money left, in đồng."""
        return self.settings.balance - self._spent

    @property
    def is_down(self) -> bool:
        """Tell whether it is away."""
        return time.time() < self.settings.down_until

    def authenticate(self, fields: Mapping[str, str]) -> None:
        """Check the two keys. Raises EsmsRefusalError."""
        given = fields.get("ApiKey", "") + fields.get("SecretKey", "")
        wanted = self._keys.api_key + self._keys.secret_key
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise EsmsRefusalError("101")

    def is_too_fast(self, ask: int) -> bool:
        """Tell whether this text is one too many in a second."""
        limit = Weather(rate_limit=self.settings.tps)
        return self._turnstile.is_refused(ask, limit)

    def take(self, fields: Mapping[str, str]) -> Order:
        """Check a text, remember its request and charge it. Raises EsmsRefusalError.

        A request that was read is remembered, a refused one too.
        """
        now = time.time() + self.settings.clock_ahead_s
        request_id = fields.get("RequestId", "")
        seen_at = self._seen.get(request_id)
        if seen_at is not None and now - seen_at < self.settings.ids_kept_s:
            raise EsmsRefusalError(DUPLICATE)
        if request_id:
            self._seen[request_id] = now
        order = self._order(fields, now=now)
        self._spent += order.price
        return order

    def _let(self, settings: EsmsSettings) -> None:
        self.settings = settings
        self._book.keep_setting(SETTING, settings.as_json())

    def _order(self, fields: Mapping[str, str], *, now: float) -> Order:
        sms_type = fields.get("SmsType", "")
        sender, body = fields.get("Brandname", ""), fields.get("Content", "")
        recipient = read_number(fields.get("Phone", ""))
        if fields.get("IsUnicode", "0") != "1":
            body = without_accents(body)
        callback = fields.get("CallbackUrl", "")
        details = Details(
            request_id=fields.get("RequestId", ""), sms_type=sms_type, taken_at=now
        )
        order = Order(
            recipient=recipient,
            sender=sender,
            service="",
            body=body,
            callback=callback if CALLBACK.fullmatch(callback) else "",
            validity_s=VALIDITY_LIMIT_S,
            wire=Wire.ESMS,
            price=self._price(recipient, body),
            details=details.as_json(),
        )
        code = self._fault(order, sms_type)
        if code:
            raise EsmsRefusalError(code)
        return order

    def _price(self, recipient: str, body: str) -> int:
        town = self._network.town
        rates = town.rates | town.esms_rates
        return rates.get(town.get(recipient).carrier, 0) * measure(body).parts

    def _fault(self, order: Order, sms_type: str) -> str:
        """Return the code of the first thing that is wrong, or an empty string."""
        town = self._network.town
        handset = town.get(order.recipient)
        is_known = not town.senders or order.sender in town.senders
        faults = {
            "300": not sms_type,
            "118": sms_type not in SMS_TYPES,
            "108": kind_of(order.recipient) is not NumberKind.MOBILE,
            "104": not (is_known and BRANDNAME.fullmatch(order.sender)),
            "99": handset.state is HandsetState.BLOCKED,
            "177": handset.carrier in self.settings.unregistered,
            "146": not order.body or not self.settings.allows(order.body),
            "103": order.price > self.balance,
        }
        return next((code for code, is_wrong in faults.items() if is_wrong), "")

    def _forget_all(self) -> None:
        self._seen.clear()
        self._spent = 0


def without_accents(body: str) -> str:
    """Return what a text in the small alphabet becomes: the rest is lost."""
    return "".join(c if c in GSM_BASIC or c in GSM_ESCAPED else "?" for c in body)
