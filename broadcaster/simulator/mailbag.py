"""Residents' own texts: posted to the client's web, whose TwiML answers come back."""

import asyncio
import time
from hashlib import blake2b
from typing import ClassVar
from xml.parsers import expat

from broadcaster.simulator.book import Book
from broadcaster.simulator.gate import VALIDITY_LIMIT_S
from broadcaster.simulator.measure import measure
from broadcaster.simulator.network import Network
from broadcaster.simulator.postman import RETRY_PAUSES_S, Answer, Postman
from broadcaster.simulator.records import (
    Direction,
    Inbound,
    InboundState,
    Order,
    Wire,
)
from broadcaster.simulator.twilio_reports import API_VERSION


class BadTwimlError(ValueError):
    """The web's answer is not TwiML."""


class Mailbag:
    """Carry what residents write to the inbound URL, until it is taken."""

    wire: ClassVar[Wire] = Wire.TWILIO
    root: ClassVar[str] = "Response"
    """The outermost element of the web's answer."""

    def __init__(
        self,
        network: Network,
        postman: Postman,
        *,
        book: Book,
        account: str,
        inbound_url: str,
    ) -> None:
        self._network = network
        self._postman = postman
        self._book = book
        self._account = account
        self._url = inbound_url
        self._walks: set[asyncio.Task[None]] = set()

    def resume(self) -> None:
        """Carry on with what an earlier life of the process had not delivered."""
        for inbound in self._book.unsent_inbound(self.wire):
            self._walk(inbound)

    def forget_all(self) -> None:
        """Drop every text on its way."""
        for walk in self._walks:
            walk.cancel()

    async def stop(self) -> None:
        """Stop carrying; what is unsent stays in the book."""
        self.forget_all()
        await asyncio.gather(*self._walks, return_exceptions=True)

    async def write(self, handset: str, body: str) -> Inbound:
        """Take a resident's text; it is durable when this returns."""
        now = time.time()
        name = f"{handset}:{now}:{body}".encode()
        inbound = Inbound(
            sid="SM" + blake2b(name, digest_size=16).hexdigest(),
            handset=handset,
            service_number=self._network.town.service_number,
            body=body,
            created=now,
            wire=self.wire,
        )
        self._keep(inbound)
        await self._book.durable()
        self._walk(inbound)
        return inbound

    def _keep(self, inbound: Inbound) -> None:
        self._book.keep_inbound(inbound)
        self._network.changes.touch(inbound.handset)

    def _walk(self, inbound: Inbound) -> None:
        walk = asyncio.get_running_loop().create_task(self._deliver(inbound))
        self._walks.add(walk)
        walk.add_done_callback(self._walks.discard)

    async def _deliver(self, inbound: Inbound) -> None:
        while self._url and inbound.state is InboundState.SENDING:
            if await self._try_once(inbound):
                inbound.state = InboundState.SENT
            elif inbound.attempt >= len(RETRY_PAUSES_S):
                break
            else:
                pause = RETRY_PAUSES_S[inbound.attempt]
                inbound.attempt += 1
                self._keep(inbound)
                await asyncio.sleep(pause)
        if inbound.state is InboundState.SENDING:
            inbound.state = InboundState.FAILED
        self._keep(inbound)

    async def _try_once(self, inbound: Inbound) -> bool:
        answer = await self._carry(inbound)
        if not answer.is_good:
            return False
        try:
            replies = read_twiml(answer.body, root=self.root)
        except BadTwimlError:
            return False
        for reply in replies:
            await self._network.accept(
                Order(
                    recipient=inbound.handset,
                    sender=inbound.service_number,
                    service="",
                    body=reply,
                    callback="",
                    validity_s=VALIDITY_LIMIT_S,
                    direction=Direction.REPLY,
                    wire=self.wire,
                )
            )
        return True

    async def _carry(self, inbound: Inbound) -> Answer:
        form = inbound_form(inbound, account=self._account)
        return await self._postman.post(self._url, form)


def inbound_form(inbound: Inbound, *, account: str) -> dict[str, str]:
    """Return the form of a resident's text, with Twilio's names."""
    return {
        "AccountSid": account,
        "ApiVersion": API_VERSION,
        "Body": inbound.body,
        "From": inbound.handset,
        "FromCountry": "VN",
        "MessageSid": inbound.sid,
        "NumMedia": "0",
        "NumSegments": str(measure(inbound.body).parts),
        "SmsMessageSid": inbound.sid,
        "SmsSid": inbound.sid,
        "SmsStatus": "received",
        "To": inbound.service_number,
        "ToCountry": "VN",
    }


def read_twiml(document: str, *, root: str = "Response") -> list[str]:
    """Return the texts of the <Message> verbs; an empty document holds none.

    Raises BadTwimlError when it is not XML, declares entities, or has another root.
    """
    if not document.strip():
        return []
    reader, isfinal = _TwimlReader(), True
    try:
        reader.parser.Parse(document, isfinal)
    except expat.ExpatError as error:
        raise BadTwimlError(str(error)) from error
    if reader.root != root:
        raise BadTwimlError(f"the root is <{reader.root}>")
    return [text for text in ("".join(m).strip() for m in reader.messages) if text]


class _TwimlReader:
    """Collect what stands inside each <Message>, its <Body> or its bare text."""

    def __init__(self) -> None:
        self.messages: list[list[str]] = []
        self.root = ""
        self._inside = False
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self.root = self.root or name
        if name == "Message":
            self._inside = True
            self.messages.append([])

    def _end(self, name: str) -> None:
        if name == "Message":
            self._inside = False

    def _text(self, text: str) -> None:
        if self._inside:
            self.messages[-1].append(text)

    def _refuse(self, *_declaration: object) -> None:
        raise BadTwimlError("a document type is declared")
