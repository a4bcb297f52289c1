"""Collecting: one tap, one receipt, once; undone while the cash is in hand."""

import datetime as dt
import re

import pytest
from sqlalchemy import func, select, update

from broadcaster.store.session import Database
from subscriptions.remittances import cash_in_hand
from subscriptions.tables.households import Household, Subscription
from subscriptions.tables.ledger import Payment
from tests.broadcaster.web.conftest import search
from tests.broadcaster.web.leaders.conftest import Browser, Round, shown, words_of
from tests.builders.ledger import charge
from tests.builders.people import a_household

OCTOBER = dt.date(2026, 10, 1)


@pytest.fixture
def homes(database: Database, rounds: Round) -> list[Household]:
    """Give two charged households of the leader's group."""
    with database.writing() as session:
        found = [
            a_household(session, in_group=rounds.group, head=head, with_phone=phone)
            for head, phone in (
                ("Đỗ Thị Ựa", "0912345678"),
                ("Lê Văn Dũng", "0987654321"),
            )
        ]
        session.execute(update(Subscription).values(first_month=OCTOBER))
        charge(session, rounds.ward, OCTOBER)
    return found


def form_of(page: str, home: Household) -> dict[str, str]:
    """Return the fields of the button "Thu 3.000đ" of a household."""
    form = page.split(f'/collect/{home.public_id}">')[1].split("</form>", 1)[0]
    return dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form))


def take(browser: Browser, rounds: Round, home: Household) -> tuple[str, str]:
    """Tap "Thu 3.000đ" of a household; return the page and where undo leads."""
    path = f"/leader/{rounds.group.id}/collect"
    form = form_of(browser.read(path), home)
    answer = browser.client.post(
        f"{path}/{home.public_id}", data=form, follow_redirects=True
    )
    page = shown(answer)
    return page, re.findall(r'action="([^"]*/undo)"', page)[0]


def count_payments(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Payment)) or 0


def test_a_month_not_charged_yet_says_so(
    browser_of_leader: Browser, rounds: Round
) -> None:
    page = words_of(browser_of_leader.read(f"/leader/{rounds.group.id}/collect"))
    assert "Phường chưa tính cước tháng 10/2026" in page


def test_one_tap_takes_the_money_and_gives_a_receipt(
    browser_of_leader: Browser,
    database: Database,
    rounds: Round,
    homes: list[Household],
) -> None:
    page, _ = take(browser_of_leader, rounds, homes[0])
    words = words_of(page)
    assert "Đã thu 3.000đ. Biên nhận T12-2026-0001." in words
    assert "1 hộ đã thu 1 hộ chưa thu 3.000đ đã thu của tháng 3.000đ còn" in words
    assert "Đỗ Thị Ựa" not in words  # the list shows who is left
    with database.reading() as session:
        assert cash_in_hand(session, rounds.group.id) == 3000


def test_everybody_is_in_the_list_of_all(
    browser_of_leader: Browser, rounds: Round, homes: list[Household]
) -> None:
    take(browser_of_leader, rounds, homes[0])
    page = browser_of_leader.read(f"/leader/{rounds.group.id}/collect?show=all")
    assert "Đỗ Thị Ựa" in page
    assert "Lê Văn Dũng" in page


@pytest.mark.parametrize("typed", ["dung", "le van", "bang lang DUNG"])
def test_a_debtor_is_found_without_accents(
    browser_of_leader: Browser, rounds: Round, homes: list[Household], typed: str
) -> None:
    path = f"/leader/{rounds.group.id}/collect"
    page = search(browser_of_leader.client, path, typed)
    assert homes[1].address in page
    assert "Đỗ Thị Ựa" not in page


def test_the_same_button_twice_takes_the_money_once(
    browser_of_leader: Browser,
    database: Database,
    rounds: Round,
    homes: list[Household],
) -> None:
    path = f"/leader/{rounds.group.id}/collect"
    form = form_of(browser_of_leader.read(path), homes[0])
    for _ in range(2):
        answer = browser_of_leader.client.post(
            f"{path}/{homes[0].public_id}", data=form, follow_redirects=True
        )
        assert "Biên nhận T12-2026-0001" in shown(answer)
    assert count_payments(database) == 1


def test_undo_gives_the_money_back_and_a_second_undo_nothing(
    browser_of_leader: Browser,
    database: Database,
    rounds: Round,
    homes: list[Household],
) -> None:
    _, undo = take(browser_of_leader, rounds, homes[0])
    path = f"/leader/{rounds.group.id}/collect"
    assert "trả lại 3.000đ cho hộ" in shown(browser_of_leader.send(undo, path))
    assert "đã được hoàn tác trước đó" in shown(browser_of_leader.send(undo, path))
    assert count_payments(database) == 2  # the payment, and what undoes it
    with database.reading() as session:
        assert cash_in_hand(session, rounds.group.id) == 0


def test_an_absurd_amount_is_refused(
    browser_of_leader: Browser,
    database: Database,
    rounds: Round,
    homes: list[Household],
) -> None:
    path = f"/leader/{rounds.group.id}/collect"
    form = form_of(browser_of_leader.read(path), homes[0])
    for amount in ("-3000", "0", "99000000", "ba nghìn"):
        answer = browser_of_leader.client.post(
            f"{path}/{homes[0].public_id}",
            data=form | {"amount_vnd": amount},
            follow_redirects=True,
        )
        assert "Số tiền phải từ 1đ đến 10.000.000đ." in shown(answer)
    assert count_payments(database) == 0


def test_cash_is_handed_in_once_with_a_code_and_only_the_ward_matches_it(
    browser_of_leader: Browser,
    database: Database,
    rounds: Round,
    homes: list[Household],
) -> None:
    take(browser_of_leader, rounds, homes[0])
    path = f"/leader/{rounds.group.id}/cash"
    form = browser_of_leader.hidden(path)
    page = words_of(browser_of_leader.send(path))
    assert "Đã ghi nộp 3.000đ. Mã nộp: TO12-T10-1." in page
    assert "Đã nộp – chờ phường xác nhận" in page
    again = browser_of_leader.client.post(path, data=form, follow_redirects=True)
    assert "Không còn tiền mặt để nộp" in shown(again)
    assert "TO12-T10-2" not in shown(again)
    assert browser_of_leader.client.get("/ledger").status_code == 403


def test_the_money_shown_is_the_money_handed_in(
    browser_of_leader: Browser,
    database: Database,
    rounds: Round,
    homes: list[Household],
) -> None:
    take(browser_of_leader, rounds, homes[0])
    path = f"/leader/{rounds.group.id}/cash"
    form = browser_of_leader.hidden(path)
    take(browser_of_leader, rounds, homes[1])
    answer = browser_of_leader.client.post(path, data=form, follow_redirects=True)
    assert "Số tiền đang giữ vừa thay đổi" in shown(answer)
    with database.reading() as session:
        assert cash_in_hand(session, rounds.group.id) == 6000


def test_handed_in_money_is_not_undone_by_the_leader(
    browser_of_leader: Browser, rounds: Round, homes: list[Household]
) -> None:
    _, undo = take(browser_of_leader, rounds, homes[0])
    path = f"/leader/{rounds.group.id}/cash"
    browser_of_leader.send(path)
    answer = browser_of_leader.send(undo, f"/leader/{rounds.group.id}/collect")
    assert "Tiền này đã nộp về phường" in shown(answer)


@pytest.mark.parametrize(
    "asked", ["month=2027-01-01", "month=0001-01-01", "month=x", "from=" + "9" * 30]
)
def test_a_month_to_come_or_none_is_shown_as_this_month(
    browser_of_leader: Browser, rounds: Round, homes: list[Household], asked: str
) -> None:
    path = f"/leader/{rounds.group.id}/collect?{asked}"
    assert "Thu tiền tháng 10/2026" in browser_of_leader.read(path)
