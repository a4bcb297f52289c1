"""The list of households, and one household's page."""

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from broadcaster.ports import Blame, Channel
from broadcaster.services.replies import BY_ZALO
from broadcaster.store.blame import Fault, act_on_blame
from broadcaster.store.session import Database
from broadcaster.web.leaders.households import PER_PAGE
from subscriptions.consents import withdraw
from subscriptions.lines import mark_unusable
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line, Subscription, Tag
from tests.broadcaster.web.conftest import search
from tests.broadcaster.web.leaders.conftest import Browser, Round, words_of
from tests.builders.ledger import charge, pay
from tests.builders.people import NOW, a_household, lines_of
from tests.builders.zalo import follows, lacks


def test_the_home_page_counts_the_group_alone(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        a_household(session, in_group=rounds.group, with_phone="0912345678")
        a_household(session, in_group=rounds.other, with_phone="0912345679")
    page = words_of(browser_of_leader.read("/leader"))
    assert "Tổ 12 · 1 hộ" in page
    assert "1 hộ · 1 số" in page
    for tile in ("Thêm hộ", "Thu tiền", "Nộp về phường", "Nhập danh sách Excel"):
        assert tile in page


def test_an_empty_group_says_what_to_do(
    browser_of_leader: Browser, rounds: Round
) -> None:
    page = browser_of_leader.read(f"/leader/{rounds.group.id}/households")
    assert "Tổ chưa có hộ nào. Bấm Thêm hộ, chỉ cần số điện thoại." in page


@pytest.mark.parametrize("typed", ["nguyen", "ÁNH", "345 6789", "bang lang"])
def test_a_household_is_found_without_accents_or_by_some_digits(
    browser_of_leader: Browser, database: Database, rounds: Round, typed: str
) -> None:
    with database.writing() as session:
        a_household(
            session,
            in_group=rounds.group,
            head="Nguyễn Thị Ánh",
            with_phone="0903456789",
        )
        a_household(session, in_group=rounds.other, head="Nguyễn Thị Ánh Khác")
    path = f"/leader/{rounds.group.id}/households"
    page = search(browser_of_leader.client, path, typed)
    assert "Nguyễn Thị Ánh" in page
    assert "Khác" not in page


def test_names_are_in_vietnamese_order_and_pages_follow_one_another(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        for number in range(PER_PAGE):
            a_household(session, in_group=rounds.group, head=f"Lê Văn Dũng {number}")
        for name in ("Đức", "Ân", "Ánh", "Anh", "Ăn"):
            a_household(session, in_group=rounds.group, head=f"Trần Thị {name}")
    path = f"/leader/{rounds.group.id}/households"
    page = words_of(search(browser_of_leader.client, path, "tran"))
    places = [page.index(f"Thị {name} ") for name in ("Anh", "Ánh", "Ăn", "Ân", "Đức")]
    assert places == sorted(places)
    first = search(browser_of_leader.client, path, "")
    assert "Xem tiếp" in first
    link = first.split(">Xem tiếp<")[0].rsplit('href="', 1)[1].split('"')[0]
    rest = browser_of_leader.read(link)
    assert first.count('class="card"') == PER_PAGE
    assert rest.count('class="card"') == 5


def test_a_search_without_a_find_says_what_to_try(
    browser_of_leader: Browser, rounds: Round
) -> None:
    path = f"/leader/{rounds.group.id}/households"
    page = search(browser_of_leader.client, path, "<xyz>")
    assert "Không thấy hộ nào có “<xyz>”" in page


def test_a_household_shows_who_is_served_how_and_why_not(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        home = a_household(
            session,
            in_group=rounds.group,
            with_phone="0912345678",
            tags=[Tag.PENSIONER],
            consenting_to=(),
        )
        (line,) = lines_of(session, home)
        mark_unusable(session, line.id, "30005")
    page = words_of(browser_of_leader.read(f"/leader/households/{home.public_id}"))
    assert "Nguyễn Văn An" in page
    assert "hưu trí" in page
    assert "0912 345 678 Số không dùng được – cần sửa" in page
    assert "(mã 30005)" in page
    assert "Thông báo của phường: chưa hỏi" in page


def links(session: Session, line: Line) -> None:
    follows(session, line.id, ward_id=line.ward_id)


def lacks_zalo(session: Session, line: Line) -> None:
    lacks(session, line.id)


def refuses_zalo(session: Session, line: Line) -> None:
    fault = Fault(
        line_id=line.id, blame=Blame.OPTED_OUT, code="-141", channel=Channel.ZALO
    )
    act_on_blame(session, [fault], now=NOW)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (links, "Zalo: đã nối"),
        (lacks_zalo, "Zalo: số này không dùng Zalo"),
        (refuses_zalo, "Zalo: người dùng không nhận tin qua Zalo"),
    ],
)
def test_a_household_shows_what_is_known_of_a_line_and_zalo(
    browser_of_leader: Browser,
    database: Database,
    rounds: Round,
    told: Callable[[Session, Line], None],
    shown: str,
) -> None:
    with database.writing() as session:
        home = a_household(session, in_group=rounds.group, with_phone="0912345678")
        (line,) = lines_of(session, home)
    path = f"/leader/households/{home.public_id}"
    assert "Zalo" not in words_of(browser_of_leader.read(path))
    with database.writing() as session:
        told(session, line)
    assert shown in words_of(browser_of_leader.read(path))


def test_a_household_shows_who_stopped_by_zalo(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        home = a_household(session, in_group=rounds.group, with_phone="0912345678")
        (line,) = lines_of(session, home)
        withdraw(session, line.id, Purpose, evidence=BY_ZALO, now=NOW)
    page = words_of(browser_of_leader.read(f"/leader/households/{home.public_id}"))
    assert "Thông báo của phường: đã dừng T2 05/10/2026, nhắn qua Zalo" in page


def test_a_household_shows_what_it_paid_and_owes(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        home = a_household(session, in_group=rounds.group, with_phone="0912345678")
        session.execute(update(Subscription).values(first_month=dt.date(2026, 9, 1)))
        charge(session, rounds.ward, dt.date(2026, 9, 1))
        charge(session, rounds.ward, dt.date(2026, 10, 1))
        pay(session, home, 3000)
    page = words_of(browser_of_leader.read(f"/leader/households/{home.public_id}"))
    assert "Còn thiếu 3.000đ" in page
    assert "T12-2026-0001" in page
