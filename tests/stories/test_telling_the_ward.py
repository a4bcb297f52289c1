"""Journeys 3 and 4: a notice is written, sent, received once, and refused by `TC`."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from broadcaster.store.tables.announcements import Announcement, Schedule
from broadcaster.store.tables.messages import Message
from tests.stories.conftest import OTHERS, PENSIONERS, Town, nothing_overflows, sign_in
from tests.telco import until

NOTICE = "Phường Hoa Sữa: HOÃN chi trả lương hưu sáng 10/12. Lịch mới: 8h ngày 11/12."
ON_THE_WIRE = (
    "Phuong Hoa Sua: DOI LICH chi tra luong huu sang 10/12. Lich moi: 8h ngay 11/12."
)
ARRIVE_WITHIN_S = 40.0


def e164(national: str) -> str:
    return "+84" + national.removeprefix("0")


def _compose(page: Page, town: Town, text: str) -> None:
    page.goto(f"{town.product.url}/staff/compose")
    page.get_by_label("Loại tin").select_option(label="Lương hưu, trợ cấp")
    page.locator("#body").fill(text)
    page.locator(f"#groups-{town.group_id}").check()
    page.get_by_label("hưu trí").first.check()


def _send(page: Page) -> None:
    page.get_by_role("button", name="Xem lại").click()
    page.get_by_role("button", name=re.compile(r"^(Gửi|Hẹn gửi) \d+ tin")).click()
    page.wait_for_url("**/announcements/**")


def _received(town: Town, phones: dict[str, str]) -> dict[str, list[str]]:
    return {name: town.product.telco.bodies(e164(n)) for name, n in phones.items()}


def _all_have(town: Town, times: int) -> Callable[[], bool]:
    return lambda: all(
        len(texts) == times for texts in _received(town, PENSIONERS).values()
    )


def test_a_notice_reaches_each_pensioner_once_and_one_who_texts_tc_never_again(
    town: Town, page_1280: Page
) -> None:
    page = page_1280
    sign_in(page, town, "officer")
    _compose(page, town, NOTICE)
    expect(page.get_by_role("button", name="Đổi thành “DỜI LỊCH”")).to_be_visible()
    expect(page.locator("main")).to_contain_text("3 máy · 3 hộ")
    expect(page.locator("main")).to_contain_text("Có dấu: 2 tin")
    page.get_by_role("button", name="Đổi thành “DỜI LỊCH”").click()
    expect(page.locator("#body")).to_have_value(re.compile("DỜI LỊCH"))
    _send(page)

    until(_all_have(town, 1), within_s=ARRIVE_WITHIN_S)
    assert _received(town, PENSIONERS) == {name: [ON_THE_WIRE] for name in PENSIONERS}
    assert _received(town, OTHERS) == {name: [] for name in OTHERS}
    expect(page.locator("#live")).to_contain_text("Xong", timeout=30_000)
    expect(page.locator("#live")).to_contain_text("3 + 0 + 0 + 0 = 3 tin")
    assert nothing_overflows(page)

    who, phone = next(iter(PENSIONERS.items()))
    town.product.telco.text_as(e164(phone), "Tc")
    until(lambda: len(town.product.telco.bodies(e164(phone))) == 2)
    answer = town.product.telco.bodies(e164(phone))[1]
    assert "khong nhan tin cua phuong nua" in answer
    assert "soan DK gui 0899000888" in answer

    _compose(page, town, NOTICE)
    expect(page.locator("main")).to_contain_text("2 máy · 2 hộ")
    expect(page.locator("main")).to_contain_text("1 người đã dừng nhận tin")
    _send(page)
    others = {name: number for name, number in PENSIONERS.items() if name != who}
    until(
        lambda: all(len(t) == 2 for t in _received(town, others).values()),
        within_s=ARRIVE_WITHIN_S,
    )
    page.get_by_role("link", name=re.compile("Không có trong lượt gửi: 1")).click()
    expect(page.locator("main")).to_contain_text(who)
    assert len(town.product.telco.bodies(e164(phone))) == 2


def test_a_notice_waits_for_its_minute_and_a_monthly_one_for_its_day(
    town: Town, page_360: Page
) -> None:
    page = page_360
    sign_in(page, town, "officer")
    _compose(page, town, "Hop to dan pho luc 19h30 tai Nha van hoa.")
    soon = dt.datetime.now(dt.UTC).astimezone() + dt.timedelta(days=1)
    page.get_by_label("Hẹn giờ").check()
    page.locator("#send_day").fill(f"{soon:%Y-%m-%d}")
    page.locator("#send_time").fill("09:15")
    assert nothing_overflows(page)
    _send(page)
    expect(page.locator("#live")).to_contain_text("Sẽ gửi lúc 09:15")
    assert town.product.telco.received() == []
    _let_it_be_due(town)
    until(_all_have(town, 1), within_s=ARRIVE_WITHIN_S)

    _compose(page, town, "Nhac lich luong huu hang thang.")
    page.get_by_label("Lặp lại").check()
    page.get_by_label("Hằng tháng").check()
    page.locator("#monthday").fill("5")
    page.locator("#repeat_time").fill("08:00")
    page.get_by_role("button", name="Xem lại").click()
    page.locator("button.btn-primary").click()
    expect(page.locator("main")).to_contain_text("08:00")
    _let_the_schedule_be_due(town)
    until(_all_have(town, 2), within_s=ARRIVE_WITHIN_S)


@pytest.fixture
def bad_weather(town: Town) -> None:
    """Let the network repeat, delay and reorder receipts, and drop half the answers."""
    town.product.telco.weather(
        delay_ms=200,
        jitter_ms=300,
        repeat_receipts=0.5,
        reorder_receipts=0.5,
        early_receipts=0.3,
        lost_answer=0.5,
    )


@pytest.mark.usefixtures("bad_weather")
def test_in_bad_weather_each_phone_still_gets_its_text_once(
    town: Town, page_1280: Page
) -> None:
    page = page_1280
    sign_in(page, town, "officer")
    _compose(page, town, "Thong bao tien luong huu.")
    _send(page)
    until(_all_have(town, 1), within_s=ARRIVE_WITHIN_S)
    expect(page.locator("#live")).to_contain_text("3 + 0 + 0 + 0", timeout=60_000)
    assert _received(town, PENSIONERS) == {
        name: ["Thong bao tien luong huu."] for name in PENSIONERS
    }


def _let_it_be_due(town: Town) -> None:
    """Make the waiting texts due now: the processes' clock cannot be turned."""
    now = dt.datetime.now(dt.UTC)
    with town.product.database.writing() as session:
        session.execute(update(Message).values(due_at=now))
        session.execute(update(Announcement).values(due_at=now, send_at=now))


def _let_the_schedule_be_due(town: Town) -> None:
    with town.product.database.writing() as session:
        schedule = session.scalars(select(Schedule)).one()
        assert schedule.next_due_at is not None
        schedule.next_due_at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
