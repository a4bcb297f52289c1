"""What Zalo checks before it takes a message; each refusal has its own code."""

import json
from collections.abc import Mapping
from typing import Any

from broadcaster.simulator.gate import VALIDITY_LIMIT_S
from broadcaster.simulator.numbers import NumberKind, kind_of
from broadcaster.simulator.records import Direction, Order, Wire
from broadcaster.simulator.zalo_account import ZaloAccount
from broadcaster.simulator.zalo_people import Person
from broadcaster.simulator.zalo_templates import TemplateStatus, ZaloTemplate

TRACKING_LIMIT = 48
FREE_LIMIT = 2000
LATE_ANSWER_PRICE = 55
"""Invented price of an answer after the free hours, in đồng."""
MODES = frozenset({"1", "3"})


class ZaloError(Exception):
    """A refusal in Zalo's words; it travels with HTTP 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def as_json(self) -> dict[str, object]:
        """Return the body of the refusal."""
        return {"error": self.code, "message": self.message}


def check_template(
    asked: Mapping[str, object], account: ZaloAccount, *, by: str
) -> Order:
    """Check a template message in Zalo's order. Raises ZaloError."""
    phone = _by_phone(asked) if by == "phone" else None
    template = _template(asked, account)
    data = asked.get("template_data")
    if not isinstance(data, dict):
        raise ZaloError(-132, "template_data is invalid")
    fault = template.fault(data)
    if fault:
        raise ZaloError(fault, "Template data is invalid")
    mode = str(asked.get("sending_mode", "1"))
    tracking = str(asked.get("tracking_id", ""))
    if mode not in MODES:
        raise ZaloError(-161, "sending_mode is invalid")
    if len(tracking) > TRACKING_LIMIT:
        raise ZaloError(-153, "tracking_id is invalid")
    _check_hour(account, by=by)
    if phone is None:
        follower = _by_user_id(asked.get("user_id"), account)
        _check_will(follower, code=-244)
    else:
        follower = account.people.get(phone)
        _check_reach(follower, account)
        _check_will(follower, code=-141)
    _check_quota(template, account)
    details = {
        "by": by,
        "template_id": template.id,
        "sending_mode": mode,
        "user_id": follower.user_id,
    }
    if by == "phone":
        details["tracking_id"] = tracking
    return _order(
        follower,
        account,
        body=template.filled(data),
        price=template.price if by == "phone" else template.price_uid,
        details=details,
    )


def check_free(
    asked: Mapping[str, object], account: ZaloAccount, *, now: float
) -> Order:
    """Check a free answer, or the form that asks for a number. Raises ZaloError."""
    recipient, message = asked.get("recipient"), asked.get("message")
    if not isinstance(recipient, dict) or not isinstance(message, dict):
        raise ZaloError(-201, "Params is invalid")
    person = _by_user_id(recipient.get("user_id"), account)
    age = now - person.talked_at
    if age > account.settings.answer_until_s:
        raise ZaloError(-230, "User has not interacted with the OA in the past 7 days")
    body, is_form = _words(message)
    if not body or len(body) > FREE_LIMIT:
        raise ZaloError(-210, "Message is invalid")
    is_free = age <= account.settings.answer_free_s
    details = {"by": "free", "user_id": person.user_id}
    if is_form:
        details["asks"] = "phone"
    return _order(
        person,
        account,
        body=body,
        price=0 if is_free else LATE_ANSWER_PRICE,
        details=details,
    )


def _words(message: Mapping[str, Any]) -> tuple[str, bool]:
    """Return what the phone shows, and whether it asks for the number."""
    if "text" in message:
        return str(message["text"]), False
    try:
        payload = message["attachment"]["payload"]
        kind, element = payload["template_type"], payload["elements"][0]
        body = f"{element['title']}\n{element['subtitle']}"
    except (KeyError, IndexError, TypeError):
        raise ZaloError(-201, "Params is invalid") from None
    if kind != "request_user_info":
        raise ZaloError(-233, "Message type is not supported")
    return body, True


def _order(
    person: Person,
    account: ZaloAccount,
    *,
    body: str,
    price: int,
    details: Mapping[str, str],
) -> Order:
    return Order(
        recipient=person.e164,
        sender="Zalo",
        service="",
        body=body,
        callback=account.post.url,
        validity_s=VALIDITY_LIMIT_S,
        direction=Direction.REPLY if details["by"] == "free" else Direction.API,
        wire=Wire.ZALO,
        price=price,
        details=json.dumps(details),
    )


def _by_phone(asked: Mapping[str, object]) -> str:
    e164 = f"+{asked.get('phone', '')}"
    if kind_of(e164) is not NumberKind.MOBILE:
        raise ZaloError(-108, "Phone number is invalid")
    return e164


def _by_user_id(user_id: object, account: ZaloAccount) -> Person:
    person = account.people.find(str(user_id))
    if person is None or not account.people.uses_zalo(person.e164):
        raise ZaloError(-201, "user_id is invalid")
    if not person.is_following:
        raise ZaloError(-213, "User has not followed OA")
    return person


def _template(asked: Mapping[str, object], account: ZaloAccount) -> ZaloTemplate:
    template = account.templates.find(str(asked.get("template_id", "")))
    if template is None:
        raise ZaloError(-109, "Template ID is invalid")
    if template.status is TemplateStatus.DISABLE:
        raise ZaloError(-146, "Template is disabled for its low quality")
    if template.status is not TemplateStatus.ENABLE:
        raise ZaloError(-131, "Template is not approved")
    return template


def _check_hour(account: ZaloAccount, *, by: str) -> None:
    if account.settings.is_night:
        code = -133 if by == "phone" else -234
        raise ZaloError(code, "Template may not be sent at night")


def _check_reach(person: Person, account: ZaloAccount) -> None:
    if not account.people.uses_zalo(person.e164):
        raise ZaloError(-118, "Zalo account not existed")


def _check_will(person: Person, *, code: int) -> None:
    if person.refuses:
        raise ZaloError(code, "User has refused to receive messages from OA")


def _check_quota(template: ZaloTemplate, account: ZaloAccount) -> None:
    settings = account.settings
    if settings.is_wallet_empty:
        raise ZaloError(-115, "Out of balance")
    if not account.remaining():
        raise ZaloError(-144, "OA has exceeded the daily ZNS quota")
    limit = settings.template_quota
    if limit and account.used(template.id) >= limit:
        raise ZaloError(-147, "Template has exceeded its daily quota")
