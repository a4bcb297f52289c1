"""The happy answers of the telcos that are not Twilio, each in its own words.

As little work as is honest: the whole request is read, what a real one answers comes
back, and the texts in it are counted.
"""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

ESMS = b"/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/"
VNPT = b"/vnpt"
ZALO = b"/zalo/message/template"
KANNEL = b"/cgi-bin/sendsms"

Taken = tuple[int, bytes, int]
"""Status, body, how many texts."""

_ids = count(1)


def take(url: bytes, body: bytes, *, numbers: bytes) -> Taken | None:
    """Take a request by its address; None where no such telco answers there.

    `numbers` is Kannel's header of that name.
    """
    answer = _ANSWERS.get(url)
    return answer(body, numbers) if answer else None


def _esms(body: bytes, _numbers: bytes) -> Taken:
    asked = json.loads(body)
    return _told({"CodeResult": "100", "CountRegenerate": 0, "SMSID": _id()}, asked)


def _vnpt(body: bytes, _numbers: bytes) -> Taken:
    asked = json.loads(body)["RQST"]
    reply = {"name": asked["name"], "ERROR": "0", "ERROR_DESC": "success"}
    texts = asked["MOBILELIST"].count(",") + 1
    return 200, json.dumps({"RPLY": reply}).encode(), texts


def _zalo(body: bytes, _numbers: bytes) -> Taken:
    asked = json.loads(body)
    data = {
        "msg_id": _id(),
        "sent_time": "1795340000000",
        "sending_mode": "1",
        "quota": {"dailyQuota": "5000", "remainingQuota": "4999"},
    }
    return _told({"error": 0, "message": "Success", "data": data}, asked)


def _kannel(_body: bytes, numbers: bytes) -> Taken:
    return 202, b"0: Accepted for delivery", len(numbers.split())


def _told(answer: object, asked: dict[str, Any]) -> Taken:
    is_for_somebody = bool(asked.get("Phone") or asked.get("phone"))
    return 200, json.dumps(answer).encode(), int(is_for_somebody)


def _id() -> str:
    return f"{next(_ids):032x}"


_ANSWERS: dict[bytes, Callable[[bytes, bytes], Taken]] = {
    ESMS: _esms,
    VNPT: _vnpt,
    ZALO: _zalo,
    KANNEL: _kannel,
}
