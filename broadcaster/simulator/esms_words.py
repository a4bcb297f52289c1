"""eSMS's words: its codes, its JSON, the fields of a report."""

import json
from dataclasses import dataclass
from urllib.parse import quote

from broadcaster.simulator.numbers import carrier_of
from broadcaster.simulator.records import FINAL, Status, Text

GOOD = "100"
DUPLICATE = "124"
TELCO_IDS = {
    "Viettel": "1",
    "MobiFone": "2",
    "VinaPhone": "3",
    "Vietnamobile": "4",
    "Gmobile": "5",
    "iTel": "6",
    "Wintel": "7",
}
MESSAGES = {
    "": "Invalid request",
    "99": "Phone number is blocked",
    "101": "Authorize Failed",
    "103": "Balance not enough to send",
    "104": "Brand name code is not exist",
    "105": "SMSID is not exist",
    "108": "Phone number is not valid",
    "118": "SmsType is not supported",
    "124": "Request exist 1",
    "146": "Sai template Brandname CSKH",
    "160": "Over TPS limit",
    "177": "Network is not registered",
    "300": "SmsType is missing",
}
FAILURES = {30003: "-2", 30004: "-3", 30005: "-1", 30006: "-1"}
"""Invented: their pages show error_info for Zalo alone."""
SENT_STATUS = {Status.SENT: "7", Status.DELIVERED: "5", Status.UNDELIVERED: "5"}


class EsmsRefusalError(Exception):
    """A refusal by its code, empty where nothing could be read. It leaves with 200."""

    def __init__(self, code: str) -> None:
        super().__init__(MESSAGES[code])
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What eSMS keeps of a text besides."""

    request_id: str
    sms_type: str
    taken_at: float
    """By its own clock, in Unix seconds."""

    def as_json(self) -> str:
        """Return what a text's record holds."""
        return json.dumps([self.request_id, self.sms_type, self.taken_at])


def details_of(text: Text) -> Details:
    """Return what eSMS kept of a text."""
    request_id, sms_type, taken_at = json.loads(text.details)
    return Details(request_id=request_id, sms_type=sms_type, taken_at=taken_at)


def sms_id_of(sid: str) -> str:
    """Return the SMSID of a text: as long as theirs, with the tail that theirs have."""
    return sid.removeprefix("SM") + "200"


def sid_of(sms_id: str) -> str:
    """Return the record's own id of an SMSID."""
    return "SM" + sms_id.removesuffix("200")


def taken_json(sms_id: str) -> dict[str, object]:
    """Return the answer to a text that is taken."""
    return {"CodeResult": GOOD, "CountRegenerate": 0, "SMSID": sms_id}


def refused_json(code: str) -> dict[str, object]:
    """Return the answer to a text that is refused."""
    if not code:
        return {"error": MESSAGES[code]}
    answer: dict[str, object] = {
        "CodeResult": code,
        "CountRegenerate": 0,
        "ErrorMessage": MESSAGES[code],
    }
    return answer | ({"SendStatus": "5"} if code == DUPLICATE else {})


def status_json(text: Text) -> dict[str, object]:
    """Return what the records say of a text."""
    is_final = text.status in FINAL
    return {
        "CodeResponse": GOOD,
        "SMSID": sms_id_of(text.sid),
        "SendFailed": int(text.status is Status.UNDELIVERED),
        "SendStatus": int(SENT_STATUS.get(text.status, "2")),
        "SendSuccess": int(text.status is Status.DELIVERED),
        "TotalPrice": float(text.price),
        "TotalReceiver": 1,
        "TotalSent": int(is_final),
    }


def report_fields(text: Text, status: Status, *, error: int) -> dict[str, str]:
    """Return the fields of a report, with eSMS's names and order."""
    details, is_done = details_of(text), status in FINAL
    is_good = status is Status.DELIVERED
    report = {
        "SMSID": sms_id_of(text.sid),
        "SendFailed": str(int(is_done and not is_good)),
        "SendStatus": SENT_STATUS[status],
        "SendSuccess": str(int(is_good)),
        "TotalPrice": f"{text.price:.4f}",
        "TotalReceiver": "1",
        "TotalSent": str(int(is_done)),
        "RequestId": details.request_id,
        "TypeId": details.sms_type,
        "telcoid": TELCO_IDS.get(carrier_of(text.recipient), ""),
        "phonenumber": "0" + text.recipient.removeprefix("+84"),
        "switchsmsid": "",
    }
    if error:
        told = {"error": int(FAILURES[error]), "message": "Failed"}
        written = json.dumps(json.dumps(told)) if text.seq % 2 else json.dumps(told)
        # every second one is encoded twice, as theirs are
        report["error_info"] = written if text.seq % 2 else quote(written)
    return report
