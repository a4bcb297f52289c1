"""Residents' texts by eSMS: GETs with a sign of MD5, answered in XML."""

import base64
import hashlib
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from broadcaster.simulator.book import Book
from broadcaster.simulator.esms_desk import EsmsKeys
from broadcaster.simulator.esms_reports import HEADERS, with_fields
from broadcaster.simulator.mailbag import Mailbag
from broadcaster.simulator.network import Network
from broadcaster.simulator.postman import Answer, Postman
from broadcaster.simulator.records import Inbound, Wire

CP_ID = "5555"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class EsmsMailbag(Mailbag):
    """Carry what residents write to the account's address."""

    wire: ClassVar[Wire] = Wire.ESMS
    root: ClassVar[str] = "ClientResponse"

    def __init__(
        self, network: Network, postman: Postman, *, book: Book, keys: EsmsKeys
    ) -> None:
        super().__init__(
            network, postman, book=book, account=CP_ID, inbound_url=keys.inbound_url
        )
        self._key = keys.inbound_key

    async def _carry(self, inbound: Inbound) -> Answer:
        url = with_fields(self._url, inbound_fields(inbound, key=self._key))
        return await self._postman.send("GET", url, headers=HEADERS)


def inbound_fields(inbound: Inbound, *, key: str) -> dict[str, str]:
    """Return the fields of a resident's text, with eSMS's names and sign."""
    received_at = datetime.fromtimestamp(inbound.created, HANOI)
    fields = {
        "sender": inbound.handset.removeprefix("+"),
        "content": inbound.body,
        "serviceNumber": inbound.service_number,
        "keyword": inbound.body.split(maxsplit=1)[0],
        "cpid": CP_ID,
        "smsid": inbound.sid.removeprefix("SM"),
        "receiverTime": f"{received_at:%Y%m%d%H%M%S}",
    }
    return fields | {"sign": sign(fields, key=key)}


def sign(fields: dict[str, str], *, key: str) -> str:
    """Sign as their sample code does: base64 of MD5, the sender left out.

    https://developers.esms.vn/esms-api/ket-noi-ma-svoucher/ket-noi-dau-so-ngan
    """
    signed = (fields[n] for n in ("cpid", "smsid", "content", "receiverTime"))
    words = "".join(signed) + key
    digest = hashlib.md5(words.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
