"""The network itself: it takes texts, carries them to handsets and says what became."""

import asyncio
import time
from collections.abc import Callable
from hashlib import blake2b

from broadcaster.simulator.book import Book
from broadcaster.simulator.changes import Changes, Tally
from broadcaster.simulator.handsets import Handset, HandsetState, Town
from broadcaster.simulator.receipts import Receipts
from broadcaster.simulator.records import Order, Status, Text, Wire
from broadcaster.simulator.weather import Weather

UNREACHABLE = 30003
ENDS = {
    HandsetState.DEAD: 30005,
    HandsetState.BLOCKED: 30004,
    HandsetState.LANDLINE: 30006,
}
SENT_AT = 0.4
"""The share of the delay after which a text counts as sent but not yet delivered."""


class Network:
    """Carry texts; every change is queued in the book as it happens."""

    def __init__(
        self, book: Book, receipts: Receipts, *, town: Town, tally: Tally
    ) -> None:
        self._book = book
        self._receipts = receipts
        self.town = town
        self.tally = tally
        self.changes = Changes()
        self.weather = Weather()
        self._epoch = 0
        self._last_seq = 0
        self._live: dict[int, Text] = {}
        self._parked: dict[str, dict[int, Text]] = {}
        self.when_reset: list[Callable[[], None]] = []

    def resume(self) -> None:
        """Go on from the book: weather, handsets, texts on their way, receipts owed."""
        settings = self._book.settings()
        kept = settings.get("weather", {})
        self.weather = Weather().changed(kept if isinstance(kept, dict) else {})
        self._epoch = int(str(settings.get("epoch", 0)))
        for e164, state in self._book.handset_states().items():
            self.town.states[e164] = HandsetState(state)
        tally = self._book.tally()
        self._last_seq = tally["last"]
        self.tally.taken, self.tally.parts = tally["taken"], tally["parts"]
        self.tally.delivered, self.tally.failed = tally["delivered"], tally["failed"]
        texts = {text.sid: text for text in self._book.unfinished_texts()}
        self._receipts.start(
            [(receipt, texts[receipt.sid]) for receipt in self._book.owed_receipts()]
        )
        for text in texts.values():
            if not text.finished:
                self._carry(text)

    async def accept(self, order: Order) -> Text:
        """Take a text; it is durable when this returns."""
        self._last_seq += 1
        name = f"{self.weather.seed}:{self._epoch}:{self._last_seq}".encode()
        sid = "SM" + blake2b(name, digest_size=16).hexdigest()
        text = Text.taken(order, seq=self._last_seq, sid=sid, now=time.time())
        self._book.add_text(text)
        await self._book.durable()
        self.tally.taken += 1
        self.tally.parts += text.parts
        self.tally.taken_pace.mark()
        self.changes.touch(text.recipient)
        self._carry(text)
        return text

    def change_weather(self, weather: Weather) -> None:
        """Let the weather turn; what an ended outage held up goes on."""
        self.weather = weather
        self._book.keep_setting("weather", weather.as_json())
        self.changes.touch_all()
        for number in list(self._parked):
            self._release(number)

    def switch(self, e164: str, state: HandsetState) -> None:
        """Change the state of a handset; what waited for it goes on."""
        self.town.states[e164] = state
        self._book.keep_handset(e164, state)
        self.changes.touch(e164)
        self._release(e164)

    def reset(self) -> None:
        """Forget every text and the handsets' switches; keep the weather."""
        self._epoch += 1
        self._last_seq = 0
        self._live.clear()
        self._parked.clear()
        self._receipts.forget_all()
        for forget in self.when_reset:
            forget()
        self.town.states.clear()
        self._book.forget_all()
        self._book.keep_setting("epoch", self._epoch)
        for name in ("taken", "delivered", "failed", "parts", "receipts_posted"):
            setattr(self.tally, name, 0)
        self.tally.receipts_given_up = 0
        self.changes.touch_all()

    def is_early(self, sid: str) -> bool:
        """Tell whether this text's receipts overtake the answer to its create call."""
        return self.weather.happens(self.weather.early_receipts, "early", sid)

    def _carry(self, text: Text) -> None:
        self._live[text.seq] = text
        delay = 0.0 if self.is_early(text.sid) else self.weather.network_delay(text.sid)
        loop = asyncio.get_running_loop()
        gone = time.time() - text.created
        if not text.sent:
            loop.call_later(max(0.0, delay * SENT_AT - gone), self._send, text)
        loop.call_later(max(0.0, delay - gone), self._ring, text)

    def _send(self, text: Text) -> None:
        if self._live.get(text.seq) is not text or text.sent:
            return
        text.status, text.sent = Status.SENT, time.time()
        self._book.move_text(text)
        self.changes.touch(text.recipient)
        self._receipts.report(text, Status.SENT, weather=self.weather)

    def _ring(self, text: Text) -> None:
        if self._live.get(text.seq) is not text:
            return
        # Timers of one moment run in no promised order.
        self._send(text)
        handset = self.town.get(text.recipient)
        if text.wire is not Wire.ZALO and handset.state in ENDS:
            self._finish(text, Status.UNDELIVERED, error=ENDS[handset.state])
        elif self._is_unreachable(text, handset):
            self._park(text)
        else:
            self._finish(text, Status.DELIVERED)

    def _is_unreachable(self, text: Text, handset: Handset) -> bool:
        if text.wire is Wire.ZALO:  # comes by any network, also at home
            return handset.state in {HandsetState.OFF, HandsetState.DEAD}
        is_off = handset.state is HandsetState.OFF
        return is_off or handset.carrier in self.weather.outage

    def _park(self, text: Text) -> None:
        self._parked.setdefault(text.recipient, {})[text.seq] = text
        left = text.created + text.validity_s - time.time()
        asyncio.get_running_loop().call_later(max(0.0, left), self._expire, text)

    def _expire(self, text: Text) -> None:
        if self._parked.get(text.recipient, {}).pop(text.seq, None) is text:
            self._finish(text, Status.UNDELIVERED, error=UNREACHABLE)

    def _release(self, e164: str) -> None:
        handset = self.town.get(e164)
        parked = self._parked.get(e164, {})
        for text in list(parked.values()):
            if not self._is_unreachable(text, handset):
                del parked[text.seq]
                self._ring(text)

    def _finish(self, text: Text, status: Status, *, error: int = 0) -> None:
        del self._live[text.seq]
        text.status, text.error, text.finished = status, error, time.time()
        if status is Status.DELIVERED:
            self.tally.delivered += 1
            self.tally.delivered_pace.mark()
        else:
            self.tally.failed += 1
        self._book.move_text(text)
        self.changes.touch(text.recipient)
        self._receipts.report(text, status, weather=self.weather)
