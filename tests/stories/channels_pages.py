"""What an officer does in a browser to tell a ward by two channels."""

import re

from playwright.sync_api import Page, expect

from tests.stories.channels import NOTICE, ChannelProduct

BODY = "Phường Hoa Sữa: cắt nước từ 8h đến 17h ngày 12/12 để thay ống. Xin trữ nước."
ON_THE_WIRE = (
    "Phuong Hoa Sua: cat nuoc tu 8h den 17h ngay 12/12 de thay ong. Xin tru nuoc."
)
TITLE, NOTE = "Cắt nước để thay ống", "Từ 8h đến 17h ngày 12/12. Xin trữ nước."
SUM = re.compile(r"([\d.]+) \+ ([\d.]+) \+ ([\d.]+) \+ ([\d.]+) = ([\d.]+) tin")


def write(page: Page, product: ChannelProduct, *, group_id: int | None = None) -> None:
    """Write a notice in both renderings, for a group or everybody, up to its review."""
    page.goto(f"{product.url}/staff/compose")
    page.locator("#body").fill(BODY)
    if group_id is None:
        page.locator("#whom-all").check()
    else:
        page.locator("#whom-groups").check()
        page.locator(f"#groups-{group_id}").check()
    page.get_by_label("Mẫu Zalo").select_option(value=NOTICE)
    page.locator("[id='blank.title']").fill(TITLE)
    page.locator("[id='blank.note']").fill(NOTE)
    page.get_by_role("button", name="Xem lại").click()
    expect(page.locator("main")).to_contain_text("Kênh gửi")


def send(page: Page) -> str:
    """Send what is reviewed; return the notice's page."""
    page.get_by_role("button", name=re.compile(r"^Gửi [\d.]+ tin · ")).click()
    page.wait_for_url("**/announcements/**")
    return page.url


def hand_in(page: Page) -> str:
    """Ask for somebody's approval of what is reviewed; return the notice's page."""
    page.get_by_role("button", name="Trình duyệt").click()
    page.wait_for_url("**/announcements/**")
    return page.url


def approve(page: Page, product: ChannelProduct) -> None:
    """Approve the one notice that waits."""
    page.goto(f"{product.url}/staff/approvals")
    page.locator("main .card a").click()
    page.get_by_role("button", name=re.compile("^Duyệt, gửi")).click()
    expect(page.locator("main")).to_contain_text("Không có tin nào chờ duyệt")


def progress(page: Page) -> tuple[int, int, int, int]:
    """Read the live page: arrived, waiting, failed, withheld; together the whole."""
    said = page.locator("#live").inner_text()
    found = SUM.search(said)
    assert found, said
    arrived, waiting, failed, withheld, total = map(number, found.groups())
    assert arrived + waiting + failed + withheld == total
    return arrived, waiting, failed, withheld


def number(word: str) -> int:
    """Read a whole number with its thousands marked."""
    return int(word.replace(".", ""))
