"""The operator sees at a glance whether texts leave, and why not."""

import datetime as dt
import html
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import Outcome, Receipt, ReceiptStatus, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.signs import Stuck
from broadcaster.store.counting import Counted
from broadcaster.store.gateway_states import open_breaker, pause_gateway
from broadcaster.store.health import Condition
from broadcaster.store.outbox import record
from broadcaster.store.raw_receipts import keep_receipt
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane
from broadcaster.web.operator.health import counted, decimal, lasting
from subscriptions.tables.base import new_public_id
from templates import read_words
from tests.broadcaster.web.conftest import SignIn
from tests.builders.accounts import an_account
from tests.builders.messages import GATEWAY, a_text, a_window, many_texts
from tests.builders.people import NOW, a_ward
from tests.fakes import HandClock

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def gateway() -> MemoryGateway:
    return MemoryGateway(capabilities=replace(CAPABILITIES, segments_per_second=12.5))


@pytest.fixture
def actor(database: Database) -> Actor:
    with database.writing() as session:
        return an_account(session, Role.OPERATOR, ward_id=None)


@pytest.fixture
def operator(actor: Actor, signed_in: SignIn) -> FlaskClient:
    return signed_in(actor)


def read(client: FlaskClient, path: str = "/operator") -> str:
    """Return a page as it is read: its words, each gap one space."""
    page = client.get(path).get_data(as_text=True)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def busy(database: Database) -> None:
    """Fill the house: texts waiting, held, on the wire, in doubt; unknown receipts."""
    with database.writing() as session:
        ward = a_ward(session)
        other = a_ward(session, name="Phường Láng Thượng và Láng Hạ mới sáp nhập")
        many_texts(session, ward, 30, due_at=NOW - 20 * SECOND)
        outcomes = [
            Outcome(
                message_id=text.message_id,
                verdict=Verdict.IN_DOUBT if place < 2 else Verdict.ACCEPTED,
            )
            for place, text in enumerate(a_window(session, limit=20))
        ]
        record(session, outcomes[:15], now=NOW)
        many_texts(session, other, 7, lane=Lane.BULK, due_at=NOW + 3600 * SECOND)
        paused = a_text(session, other, lane=Lane.EMERGENCY)
        paused.state = MessageState.HELD
        unknown = Receipt(
            reference=str(new_public_id()),
            provider_id=None,
            status=ReceiptStatus.DELIVERED,
            raw_status="delivered",
        )
        keep_receipt(session, GATEWAY, unknown, now=NOW)


def test_a_quiet_house_runs_and_says_that_nothing_waits(operator: FlaskClient) -> None:
    page = read(operator)
    assert "Cổng memory Đang chạy" in page
    assert "Không có tin nào chờ gửi" in page
    assert "Không có tin nào trên đường" in page
    assert "0 trên 12,5 tin tính tiền mỗi giây" in page
    assert "Tin chờ lâu nhất: không có tin nào chờ" in page


def test_every_figure_of_a_busy_house_is_on_the_page(
    operator: FlaskClient, database: Database
) -> None:
    busy(database)
    page = read(operator)
    assert "10 tin đến hạn gửi" in page
    assert "20 tin đang trên đường" in page
    assert "2 tin không rõ kết quả" in page
    assert "13 tin tính tiền nhà mạng nhận trong 1 phút qua" in page
    assert "1,3 trên 12,5 tin tính tiền mỗi giây" in page
    assert "Tin chờ lâu nhất: 20 giây" in page
    assert "Lần hỏi nhà mạng tới: sau 10 giây" in page
    assert "Biên nhận chờ đọc: 1 ;" in page
    assert "test 20 0 giây trước còn 20 giây" in page
    assert "Thông báo Phường Hoa Sữa 10 0 0 20 giây" in page
    assert "mới sáp nhập 0 7 0 gửi lúc 10:00" in page
    assert "mới sáp nhập 0 0 1 tạm dừng" in page
    assert page.index("Khẩn cấp") < page.index("Thông báo Phường") < page.index("Gửi n")


def test_a_gateway_that_must_wait_says_until_when(
    operator: FlaskClient, database: Database
) -> None:
    with database.writing() as session:
        pause_gateway(session, GATEWAY, until=NOW + 90 * SECOND, facts={})
    assert "Nhà mạng bảo chờ đến 09:01, còn 1 phút 30 giây" in read(operator)


def test_an_open_breaker_says_when_it_tries_again_and_then_that_it_tries(
    operator: FlaskClient, database: Database, clock: HandClock
) -> None:
    with database.writing() as session:
        open_breaker(session, GATEWAY, probing=False, now=NOW, facts={})
    page = read(operator)
    assert "thử lại lúc 09:00, còn 5 giây" in page
    assert "Đã ngắt 1 lần liền nhau" in page
    clock.turn(seconds=6)
    assert "Đang thử lại bằng 1 tin" in read(operator)


def test_a_stopped_worker_is_named_with_what_to_do(
    operator: FlaskClient, database: Database, clock: HandClock
) -> None:
    busy(database)
    clock.turn(minutes=3)
    page = read(operator, "/operator/health")
    assert "có tin đến hạn đã 3 phút 20 giây mà không máy nào gửi" in page
    assert "quá hạn giữ tin 2 phút 40 giây mà chưa ai gỡ" in page
    assert "loa doctor" in page


def test_the_page_asks_for_its_part_alone_again(operator: FlaskClient) -> None:
    page = operator.get("/operator").get_data(as_text=True)
    part = operator.get("/operator/health").get_data(as_text=True)
    assert 'hx-get="/operator/health"' in page
    assert "<html" not in part
    assert part.lstrip().startswith('<div id="health" data-poll')


def test_everything_that_can_be_said_of_a_gateway_has_its_sentence() -> None:
    words = read_words("health")
    lanes = {f"lane.{lane.value}" for lane in Lane}
    assert {*Condition, *Stuck, *lanes} <= set(words)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 giây"),
        (0.9, "0 giây"),
        (61, "1 phút 1 giây"),
        (120, "2 phút"),
        (3 * 3600 + 5 * 60 + 7, "3 giờ 5 phút"),
        (86_400, "1 ngày"),
    ],
)
def test_a_span_is_written_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert lasting(dt.timedelta(seconds=seconds)) == words


def test_numbers_are_written_as_they_are_read_here() -> None:
    assert counted(Counted(number=2_000, is_more=True)) == "ít nhất 2.000"
    assert counted(Counted(number=2_000)) == "2.000"
    assert [decimal(12.0), decimal(0.04), decimal(1234.56)] == ["12", "0", "1.234,6"]


@pytest.mark.parametrize("width", ["page_360", "page_1280"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_follows_by_itself_and_fits(
    request: pytest.FixtureRequest,
    width: str,
    database: Database,
    actor: Actor,
    signed_in: SignIn,
    served: str,
) -> None:
    busy(database)
    page: Page = request.getfixturevalue(width)
    cookie = signed_in(actor).get_cookie("loa")
    assert cookie is not None
    page.context.add_cookies([{"name": "loa", "value": cookie.value, "url": served}])
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(f"{served}/operator")
    expect(page.locator("#health")).to_contain_text("tin đến hạn gửi")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with database.writing() as session:
        open_breaker(session, GATEWAY, probing=False, now=NOW, facts={})
    expect(page.locator("#health")).to_contain_text("Đang ngắt", timeout=15_000)
    assert complaints == []
