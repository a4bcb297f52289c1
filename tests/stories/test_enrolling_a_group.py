"""Journey 2: a leader enrols at the door and takes the group's workbook in."""

import json
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from subscriptions.tables.households import Household, Line, Resident
from tests.stories.conftest import Town, nothing_overflows, sign_in
from tests.telco import until

DATA = Path(__file__).parents[1] / "data"
WORKBOOK = DATA / "register_tdp12.xlsx"
FACTS = json.loads((DATA / "register_tdp12.facts.json").read_text("utf-8"))


def test_a_leader_enrols_a_home_and_imports_the_workbook_on_a_phone(
    town: Town, page_360: Page
) -> None:
    page = page_360
    sign_in(page, town, "leader")

    _enrol(page, town)
    _import(page, town)
    _shows_the_facts(page)
    page.get_by_label("Đã có chữ ký đồng ý của các hộ").check()
    page.get_by_role("button", name="Ghi 61 hộ mới vào sổ").click()
    expect(page.locator("h1")).not_to_contain_text("Xem trước")
    first = _count(town)

    _import(page, town)
    expect(page.locator("main")).to_contain_text("Không có gì để ghi thêm")
    assert _count(town) == first
    assert first == [5 + 1 + 61, 5 + 1 + 161, 5 + 2 + 68]


def _enrol(page: Page, town: Town) -> None:
    page.get_by_role("link", name="Thêm hộ").click()
    page.get_by_label("Số điện thoại nhận tin", exact=True).fill("0933222111")
    page.get_by_text("Thêm số nữa").click()
    page.get_by_label("Số thứ hai", exact=True).fill("01236030999")
    page.get_by_label("Con cháu, người thân nhận tin giúp chủ hộ").check()
    page.get_by_label("Họ tên chủ hộ", exact=True).fill("Ngô Thị Sen")
    page.get_by_label("Số nhà / phòng", exact=True).fill("A1 · 1204")
    page.get_by_label("Đồng ý tại chỗ – gửi tin xác nhận").check()
    page.get_by_label("Chưa thu – tính từ").check()
    assert nothing_overflows(page)
    page.get_by_role("button", name="Lưu và thêm hộ tiếp").click()
    expect(page.get_by_role("status")).to_contain_text("Đã lưu hộ A1 · 1204")
    for number in ("+84933222111", "+84836030999"):
        assert len(until(partial(town.product.telco.bodies, number))) == 1


def _shows_the_facts(page: Page) -> None:
    figures = page.locator(".figure b").all_inner_texts()
    assert figures[0] == str(FACTS["good_lines"])
    assert figures[2] == str(FACTS["faulty"])
    said = page.locator("main").inner_text()
    assert f"{FACTS['households']} hộ, {FACTS['residents']} người" in said
    assert FACTS["duplicate"] in said
    faults = page.locator(".card.fault").all_inner_texts()
    assert len(faults) == len(FACTS["faults"])
    for fault, card in zip(FACTS["faults"], faults, strict=True):
        assert f"Dòng {fault['row']} " in card
        assert fault["value"] in card
    assert nothing_overflows(page)


def _import(page: Page, town: Town) -> None:
    page.goto(f"{town.product.url}/leader")
    page.get_by_role("link", name="Nhập danh sách Excel").click()
    page.get_by_label("Tệp danh sách").set_input_files(WORKBOOK)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.locator("h1")).to_contain_text("Xem trước danh sách")


def _count(town: Town) -> list[int]:
    with town.product.database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Household, Resident, Line)
        ]
