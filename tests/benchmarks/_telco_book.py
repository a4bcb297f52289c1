"""What the measuring telco knows: every text it took, and what it answers of them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

VERSION = "2010-04-01"


class Text(NamedTuple):
    """One text as it was taken; `at` is in Unix seconds, the form still quoted."""

    at: float
    sid: str
    to: str
    sender: str
    quoted_body: str
    callback: str

    @property
    def body(self) -> str:
        """Return the words."""
        return unquote_plus(self.quoted_body)

    @property
    def reference(self) -> str:
        """Return the last word of the address that receipts go to: the client's own."""
        return self.callback.rpartition("/")[2]


class Book:
    """The only true list of a measurement: what each phone got, and when."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._template = _template(account)
        self.phones: dict[str, list[Text]] = {}
        self.moments: list[float] = []
        self.doubled = 0

    def take(self, form: bytes, *, at: float) -> Text:
        """Write a create call's form into the book."""
        fields = dict(part.split("=", 1) for part in form.decode("ascii").split("&"))
        text = Text(
            at,
            f"SM{len(self.moments):032x}",
            fields["To"].replace("%2B", "+"),
            _plain(fields.get("From", "")),
            fields.get("Body", ""),
            unquote_plus(fields.get("StatusCallback", "")),
        )
        self.moments.append(at)
        got = self.phones.setdefault(text.to, [])
        got.append(text)
        if len(got) == 2:
            self.doubled += 1
        return text

    def taken(self, text: Text) -> bytes:
        """Return the JSON by which the create call is answered."""
        date = _date(int(text.at))
        words = json.dumps(text.body), date, date, text.sender, text.sid, text.sid
        return (self._template % (*words, text.to, text.sid)).encode("ascii")

    def forget(self) -> None:
        """Begin anew."""
        self.phones.clear()
        self.moments.clear()
        self.doubled = 0

    def stats(self) -> dict[str, float]:
        """Return how many texts came, to how many phones, and when."""
        moments = self.moments
        return {
            "received": len(moments),
            "phones": len(self.phones),
            "doubled": self.doubled,
            "first_at": moments[0] if moments else 0.0,
            "last_at": moments[-1] if moments else 0.0,
        }

    def counts(self) -> dict[str, int]:
        """Return how many texts each phone got."""
        return {phone: len(texts) for phone, texts in self.phones.items()}

    def arrivals(self, to: str) -> list[dict[str, object]]:
        """Return what one phone got, oldest first."""
        return [
            {"at": text.at, "body": text.body, "reference": text.reference}
            for text in self.phones.get(to, [])
        ]

    def page(self, asked: Mapping[str, str]) -> dict[str, object]:
        """Return the list call's one page: texts to a number, newest first."""
        since = asked.get("DateSent>", "")
        from_at = datetime.fromisoformat(since).timestamp() if since else 0.0
        texts = [t for t in self.phones.get(asked.get("To", ""), []) if t.at >= from_at]
        path = f"/{VERSION}/Accounts/{self._account}/Messages.json"
        return {
            "end": max(0, len(texts) - 1),
            "first_page_uri": path,
            "messages": [self._listed(text) for text in reversed(texts)],
            "next_page_uri": None,
            "page": 0,
            "page_size": 1000,
            "previous_page_uri": None,
            "start": 0,
            "uri": path,
        }

    def _listed(self, text: Text) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.taken(text))
        return found | {"status": "delivered", "date_sent": found["date_created"]}


def _template(account: str) -> str:
    """Return the JSON of a message with a place for each word that differs."""
    uri = f"/{VERSION}/Accounts/{account}/Messages"
    same = f'"account_sid": "{account}", "api_version": "{VERSION}", '
    return (
        "{" + same + '"body": %s, "date_created": "%s", "date_sent": null, '
        '"date_updated": "%s", "direction": "outbound-api", "error_code": null, '
        '"error_message": null, "from": "%s", "messaging_service_sid": null, '
        '"num_media": "0", "num_segments": "1", "price": null, "price_unit": "USD", '
        '"sid": "%s", "status": "queued", "subresource_uris": {"media": "'
        + uri
        + '/%s/Media.json"}, "tags": null, "to": "%s", "uri": "'
        + uri
        + '/%s.json"}'
    )


@lru_cache(maxsize=1024)
def _plain(quoted: str) -> str:
    return unquote_plus(quoted)


@lru_cache(maxsize=1024)
def _date(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))
