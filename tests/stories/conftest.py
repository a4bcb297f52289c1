"""A small ward with the whole product running on it: what every story begins with."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from broadcaster.rules.permissions import Role
from broadcaster.rules.timing import ward_today
from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.usage import Tariff
from subscriptions.tables.households import Tag
from tests.builders.accounts import PASSWORD, an_account
from tests.builders.people import a_group, a_household, a_ward
from tests.product import Product

PENSIONERS = {
    "Lý Thanh An": "0912345001",
    "Trần Kim Tú": "0912345002",
    "Đỗ Thị Ựa": "0362345003",
}
OTHERS = {"Lê Quang Điệp": "0702345004", "Bùi Xuân Mai": "0862345005"}
SERVICE_NUMBER = "+84899000888"
"""Where the simulated network's handsets write to."""

PRICES = {"Viettel": 800, "VinaPhone": 750, "MobiFone": 700}


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The running product, and the ward in it."""

    product: Product
    ward_id: int
    group_id: int


@pytest.fixture
def town(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Town]:
    """Run web, worker, clock and telco over a ward of five households."""
    upgrade(database_url)
    engine = create_engine_for(database_url)
    ward_id, group_id = _settle(Database(engine))
    engine.dispose()
    product = Product.start(tmp_path, database_url=database_url, redis_url=redis_url)
    yield Town(product=product, ward_id=ward_id, group_id=group_id)
    product.stop()


def sign_in(page: Page, town: Town, username: str) -> None:
    """Sign in by the form, as people do."""
    sign_in_at(page, town.product.url, username)


def sign_in_at(page: Page, url: str, username: str) -> None:
    """Sign in by the form of the product that runs there."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("button", name="Thoát").wait_for()


def nothing_overflows(page: Page) -> bool:
    """Tell whether the page fits its width."""
    fits: bool = page.evaluate(
        "document.documentElement.scrollWidth <= window.innerWidth"
    )
    return fits


def _settle(database: Database) -> tuple[int, int]:
    long_ago = ward_today(dt.datetime.now(dt.UTC)) - dt.timedelta(days=400)
    with database.writing() as session:
        ward = a_ward(session)
        ward.quiet_until = ward.quiet_from  # no quiet hours: stories run at any hour
        ward.inbound_number = SERVICE_NUMBER
        group = a_group(session, ward, number=12)
        for names, tags in ((PENSIONERS, [Tag.PENSIONER]), (OTHERS, [])):
            for head, phone in names.items():
                a_household(
                    session, in_group=group, head=head, with_phone=phone, tags=tags
                )
        for carrier, price in PRICES.items():
            session.add(
                Tariff(
                    carrier=carrier,
                    kind="care",
                    valid_from=long_ago,
                    vnd_per_segment=price,
                )
            )
        for role in (Role.OFFICER, Role.APPROVER, Role.ACCOUNTANT):
            an_account(session, role, ward_id=ward.id)
        groups = frozenset({group.id})
        an_account(session, Role.LEADER, ward_id=ward.id, group_ids=groups)
        return ward.id, group.id
