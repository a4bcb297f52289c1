"""What the wall shows of a phone and of the whole network, ready for its templates."""

import time
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from broadcaster.simulator.book import Book, Wanted
from broadcaster.simulator.handsets import Handset, HandsetState
from broadcaster.simulator.measure import measure
from broadcaster.simulator.network import Network
from broadcaster.simulator.records import Inbound, InboundState, Status, Text, Wire
from broadcaster.simulator.zalo_people import People

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
RECENT = 300
UNBROKEN = "\N{NO-BREAK SPACE}"


class Mark(StrEnum):
    """What became of one text; the template has the words and the icon."""

    ON_ITS_WAY = "on_its_way"
    HANDSET_OFF = "handset_off"
    CARRIER_DOWN = "carrier_down"
    DELIVERED = "delivered"
    DEAD = "dead"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    LANDLINE = "landline"
    WRITING = "writing"
    WRITTEN = "written"
    NOT_TAKEN = "not_taken"


ENDS = {30003: Mark.EXPIRED, 30004: Mark.BLOCKED, 30006: Mark.LANDLINE}
WRITTEN = {
    InboundState.SENDING: Mark.WRITING,
    InboundState.SENT: Mark.WRITTEN,
    InboundState.FAILED: Mark.NOT_TAKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One text on a phone; `price` in đồng, None when the carrier's is not known."""

    body: str
    sender: str
    mark: Mark
    moment: float
    until: float
    weight: int
    parts: int
    price: int | None
    is_mine: bool
    wire: Wire

    @property
    def is_zalo(self) -> bool:
        """Tell whether it came by Zalo, or left by it."""
        return self.wire is Wire.ZALO

    @property
    def is_on_screen(self) -> bool:
        """Tell whether the phone itself shows the text: written or received on it."""
        return self.is_mine or self.mark is Mark.DELIVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloState:
    """What a phone's owner does on Zalo; all false where Zalo is not installed."""

    is_there: bool
    is_following: bool
    refuses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One phone with its latest texts, oldest first."""

    handset: Handset
    zalo: ZaloState
    bubbles: tuple[Bubble, ...]
    more: bool

    @property
    def slug(self) -> str:
        """Return the number as it may stand in an element's id."""
        return self.handset.e164.removeprefix("+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The whole network in four numbers and a speed (texts a second)."""

    taken: int
    delivered: int
    waiting: int
    failed: int
    speed: float


class Viewer:
    """Look at the network as a visitor of the wall does."""

    def __init__(self, network: Network, book: Book, *, people: People) -> None:
        self._network = network
        self._book = book
        self._people = people

    def summary(self) -> Summary:
        """Return the four numbers."""
        tally = self._network.tally
        return Summary(
            taken=tally.taken,
            delivered=tally.delivered,
            waiting=tally.waiting,
            failed=tally.failed,
            speed=tally.delivered_pace.per_second(),
        )

    async def phone(self, e164: str, *, limit: int) -> Phone:
        """Return one phone with its latest texts."""
        handset = self._network.town.get(e164)
        wanted = Wanted(recipient=e164, limit=limit + 1)
        texts = await self._book.list_texts(wanted)
        written = await self._book.list_inbound(e164, limit=limit + 1)
        bubbles = [self._bubble(text, handset) for text in texts]
        bubbles += [_written(inbound) for inbound in written]
        bubbles.sort(key=lambda bubble: bubble.moment)
        return Phone(
            handset=handset,
            zalo=self._zalo(e164),
            bubbles=tuple(bubbles[-limit:]),
            more=len(bubbles) > limit,
        )

    async def recent(self) -> list[Handset]:
        """List the handsets that were texted last, each once."""
        texts = await self._book.list_texts(Wanted(limit=RECENT))
        numbers = dict.fromkeys(text.recipient for text in texts)
        return [self._network.town.get(number) for number in list(numbers)[:24]]

    def _zalo(self, e164: str) -> ZaloState:
        person, is_there = self._people.get(e164), self._people.uses_zalo(e164)
        return ZaloState(
            is_there=is_there,
            is_following=is_there and person.is_following,
            refuses=is_there and person.refuses,
        )

    def _bubble(self, text: Text, handset: Handset) -> Bubble:
        weight = measure(text.body)
        rate = self._network.town.rates.get(handset.carrier)
        price = text.price or (None if rate is None else rate * weight.parts)
        return Bubble(
            body=text.body,
            sender=text.sender,
            mark=self._mark(text, handset),
            moment=text.updated,
            until=text.created + text.validity_s,
            weight=weight.bytes,
            parts=weight.parts,
            price=text.price if text.wire is Wire.ZALO else price,
            is_mine=False,
            wire=text.wire,
        )

    def _mark(self, text: Text, handset: Handset) -> Mark:
        if text.status is Status.DELIVERED:
            return Mark.DELIVERED
        if text.status is Status.UNDELIVERED:
            return ENDS.get(text.error, Mark.DEAD)
        if text.sent and handset.state is HandsetState.OFF:
            return Mark.HANDSET_OFF
        is_down = handset.carrier in self._network.weather.outage
        if text.sent and is_down and text.wire is not Wire.ZALO:
            return Mark.CARRIER_DOWN
        return Mark.ON_ITS_WAY


def _written(inbound: Inbound) -> Bubble:
    weight = measure(inbound.body)
    return Bubble(
        body=inbound.body,
        sender="",
        mark=WRITTEN[inbound.state],
        moment=inbound.created,
        until=0.0,
        weight=weight.bytes,
        parts=weight.parts,
        price=None,
        is_mine=True,
        wire=inbound.wire,
    )


def dots(number: float) -> str:
    """Write a whole number with Vietnamese thousands: 1.842."""
    return f"{round(number):,}".replace(",", ".")


def clock(moment: float) -> str:
    """Write a Unix time as Hanoi's clock, with the day when it is not today."""
    local = datetime.fromtimestamp(moment, HANOI)
    today = datetime.fromtimestamp(time.time(), HANOI).date()
    return f"{local:%H:%M:%S}" if local.date() == today else f"{local:%H:%M %d/%m}"


def local_number(e164: str) -> str:
    """Write +84912345678 as 0912 345 678; leave a brandname as it is."""
    if not e164.startswith("+84"):
        return e164
    digits = "0" + e164.removeprefix("+84")
    return f"{digits[:4]}{UNBROKEN}{digits[4:7]}{UNBROKEN}{digits[7:]}"
