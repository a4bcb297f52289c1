"""What is shown of a notice that goes by both channels adds up, and says why."""

import io
import re

import openpyxl
import pytest
from flask.testing import FlaskClient

from broadcaster.bootstrap import House, assemble
from broadcaster.ports import Blame, ReceiptStatus, Submission, Verdict
from broadcaster.store.session import Database
from subscriptions.tables.households import Household
from tests.broadcaster.services.two_channels import (
    HOMES,
    TwoChannels,
    refusing,
    two_channels,
)
from tests.broadcaster.web.conftest import SignIn
from tests.broadcaster.web.staff.desk import see
from tests.builders.people import NOW, lines_of
from tests.fakes import HandClock


@pytest.fixture
def place(database: Database) -> TwoChannels:
    """Give a ward that told five homes: the first has no Zalo, the second got it."""
    place = two_channels(database, NOW)
    first, second = place.staffed.homes[:2]
    with database.reading() as session:
        without = lines_of(session, first)[0].e164
        reached = lines_of(session, second)[0].id

    def is_without(text: Submission) -> bool:
        return text.to == without

    place.zalo.script = refusing(
        Verdict.ELSEWHERE, blame=Blame.NO_ACCOUNT, only=is_without
    )
    place.announce()
    place.send()
    (arrived,) = [text for text in place.messages() if text.line_id == reached]
    place.report(arrived, ReceiptStatus.DELIVERED)
    return place


@pytest.fixture
def house(house: House, place: TwoChannels, clock: HandClock) -> House:
    """Give a house with both of the ward's telcos."""
    fixed = [place.sms, place.zalo]
    return assemble(house.settings, place.database, fixed=fixed, clock=clock)


@pytest.fixture
def officer(place: TwoChannels, signed_in: SignIn) -> FlaskClient:
    """Give the browser of the one who wrote it."""
    return signed_in(place.staffed.officer)


@pytest.fixture
def path(place: TwoChannels) -> str:
    """Give the address of the notice's page."""
    announcement_id = place.messages()[0].announcement_id
    assert announcement_id is not None
    return f"/staff/announcements/{place.notice(announcement_id).public_id}"


def test_each_channel_is_counted_and_they_add_up(
    officer: FlaskClient, path: str
) -> None:
    page = see(officer, path).partition("Theo kênh")[2].partition("Theo nhà mạng")[0]
    rows = {
        name: [int(n) for n in numbers.split()]
        for name, numbers in re.findall(r"(SMS|Zalo)((?: \d+){5})", page)
    }
    # arrived, under way, failed, withheld, all
    assert rows == {"SMS": [0, 1, 0, 0, 1], "Zalo": [1, 3, 0, 0, 4]}
    assert sum(numbers[-1] for numbers in rows.values()) == HOMES
    assert "1 tin SMS là do Zalo không gửi được: 1 không có ở số này." in page


def test_the_list_of_notices_has_both_numbers(officer: FlaskClient, path: str) -> None:
    assert "Zalo 4, SMS 1" in see(officer, "/staff/announcements")


def test_each_line_says_by_which_channel_and_why_not_the_other(
    officer: FlaskClient, path: str
) -> None:
    page = see(officer, f"{path}?show=waiting")
    assert page.count("Zalo · Đã chuyển Zalo, máy chưa báo nhận") == 3
    assert page.count("SMS (Zalo không có ở số này) · Đã chuyển nhà mạng") == 1
    assert "Zalo · Máy đã nhận" in see(officer, f"{path}?show=arrived")
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{path}/outcomes.xlsx").data))
    lines = list(book["Tin đã gửi"].iter_rows(min_row=2, values_only=True))
    assert sorted(str(line[5]) for line in lines) == [
        "SMS (Zalo không có ở số này)",
        *["Zalo"] * 4,
    ]


def test_both_renderings_stand_on_the_notices_page(
    officer: FlaskClient, path: str
) -> None:
    page = see(officer, path)
    assert "Moi ong/ba hop to dan pho" in page
    assert "Kính gửi Nguyễn Văn An, phường mời họp tổ dân phố" in page


def test_a_household_shows_its_texts_with_their_channel(
    officer: FlaskClient, place: TwoChannels
) -> None:
    def card(home: Household) -> str:
        return see(officer, f"/staff/households/{home.public_id}")

    first, second = place.staffed.homes[:2]
    assert "SMS (Zalo không có ở số này) · Đã chuyển nhà mạng" in card(first)
    assert "Zalo · Máy đã nhận" in card(second)
    assert re.search(r"mã hộ [0-9A-Z]{4}-[0-9A-Z]{4}", card(first))
