"""A neighbour is enrolled within a minute: taps and keys are counted, not guessed."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from broadcaster.store.session import Database, create_engine_for
from subscriptions.tables.households import Household, Line
from tests.broadcaster.web.leaders.conftest import Round
from tests.broadcaster.web.leaders.test_in_a_browser import fits, small_targets
from tests.builders.accounts import PASSWORD
from tests.builders.people import a_household

SECONDS_A_TAP = 1.2
SECONDS_A_KEY = 0.25
"""How long someone unused to phones takes, as docs/how-to/enrol-neighbours.md says."""
ADDRESS_BOOK = """
Object.defineProperty(navigator, "contacts", { value: { select: async () => [
  { name: ["Cô Lan"], tel: ["01236030999", "0987654321"] },
  { name: ["Anh Tú"], tel: ["0912345678"] },
  { name: ["Tổ trưởng"], tel: [] },
] } });
"""


@dataclass(slots=True)
class Thumb:
    """A leader's thumb on the screen: every tap and every key is counted."""

    page: Page
    taps: int = 0
    keys: int = 0

    @property
    def seconds(self) -> float:
        """How long all of it takes."""
        return self.taps * SECONDS_A_TAP + self.keys * SECONDS_A_KEY

    def tap(self, what: Locator) -> None:
        what.click()
        self.taps += 1

    def type(self, label: str, text: str) -> None:
        """Tap a field and type into it at the speed that is counted with."""
        field = self.page.get_by_label(label, exact=True)
        self.tap(field)
        field.press_sequentially(text, delay=SECONDS_A_KEY * 1000)
        self.keys += telex_keys(text)


def telex_keys(text: str) -> int:
    """Count the keys of a Vietnamese keyboard: a mark or a tone is one more key."""
    return len(unicodedata.normalize("NFD", text.replace("đ", "dd").replace("Đ", "DD")))


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """Give one kind of database: what differs here is the browser."""
    database = Database(create_engine_for(sqlite_url))
    yield database
    database.engine.dispose()


@pytest.fixture
def phone(page_360: Page, served: str, rounds: Round) -> Page:
    """Give the phone of the leader, signed in, on the first page."""
    page_360.add_init_script(ADDRESS_BOOK)
    page_360.goto(f"{served}/sign-in")
    page_360.fill("#username", "leader")
    page_360.fill("#password", PASSWORD)
    page_360.locator("main button").click()
    expect(page_360.locator("h1")).to_contain_text(rounds.group.name)
    return page_360


def count_homes(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Household)) or 0


def test_a_home_with_two_lines_takes_9_taps_and_44_keys(
    phone: Page, database: Database
) -> None:
    thumb = Thumb(phone)
    thumb.tap(phone.get_by_role("link", name="Thêm hộ"))
    thumb.type("Số điện thoại nhận tin", "0912345678")
    thumb.tap(phone.get_by_text("Thêm số nữa"))
    thumb.type("Số thứ hai", "01236030999")
    thumb.tap(phone.get_by_label("Con cháu, người thân nhận tin giúp chủ hộ"))
    thumb.type("Họ tên chủ hộ", "Nguyễn Thị Ựa")
    thumb.type("Số nhà / phòng", "P1204")
    thumb.tap(phone.get_by_label("Đồng ý tại chỗ – gửi tin xác nhận"))
    thumb.tap(phone.get_by_role("button", name="Lưu và thêm hộ tiếp"))
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu hộ P1204.")
    with database.reading() as session:
        numbers = session.scalars(select(Line.e164).order_by(Line.id)).all()
    assert numbers == ["+84912345678", "+84836030999"]
    assert (thumb.taps, thumb.keys) == (9, 44)
    assert thumb.seconds <= 60


def test_the_home_next_door_needs_neither_its_address_nor_the_first_tap(
    phone: Page, database: Database, rounds: Round
) -> None:
    phone.get_by_role("link", name="Thêm hộ").click()
    phone.get_by_label("Số nhà / phòng", exact=True).fill("P1204")
    phone.get_by_role("button", name="Lưu và thêm hộ tiếp").click()
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu hộ P1204.")
    thumb = Thumb(phone)
    thumb.type("Số điện thoại nhận tin", "0912345678")
    thumb.tap(phone.get_by_label("Đồng ý tại chỗ – gửi tin xác nhận"))
    thumb.tap(phone.get_by_role("button", name="Lưu và thêm hộ tiếp"))
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu hộ P1205.")
    assert (thumb.taps, thumb.keys) == (3, 10)
    assert count_homes(database) == 2


def test_people_of_the_address_book_are_ticked_and_saved(
    phone: Page, database: Database
) -> None:
    phone.get_by_role("link", name="Thêm hộ").click()
    phone.get_by_role("link", name="Dán từ Zalo, danh bạ").click()
    phone.get_by_role("button", name="Lấy từ danh bạ").click()
    expect(phone.get_by_label("Dán các dòng có tên")).to_have_value(
        "Cô Lan 01236030999 / 0987654321\nAnh Tú 0912345678\nTổ trưởng "
    )
    phone.get_by_role("button", name="Đọc các dòng này").click()
    lan = phone.locator("section").filter(has_text="Cô Lan")
    expect(lan.get_by_label("Họ tên chủ hộ")).to_have_value("Lan")
    lan.get_by_label("Thêm hộ này").check()
    lan.get_by_label("Đồng ý – đã ký giấy").check()
    assert fits(phone)
    assert small_targets(phone) == []
    phone.get_by_role("button", name="Lưu những hộ đã đánh dấu").click()
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu 1 hộ. Còn 2 dòng")
    with database.reading() as session:
        numbers = session.scalars(select(Line.e164).order_by(Line.id)).all()
    assert numbers == ["+84836030999", "+84987654321"]


def test_a_pasted_number_is_checked_while_it_is_mended(
    phone: Page, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        known = a_household(session, in_group=rounds.group, with_phone="0912345678")
    phone.get_by_role("link", name="Thêm hộ").click()
    phone.get_by_role("link", name="Dán từ Zalo, danh bạ").click()
    phone.get_by_label("Dán các dòng có tên").fill("P1204 Tú 091234567")
    phone.get_by_role("button", name="Đọc các dòng này").click()
    expect(phone.locator("#phone_0_0-check")).to_contain_text("Thiếu chữ số")
    number = phone.get_by_label("Số điện thoại", exact=True)
    number.press("End")
    number.press("8")
    expect(phone.locator("#phone_0_0-check")).to_contain_text(known.address)
    phone.get_by_label("Dùng chung số này").check()
    phone.get_by_label("Thêm hộ này").check()
    phone.get_by_label("Chưa đồng ý – chưa gửi tin").check()
    phone.get_by_role("button", name="Lưu những hộ đã đánh dấu").click()
    expect(phone.get_by_role("status")).to_contain_text("Đã lưu 1 hộ.")


def test_where_the_browser_has_no_address_book_there_is_no_button(
    page_360: Page, served: str, rounds: Round
) -> None:
    page_360.goto(f"{served}/sign-in")
    page_360.fill("#username", "leader")
    page_360.fill("#password", PASSWORD)
    page_360.locator("main button").click()
    page_360.goto(f"{served}/leader/{rounds.group.id}/paste")
    expect(page_360.get_by_role("button", name="Đọc các dòng này")).to_be_visible()
    assert not page_360.evaluate("'contacts' in navigator")
    expect(page_360.get_by_text("Lấy từ danh bạ")).to_be_hidden()
