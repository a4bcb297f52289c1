"""Zalo's webhooks: signed JSON, one address for every event, repeated until taken."""

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from broadcaster.simulator.postman import RETRY_PAUSES_S, Answer, Postman
from broadcaster.simulator.records import InboundState, Receipt, Status, Text
from broadcaster.simulator.zalo_book import ZaloBook
from broadcaster.simulator.zalo_settings import ZaloSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloIdentity:
    """The application, the account, their secrets, and where events are posted."""

    app_id: str
    oa_id: str
    app_secret: str = field(repr=False)
    oa_secret: str = field(repr=False)
    first_refresh: str = field(repr=False)
    webhook_url: str = ""


def mac(word: str, body: bytes, *, timestamp: str, secret: str) -> str:
    """Sign an event: SHA-256 in hex of id, raw body, timestamp and secret; no HMAC."""
    signed = word.encode() + body + timestamp.encode() + secret.encode()
    return hashlib.sha256(signed).hexdigest()


class ZaloPost:
    """Post events; `told` is called with a resident's text once its fate is known."""

    def __init__(self, identity: ZaloIdentity, postman: Postman, book: ZaloBook):
        self._identity = identity
        self._postman = postman
        self._book = book
        self._walks: set[asyncio.Task[None]] = set()
        self.settings = ZaloSettings()
        self.told: Callable[[str, InboundState], None] = lambda _sid, _state: None

    @property
    def url(self) -> str:
        """Return where events are posted, empty when nowhere."""
        return self._identity.webhook_url

    def resume(self) -> None:
        """Carry on with what an earlier life of the process had not posted."""
        for event in self._book.events():
            self._walk(**event)

    def forget_all(self) -> None:
        """Drop every event on its way."""
        for walk in self._walks:
            walk.cancel()

    async def stop(self) -> None:
        """Stop posting; what is unposted stays in the book."""
        self.forget_all()
        await asyncio.gather(*self._walks, return_exceptions=True)

    def tell(self, name: str, *, sid: str = "", **facts: object) -> None:
        """Owe one event; `sid` is the resident's text that it carries."""
        if not self.url:
            if sid:
                self.told(sid, InboundState.FAILED)
            return
        event = {
            "app_id": self._identity.app_id,
            "event_name": name,
            "timestamp": str(time.time_ns() // 1_000_000),
            **facts,
        }
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        key = secrets.token_hex(8)
        self._book.keep_event(key, body=body, sid=sid, attempt=0)
        self._walk(key=key, body=body, sid=sid, attempt=0)

    async def post(self, body: str, *, server: str = "") -> Answer:
        """Post one event once, signed as the settings say."""
        headers = {
            "Content-Type": "application/json",
            "X-ZEvent-Signature": self._signature(body),
        }
        if server:
            headers["X-ZEvent-Server"] = server
        return await self._postman.send(
            "POST", self.url, headers=headers, data=body.encode()
        )

    def _signature(self, body: str) -> str:
        who, how = self._identity, self.settings
        signed = mac(
            who.app_id if how.sign_id == "app_id" else who.oa_id,
            body.encode(),
            timestamp=str(json.loads(body)["timestamp"]),
            secret=who.oa_secret if how.sign_key == "oa" else who.app_secret,
        )
        return f"mac={signed}" if how.sign_prefix else signed

    def _walk(self, *, key: str, body: str, sid: str, attempt: int) -> None:
        work = self._deliver(key, body=body, sid=sid, attempt=attempt)
        walk = asyncio.get_running_loop().create_task(work)
        self._walks.add(walk)
        walk.add_done_callback(self._walks.discard)

    async def _deliver(self, key: str, *, body: str, sid: str, attempt: int) -> None:
        is_taken = (await self.post(body)).is_good
        while not is_taken and attempt < len(RETRY_PAUSES_S):
            pause = RETRY_PAUSES_S[attempt]
            attempt += 1
            self._book.keep_event(key, body=body, sid=sid, attempt=attempt)
            await asyncio.sleep(pause)
            is_taken = (await self.post(body)).is_good
        self._book.settle_event(key)
        if sid:
            self.told(sid, InboundState.SENT if is_taken else InboundState.FAILED)


class ZaloReporter:
    """Post that a phone received a message: Zalo tells nothing else of its fate."""

    def __init__(self, post: ZaloPost, identity: ZaloIdentity) -> None:
        self._post = post
        self._identity = identity

    def tells(self, status: Status) -> bool:
        """Tell of delivery alone; there is no event for what failed."""
        return status is Status.DELIVERED

    async def post(self, receipt: Receipt, text: Text) -> Answer:
        """Post one `user_received_message`."""
        details = json.loads(text.details)
        event = received_event(text, details, identity=self._identity)
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        is_by_phone = details["by"] == "phone"
        return await self._post.post(body, server="ZNS" if is_by_phone else "")


def received_event(
    text: Text, details: Mapping[str, str], *, identity: ZaloIdentity
) -> dict[str, object]:
    """Return the event; only template messages have a time of delivery."""
    message = {"msg_id": text.sid}
    if details["by"] != "free":
        message["delivery_time"] = str(int(text.finished * 1000))
    if details.get("tracking_id"):
        message["tracking_id"] = details["tracking_id"]
    is_by_phone = details["by"] == "phone"
    phone = text.recipient.removeprefix("+")
    return {
        "app_id": identity.app_id,
        "event_name": "user_received_message",
        "sender": {"id": identity.oa_id},
        "recipient": {"id": phone if is_by_phone else details["user_id"]},
        "message": message,
        "timestamp": str(time.time_ns() // 1_000_000),
    }
