"""Twilio's JSON: a message, a page of messages, a balance, an error."""

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import urlencode

from broadcaster.simulator.records import Text
from broadcaster.simulator.twilio_reports import API_VERSION

PRICE_MILLS = 56
"""Invented price of a part, in thousandths of a dollar."""
START_BALANCE_MILLS = 10_000_000


class TwilioError(Exception):
    """A refusal in Twilio's words; `status` is the HTTP status."""

    def __init__(self, *, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def as_json(self) -> dict[str, object]:
        """Return the body of the refusal."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


@lru_cache(maxsize=1024)
def _date_of_second(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))


def rfc2822(moment: float) -> str | None:
    """Write a Unix time as Twilio does, or None for a time that has not come."""
    return _date_of_second(int(moment)) if moment else None


def dollars(mills: int) -> str:
    """Write thousandths of a dollar as Twilio writes money."""
    return f"{mills / 1000:.5f}"


def message_json(text: Text, account: str) -> dict[str, object]:
    """Return a text as Twilio's Message resource."""
    uri = f"/{API_VERSION}/Accounts/{account}/Messages/{text.sid}"
    return {
        "account_sid": account,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": rfc2822(text.created),
        "date_sent": rfc2822(text.sent),
        "date_updated": rfc2822(text.updated),
        "direction": text.direction,
        "error_code": text.error or None,
        "error_message": None,
        "from": text.sender,
        "messaging_service_sid": text.service or None,
        "num_media": "0",
        "num_segments": str(text.parts),
        "price": f"-{dollars(PRICE_MILLS * text.parts)}" if text.sent else None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "tags": None,
        "to": text.recipient,
        "uri": f"{uri}.json",
    }


def page_json(
    texts: list[Text], account: str, *, asked: dict[str, str], size: int
) -> dict[str, object]:
    """Return a page; `texts` holds one more than `size` when more follow."""
    path = f"/{API_VERSION}/Accounts/{account}/Messages.json"
    shown = texts[:size]
    number = int(asked.get("Page", "0"))
    plain = {k: v for k, v in asked.items() if k not in {"Page", "PageToken"}}
    following = None
    if len(texts) > size:
        token = {"Page": str(number + 1), "PageToken": f"PA{shown[-1].seq}"}
        following = f"{path}?{urlencode(plain | token)}"
    return {
        "end": number * size + max(0, len(shown) - 1),
        "first_page_uri": f"{path}?{urlencode(plain | {'Page': '0'})}",
        "messages": [message_json(text, account) for text in shown],
        "next_page_uri": following,
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": number * size,
        "uri": f"{path}?{urlencode(asked)}",
    }


def balance_json(account: str, *, parts: int) -> dict[str, object]:
    """Return the balance left after so many parts."""
    left = START_BALANCE_MILLS - PRICE_MILLS * parts
    return {"account_sid": account, "balance": dollars(left), "currency": "USD"}
