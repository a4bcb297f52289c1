"""A leader's phone, 360 px wide: enrolling at a door and importing a list."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from broadcaster.store.session import Database, create_engine_for
from subscriptions.consents import consented_lines
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Household, Line
from tests.broadcaster.web.leaders.conftest import Round
from tests.builders.accounts import PASSWORD
from tests.builders.people import a_household

WORKBOOK = Path(__file__).parents[3] / "data" / "register_tdp12.xlsx"
KEY_MS = 20
"""Between two keys: the live check must not lose to someone quick."""


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """Give one kind of database: what differs here is the browser."""
    database = Database(create_engine_for(sqlite_url))
    yield database
    database.engine.dispose()


@pytest.fixture
def phone(page_360: Page, served: str, rounds: Round) -> Page:
    """Give the phone of the leader, signed in, on the first page."""
    page_360.goto(f"{served}/sign-in")
    page_360.fill("#username", "leader")
    page_360.fill("#password", PASSWORD)
    page_360.locator("main button").click()
    expect(page_360.locator("h1")).to_contain_text(rounds.group.name)
    return page_360


def type_into(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).press_sequentially(text, delay=KEY_MS)


def fits(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    )


def small_targets(page: Page) -> list[str]:
    """Return what can be tapped and is lower than 44 px (a line of text is 27)."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main input")]
          .filter(e => e.checkVisibility() && !e.classList.contains("visually-hidden"))
          .filter(e => e.getBoundingClientRect().height < 44)
          .map(e => e.outerHTML)"""
    )
    return found


def test_a_household_with_two_lines_is_enrolled_by_typing_and_tapping(
    phone: Page, database: Database
) -> None:
    phone.get_by_role("link", name="Thêm hộ").click()
    type_into(phone, "Số điện thoại nhận tin", "0912345678")
    expect(phone.locator("#phone_1-check")).to_contain_text("Số đúng · VinaPhone")
    phone.get_by_text("Thêm số nữa").click()
    type_into(phone, "Số thứ hai", "01236030999")
    expect(phone.locator("#phone_2-check")).to_contain_text("Đọc là 0836 030 999")
    phone.get_by_label("Con cháu, người thân nhận tin giúp chủ hộ").check()
    type_into(phone, "Họ tên chủ hộ", "Đỗ Thị Ựa")
    type_into(phone, "Số nhà / phòng", "A1 · 1204")
    phone.get_by_label("Đồng ý tại chỗ – gửi tin xác nhận").check()
    assert fits(phone)
    assert small_targets(phone) == []
    phone.get_by_role("button", name="Lưu và thêm hộ tiếp").dblclick()
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu hộ A1 · 1204.")
    expect(phone.get_by_label("Số nhà / phòng")).to_have_value("A1 · 1205")
    with database.reading() as session:
        numbers = session.scalars(select(Line.e164).order_by(Line.id)).all()
        homes = session.scalar(select(func.count()).select_from(Household))
    assert numbers == ["+84912345678", "+84836030999"]
    assert homes == 1


def test_a_suggested_number_takes_one_tap_and_loses_nothing(phone: Page) -> None:
    phone.get_by_role("link", name="Thêm hộ").click()
    type_into(phone, "Họ tên chủ hộ", "Lê Văn Bảy")
    type_into(phone, "Số điện thoại nhận tin", "O912345678")
    phone.get_by_role("button", name="Đổi thành 0912345678").click()
    number = phone.get_by_label("Số điện thoại nhận tin", exact=True)
    expect(number).to_have_value("0912345678")
    expect(phone.get_by_label("Họ tên chủ hộ", exact=True)).to_have_value("Lê Văn Bảy")
    expect(phone.locator("#phone_1-check")).to_contain_text("Số đúng")


def test_the_key_go_on_the_phone_saves_and_does_not_change_a_number(
    phone: Page,
) -> None:
    phone.get_by_role("link", name="Thêm hộ").click()
    type_into(phone, "Số điện thoại nhận tin", "01236030999")
    expect(phone.get_by_role("button", name="Đổi thành 0836 030 999")).to_be_visible()
    phone.get_by_label("Chưa đồng ý – chưa gửi tin").check()
    phone.get_by_label("Số nhà / phòng", exact=True).press("Enter")
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu hộ")


def test_a_shared_phone_is_said_to_be_shared_with_one_tap(
    phone: Page, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        known = a_household(session, in_group=rounds.group, with_phone="0912345678")
    phone.get_by_role("link", name="Thêm hộ").click()
    type_into(phone, "Số điện thoại nhận tin", "0912345678")
    expect(phone.locator("#phone_1-check")).to_contain_text(known.address)
    phone.get_by_label("Dùng chung số này").check()
    phone.get_by_label("Đồng ý – đã ký giấy").check()
    phone.get_by_role("button", name="Lưu và thêm hộ tiếp").click()
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu hộ")


def test_a_workbook_is_looked_at_and_taken_in(phone: Page, database: Database) -> None:
    phone.get_by_role("link", name="Nhập danh sách Excel").click()
    phone.get_by_label("Tệp danh sách").set_input_files(WORKBOOK)
    phone.get_by_role("button", name="Xem trước").click()
    expect(phone.locator(".figure").first).to_have_text("68số đúng")
    assert phone.locator(".fault").count() == 16
    assert fits(phone)
    phone.get_by_label("Đã có chữ ký đồng ý của các hộ").check()
    phone.get_by_role("button", name="Ghi 61 hộ mới vào sổ").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Đã nhập danh sách")
    assert fits(phone)
    with database.reading() as session:
        assert len(session.scalars(consented_lines(Purpose.NOTICES)).all()) == 68


def test_a_search_finds_while_it_is_typed(
    phone: Page, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        for head in ("Nguyễn Thị Ánh", "Lê Văn Dũng"):
            a_household(session, in_group=rounds.group, head=head)
    phone.get_by_role("link", name="Danh sách hộ").click()
    expect(phone.locator(".card")).to_have_count(2)
    phone.get_by_label("Tìm theo tên").press_sequentially("anh", delay=KEY_MS)
    expect(phone.locator(".card")).to_have_count(1)
    expect(phone.locator(".card")).to_contain_text("Nguyễn Thị Ánh")
