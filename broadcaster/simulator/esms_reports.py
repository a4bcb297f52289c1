"""eSMS's reports: unsigned GETs to the address that came with a text."""

from urllib.parse import quote, urlencode

from broadcaster.simulator.esms_words import SENT_STATUS, report_fields
from broadcaster.simulator.postman import Answer, Postman
from broadcaster.simulator.records import Receipt, Status, Text

HEADERS = {"User-Agent": "eSMS"}


class EsmsReporter:
    """Get the address of a text with what became of it."""

    def __init__(self, postman: Postman) -> None:
        self._postman = postman

    def tells(self, status: Status) -> bool:
        """Tell that it was sent, and how it ended."""
        return status in SENT_STATUS

    async def post(self, receipt: Receipt, text: Text) -> Answer:
        """Ask for the address once."""
        fields = report_fields(text, receipt.status, error=receipt.error)
        url = with_fields(text.callback, fields)
        return await self._postman.send("GET", url, headers=HEADERS)


def with_fields(url: str, fields: dict[str, str]) -> str:
    """Return an address with fields added to those that it has."""
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}{urlencode(fields, quote_via=quote)}"
