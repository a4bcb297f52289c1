"""A few homes and their Zalo account: late receipts, ended tokens, a follower."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.messages import Message, MessageLeg
from broadcaster.store.tables.zalo import ZaloContact
from tests.stories.channels import (
    ZALO,
    ChannelProduct,
    Phone,
    e164,
    now,
    phone_number,
    settle,
)
from tests.stories.channels_pages import NOTE, progress, send, write
from tests.stories.conftest import nothing_overflows, sign_in_at
from tests.telco import until

HOMES = 3
MANY = 240
AN_HOUR_MS = 3_600_000
SOON_S = 60.0
ENDS_WITHIN_S = 90.0
BY_PHONE_VND, BY_USER_ID_VND = 200, 140
FOLLOWER, *OTHERS = (e164(phone_number(n)) for n in range(HOMES))
STOPPED = "không gửi tin cho ông/bà nữa"


class SmallWard(ChannelProduct):
    """A ward whose first phone hangs on the wall."""

    wall = (Phone(national=phone_number(0), label="Chị Ngân, 38", has_zalo=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The running product and the group that is told."""

    product: SmallWard
    group_id: int

    @property
    def telco(self) -> Any:
        return self.product.telco

    def tell(self, page: Page) -> str:
        """Send the group a notice in both renderings; return its page."""
        write(page, self.product, group_id=self.group_id)
        return send(page)


@pytest.fixture
def homes() -> int:
    return HOMES


@pytest.fixture
def place(
    tmp_path: Path, postgres_url: str, redis_url: str, homes: int
) -> Iterator[Place]:
    product = SmallWard.start(tmp_path, database_url=postgres_url, redis_url=redis_url)
    try:
        ward_id, group_id = settle(product.database, homes, next_door=1)
        product.use_zalo(ward_id, minutes={Topic.GENERAL: 5})
        product.wait_for_templates()
        yield Place(product=product, group_id=group_id)
    finally:
        product.stop()


def test_without_word_from_zalo_the_sms_follows_and_both_are_told_of(
    place: Place, page_1280: Page
) -> None:
    place.telco.weather(delay_ms=AN_HOUR_MS)  # it stays at Zalo
    sign_in_at(page_1280, place.product.url, "officer")
    notice = place.tell(page_1280)
    until(lambda: states(place) == {MessageState.ACCEPTED: HOMES}, within_s=SOON_S)
    place.telco.weather(delay_ms=20)
    let_the_time_pass(place)
    until(lambda: len(place.telco.received()) == HOMES, within_s=SOON_S)
    assert {text["channel"] for text in place.telco.received()} == {"sms"}

    place.telco.restart()  # what it still holds is carried anew, in the better weather
    until(lambda: legs(place) == {MessageState.DELIVERED: HOMES}, within_s=SOON_S)
    each = Counter((text["to"], text["channel"]) for text in place.telco.received())
    assert each == {(to, by): 1 for to in told() for by in ("sms", "zalo")}
    page_1280.goto(f"{notice}?show=arrived")
    rows = page_1280.locator("td", has_text="SMS và Zalo (Zalo tới muộn)")
    expect(rows).to_have_count(HOMES)
    assert progress(page_1280) == (HOMES, 0, 0, 0)
    assert nothing_overflows(page_1280)


@pytest.mark.parametrize("homes", [MANY])
def test_the_access_token_ends_in_mid_send_and_is_renewed_once(
    place: Place, page_1280: Page
) -> None:
    place.product.start_process("worker-2")
    place.telco.weather(answer_ms=150)
    before = rotations(place)
    sign_in_at(page_1280, place.product.url, "officer")
    place.tell(page_1280)
    until(lambda: len(place.telco.received()) > MANY // 6, within_s=SOON_S)
    place.telco.ask("POST", "/sim/zalo/end-access")
    until(lambda: len(place.telco.received()) >= MANY, within_s=ENDS_WITHIN_S)
    until(lambda: progress(page_1280) == (MANY, 0, 0, 0), within_s=ENDS_WITHIN_S)
    received = place.telco.received()
    assert set(Counter(text["to"] for text in received).values()) == {1}
    assert {text["channel"] for text in received} == {"zalo"}
    assert rotations(place) == before + 1
    assert legs(place) == {}


def test_who_follows_and_shares_the_number_is_told_for_less_until_tc(
    place: Place, page_1280: Page
) -> None:
    telco = place.telco
    sign_in_at(page_1280, place.product.url, "officer")
    telco.zalo_does(FOLLOWER, "follow")
    until(lambda: bodies(place, FOLLOWER), within_s=SOON_S)
    assert "chia sẻ số điện thoại" in bodies(place, FOLLOWER)[-1]
    telco.zalo_does(FOLLOWER, "share", name="Chị Ngân")
    until(lambda: linked(place) == 1, within_s=SOON_S)
    until(lambda: len(bodies(place, FOLLOWER)) == 2, within_s=SOON_S)
    assert "đã nối với số điện thoại" in bodies(place, FOLLOWER)[-1]

    place.tell(page_1280)
    until(told_once(place, FOLLOWER, *OTHERS), within_s=SOON_S)
    prices = {text["to"]: text["price"] for text in notices(place)}
    assert prices == {FOLLOWER: BY_USER_ID_VND} | dict.fromkeys(OTHERS, BY_PHONE_VND)

    telco.zalo_does(FOLLOWER, "text", body="tc")
    until(lambda: len(bodies(place, FOLLOWER)) == 4, within_s=SOON_S)
    answers = bodies(place, FOLLOWER)
    assert STOPPED in answers[-1]
    place.tell(page_1280)
    until(lambda: len(notices(place)) == HOMES + len(OTHERS), within_s=SOON_S)
    until(lambda: progress(page_1280) == (len(OTHERS), 0, 0, 0), within_s=SOON_S)
    assert bodies(place, FOLLOWER) == answers
    assert {text["wire"] for text in telco.received()} == {ZALO}


def told() -> list[str]:
    return [FOLLOWER, *OTHERS]


def told_once(place: Place, *phones: str) -> Callable[[], bool]:
    return lambda: Counter(t["to"] for t in notices(place)) == Counter(phones)


def notices(place: Place) -> list[dict[str, Any]]:
    return [text for text in place.telco.received() if NOTE in text["body"]]


def bodies(place: Place, phone: str) -> list[str]:
    found: list[str] = place.telco.bodies(phone)
    return found


def states(place: Place) -> dict[MessageState, int]:
    counted = select(Message.state, func.count()).group_by(Message.state)
    with place.product.database.reading() as session:
        return dict(session.execute(counted).all())


def legs(place: Place) -> dict[MessageState, int]:
    counted = select(MessageLeg.state, func.count()).group_by(MessageLeg.state)
    with place.product.database.reading() as session:
        return dict(session.execute(counted).all())


def linked(place: Place) -> int:
    query = select(func.count()).where(ZaloContact.line_id.is_not(None))
    with place.product.database.reading() as session:
        return session.scalars(query).one()


def rotations(place: Place) -> int:
    return int(place.telco.ask("GET", "/sim/zalo")["rotations"])


def let_the_time_pass(place: Place) -> None:
    """Let the SMS be due to follow now, not in five minutes."""
    with place.product.database.writing() as session:
        session.execute(update(Message).values(fall_back_at=now()))
