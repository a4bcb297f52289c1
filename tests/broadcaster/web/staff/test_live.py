"""The live page: figures that add up, honest words, a stop that says what it did."""

import datetime as dt
import io

import openpyxl
import pytest
from flask.testing import FlaskClient

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement
from broadcaster.web.staff.live import asks_again
from broadcaster.web.staff.standing import Phase
from tests.broadcaster.web.staff.desk import (
    a_form,
    post,
    press,
    see,
    the_announcements,
)
from tests.builders.announcements import StaffedWard, bring_to, messages_of
from tests.builders.people import NOW
from tests.fakes import HandClock

S = MessageState


@pytest.fixture
def sent(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> Announcement:
    """Give an announcement that three phones are to get."""
    press(officer, "confirm", a_form(staffed))
    return the_announcements(database)[0]


def _path(sent: Announcement) -> str:
    return f"/staff/announcements/{sent.public_id}"


def test_the_figures_add_up_to_the_total(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED, S.UNDELIVERED], now=NOW)
    page = see(officer, _path(sent))
    assert "1 máy đã nhận 1 đang chờ 1 không tới 0 không gửi" in page
    assert "1 + 1 + 1 + 0 = 3 tin" in page
    assert "3" in see(officer, "/staff/announcements")


def test_a_failure_comes_first_with_what_to_do_about_it(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.UNDELIVERED, S.REFUSED], now=NOW)
        dead, blocked, _ = messages_of(session, sent.id)
        dead.blame, blocked.blame = "recipient", "theirs"
    page = see(officer, _path(sent))
    assert page.index("Cần sửa số điện thoại: 1") < page.index("Bị nhà mạng chặn")
    assert "Nhờ tổ trưởng hỏi lại" in page


@pytest.mark.parametrize(
    ("show", "said"),
    [
        ("waiting", "Chờ gửi"),
        ("left_out", "Trần Thị Bình"),
        ("arrived", "Chưa có tin nào tới"),
        ("withheld", "Không có tin nào bị giữ lại"),
        ("nonsense", "Không có tin nào không tới"),
    ],
)
def test_each_list_shows_its_people_or_says_that_there_are_none(
    officer: FlaskClient, sent: Announcement, show: str, said: str
) -> None:
    assert said in see(officer, f"{_path(sent)}?show={show}")


def test_the_page_stops_asking_once_everything_is_final(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    fragment = f"{_path(sent)}/live"
    assert 'hx-trigger="every 2s"' in officer.get(fragment).text
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED] * 3, now=NOW)
    page = officer.get(fragment).text
    assert "Xong" in page
    assert "hx-get" not in page


def test_its_pauses_grow_with_its_age() -> None:
    ages = [-60, 0, 59, 60, 599, 600, 3600, 86400]
    moments = [NOW + dt.timedelta(seconds=age) for age in ages]
    pauses = [asks_again(NOW, moment, Phase.TAKEN) for moment in moments]
    assert pauses == [60, 2, 2, 5, 5, 15, 60, 60]
    moving = [asks_again(NOW, moment, Phase.SENDING) for moment in moments]
    assert moving == [60, 2, 2, 5, 5, 5, 5, 5]


def test_calling_off_says_exactly_what_was_kept_back(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED], now=NOW)
    page = post(officer, f"{_path(sent)}/call-off")[1]
    assert "Giữ lại 2 tin chưa gửi; 1 tin đã tới; 0 tin đã chuyển" in page
    assert "1 + 0 + 0 + 2 = 3 tin" in page
    assert "đã được dừng trước đó" in post(officer, f"{_path(sent)}/call-off")[1]


def test_a_text_held_for_the_morning_says_until_when(
    officer: FlaskClient, staffed: StaffedWard, database: Database, clock: HandClock
) -> None:
    clock.turn(hours=13)
    press(officer, "confirm", a_form(staffed))
    page = see(officer, _path(the_announcements(database)[0]))
    assert "Sẽ gửi lúc 07:00 T3 06/10/2026" in page


def test_the_outcomes_are_downloaded_with_who_was_left_out(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED], now=NOW)
    answer = officer.get(f"{_path(sent)}/outcomes.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    lines = list(book["Tin đã gửi"].iter_rows(min_row=2, values_only=True))
    assert len(lines) == 3
    assert lines[0][5:7] == ("SMS", "Máy đã nhận")
    (left_out,) = book["Không gửi"].iter_rows(min_row=2, values_only=True)
    assert left_out[0] == "Trần Thị Bình"
    assert left_out[3] == "chưa có số điện thoại"


def test_an_announcement_of_another_ward_does_not_exist(
    officer: FlaskClient, sent: Announcement
) -> None:
    unknown = "0190a000-0000-7000-8000-000000000000"
    for tail in ("", "/live", "/outcomes.xlsx"):
        path = f"/staff/announcements/{unknown}{tail}"
        assert officer.get(path).status_code == 404
