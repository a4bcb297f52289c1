"""What Zalo posts to our one address: who signed it, and what it says."""

import hashlib
import hmac
import json
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

from broadcaster.errors import InputError
from broadcaster.gateways.zalo_options import Account
from broadcaster.ports import (
    AccountChanged,
    Callback,
    Channel,
    Event,
    Followed,
    Inbound,
    Receipt,
    ReceiptStatus,
    SharedPhone,
)

SIGNATURE = "x-zevent-signature"
TIMESTAMP = "x-zevent-timestamp"
RECEIVED = "user_received_message"
WRITTEN = "user_send_text"
SHARED = "user_submit_info"
FOLLOWS = {"follow": True, "unfollow": False}
CHANGES = frozenset(
    {
        "change_template_status",
        "change_template_quota",
        "change_template_quality",
        "change_oa_daily_quota",
        "change_oa_template_tags",
    }
)


class Signatures:
    """Judges events; `matched` counts by which secret and which id they were signed.

    Zalo's pages disagree about both, so each is tried, in the order of how likely.
    """

    def __init__(self, account: Account) -> None:
        self.matched: Counter[str] = Counter()
        secrets = {"oa_secret": account.oa_secret, "app_secret": account.app_secret}
        ids = {"app_id": account.app_id, "oa_id": account.oa_id}
        self._ways = [
            (f"{secret}/{word}", ids[word].encode(), secrets[secret].encode())
            for secret in secrets
            for word in ids
        ]

    def verify(self, callback: Callback) -> bool:
        """Tell whether SHA-256 over id, raw body, timestamp and secret is as signed."""
        headers = {name.lower(): word for name, word in callback.headers.items()}
        signed = headers.get(SIGNATURE, "").removeprefix("mac=").encode()
        try:
            told = read_body(callback).get("timestamp")
        except InputError:
            return False
        timestamp = str(headers.get(TIMESTAMP, "") if told is None else told).encode()
        for way, word, secret in self._ways:
            mac = hashlib.sha256(word + callback.body + timestamp + secret)
            if hmac.compare_digest(mac.hexdigest().encode(), signed.lower()):
                self.matched[way] += 1
                return True
        return False


def read_body(callback: Callback) -> dict[str, Any]:
    """Return an event's JSON object. Raises InputError."""
    try:
        event = json.loads(callback.body)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise InputError("body", "unreadable")
    return event


def read_event(callback: Callback) -> Event | None:
    """Read an event; None for one that tells us nothing. Raises InputError."""
    event = read_body(callback)
    name = _word(event, "event_name")
    if name == RECEIVED:
        receipt = receipt_of(event)
        # without a time it is a chat message, and not all of those are ours
        is_delivery = receipt.status is ReceiptStatus.DELIVERED
        return receipt if is_delivery else None
    if name == WRITTEN:
        return inbound_of(event)
    if name in FOLLOWS:
        return Followed(
            user_id=_word(_part(event, "follower"), "id"),
            account=_word(event, "oa_id"),
            is_following=FOLLOWS[name],
        )
    if name == SHARED:
        return _shared(event)
    if name in CHANGES:
        return AccountChanged(account=str(event.get("oa_id") or ""), what=name)
    return None


def receipt_of(event: Mapping[str, Any]) -> Receipt:
    """Read that a phone received a message. Raises InputError."""
    if event.get("event_name") != RECEIVED:
        raise InputError("event_name", "unknown")
    message = _part(event, "message")
    is_delivery = bool(message.get("delivery_time"))
    return Receipt(
        reference=_reference(message.get("tracking_id")),
        provider_id=_word(message, "msg_id"),
        status=ReceiptStatus.DELIVERED if is_delivery else ReceiptStatus.ACCEPTED,
        raw_status="delivery_time" if is_delivery else "received",
    )


def inbound_of(event: Mapping[str, Any]) -> Inbound:
    """Read what somebody wrote to the account. Raises InputError."""
    if event.get("event_name") != WRITTEN:
        raise InputError("event_name", "unknown")
    message = _part(event, "message")
    return Inbound(
        provider_id=_word(message, "msg_id"),
        sender=_word(_part(event, "sender"), "id"),
        to=_word(_part(event, "recipient"), "id"),
        text=str(message.get("text") or ""),
        channel=Channel.ZALO,
    )


def _shared(event: Mapping[str, Any]) -> SharedPhone:
    info = _part(event, "info")
    name = str(info.get("name") or "").strip()
    return SharedPhone(
        user_id=_word(_part(event, "sender"), "id"),
        account=_word(_part(event, "recipient"), "id"),
        e164=_e164(_word(info, "phone")),
        full_name=name or None,
    )


def _e164(phone: str) -> str:
    digits = "".join(filter(str.isdigit, phone)) if phone.isascii() else ""
    if digits.startswith("0"):
        digits = f"84{digits[1:]}"
    if not digits.startswith("84"):
        raise InputError("phone", "unreadable")
    return f"+{digits}"


def _reference(tracking_id: object) -> str | None:
    try:
        return str(uuid.UUID(str(tracking_id)))
    except ValueError:
        return None


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    if not isinstance(part, dict):
        raise InputError(name, "missing")
    return part


def _word(event: Mapping[str, Any], name: str) -> str:
    """Return a field; ids come as words and, here and there, as numbers."""
    word = event.get(name)
    if isinstance(word, bool) or not isinstance(word, str | int) or word == "":
        raise InputError(name, "missing")
    return str(word)
