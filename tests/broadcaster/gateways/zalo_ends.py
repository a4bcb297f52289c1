"""Make the Zalo adapter of a test, its tokens, and events signed as Zalo signs them."""

import datetime as dt
import json
from dataclasses import replace
from threading import Lock
from typing import Any

from broadcaster.gateways.zalo import ZaloGateway, build
from broadcaster.ports import Callback, GatewaySettings, Submission, Tokens, TokenStore
from broadcaster.simulator.zalo_post import mac
from tests.broadcaster.gateways.peers import a_submission
from tests.telco import ZALO_APP_ID, ZALO_OA_ID, ZALO_OA_SECRET, ZALO_SECRET, Telco

PUBLIC_URL = "https://loa.example"
NOTICE = "214002"
TIMESTAMP = "1795340000000"
RESIDENT = "+84915550102"


class MemoryTokens:
    """A TokenStore in this process: the lock is held until it is given back."""

    def __init__(self, refresh: str, *, access: str = "", lives_s: float = 90_000):
        expires_at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=lives_s)
        self.pair = Tokens(access=access, refresh=refresh, expires_at=expires_at)
        self.lost: str | None = None
        self.rotations = 0
        self._lock = Lock()

    def read(self) -> Tokens | None:
        return self.pair if self.pair.access else None

    def begin_rotation(self) -> Tokens | None:
        return self.pair if self._lock.acquire(blocking=False) else None

    def finish_rotation(self, tokens: Tokens) -> None:
        if tokens != self.pair:
            self.rotations += 1
        self.pair = tokens
        self._lock.release()

    def why_lost(self) -> str | None:
        return self.lost

    def lose(self, reason: str) -> None:
        self.lost = reason
        self._lock.release()


def connected(telco: Telco) -> MemoryTokens:
    """Return the tokens of an account that a person has just connected."""
    return MemoryTokens(telco.connect_zalo())


def a_gateway(
    base_url: str | None,
    *,
    tokens: TokenStore | None = None,
    name: str = "zalo",
    demo: bool = False,
    **options: str,
) -> ZaloGateway:
    settings = {
        "app_id": ZALO_APP_ID,
        "app_secret": ZALO_SECRET,
        "oa_id": ZALO_OA_ID,
        "oa_secret": ZALO_OA_SECRET,
        "refresh_token": "typed-by-the-operator",
    }
    if base_url is not None:
        settings["base_url"] = base_url
    return build(
        GatewaySettings(
            name=name,
            public_url=PUBLIC_URL,
            demo=demo,
            options=settings | options,
            tokens=tokens or MemoryTokens("refresh", access="access"),
        )
    )


def a_notice(number: int = 1, **changes: Any) -> Submission:
    """Return a template message by phone, its words in the blank called note."""
    text = a_submission(number)
    data = {
        "customer_name": "Bà Phượng",
        "code": "TDP5-012",
        "title": "Lĩnh lương hưu",
        "note": text.text,
    }
    return replace(text, template_id=NOTICE, template_data=data, **changes)


def shown(text: Submission) -> str:
    """Return what the phone shows of such a notice."""
    data = text.template_data
    return (
        "THÔNG BÁO CỦA PHƯỜNG\n"
        f"Kính gửi ông/bà {data['customer_name']}, mã hộ {data['code']}.\n"
        f"Nội dung: {data['title']}\n{data['note']}"
    )


def an_answer(user_id: str, words: str, **data: str) -> Submission:
    """Return a free answer, or with ask="phone" the form that asks for the number."""
    text = a_submission(body=words)
    return replace(text, to="", user_id=user_id, template_data=data)


def posted(
    event: dict[str, Any],
    *,
    word: str = ZALO_APP_ID,
    secret: str = ZALO_OA_SECRET,
    prefix: str = "mac=",
) -> Callback:
    """Return an event as Zalo posts it."""
    whole = {"app_id": ZALO_APP_ID, "timestamp": TIMESTAMP} | event
    body = json.dumps(whole, ensure_ascii=False).encode()
    signed = mac(word, body, timestamp=str(whole["timestamp"]), secret=secret)
    return Callback(
        url=f"{PUBLIC_URL}/callbacks/zalo/events",
        headers={"X-Zevent-Signature": f"{prefix}{signed}"},
        form={},
        body=body,
    )


def received(reference_hex: str, *, is_delivery: bool = True) -> dict[str, Any]:
    """Return the event that a phone received a message."""
    message = {"msg_id": f"Z{reference_hex}", "tracking_id": reference_hex}
    if is_delivery:
        message["delivery_time"] = "1795339999000"
    return {
        "event_name": "user_received_message",
        "sender": {"id": ZALO_OA_ID},
        "recipient": {"id": "84915550102"},
        "message": message,
    }
