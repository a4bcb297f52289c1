"""An accountant charges a month, takes money, matches hand-ins and closes."""

import datetime as dt
import io
import re
import uuid
from dataclasses import dataclass

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from subscriptions.payments import list_payments
from subscriptions.remittances import hand_in
from subscriptions.tables.households import Household
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.broadcaster.web.conftest import SignIn, csrf_of, search
from tests.builders.accounts import an_account
from tests.builders.ledger import (
    OCTOBER,
    SEPTEMBER,
    a_paying_household,
    a_tariff,
    a_text,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward
from tests.fakes import HandClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """A ward with one household of two lines, and who may see its books."""

    ward_id: int
    household: Household
    group: ResidentialGroup
    accountant: FlaskClient
    approver: FlaskClient
    leader: Actor


@pytest.fixture
def books(database: Database, signed_in: SignIn, clock: HandClock) -> Books:
    clock.turn(seconds=(in_month(OCTOBER) - clock.now()).total_seconds())
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        household = a_paying_household(
            session, in_group=group, lines=2, since=SEPTEMBER
        )
        a_tariff(session, 650)
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=ward.id)
        approver = an_account(session, Role.APPROVER, ward_id=ward.id)
        leader = an_account(
            session, Role.LEADER, ward_id=ward.id, group_ids=frozenset({group.id})
        )
    return Books(
        ward_id=ward.id,
        household=household,
        group=group,
        accountant=signed_in(accountant),
        approver=signed_in(approver),
        leader=leader,
    )


def _post(client: FlaskClient, path: str, page: str, **form: str) -> tuple[int, str]:
    data = {"csrf_token": csrf_of(client, page), **form}
    answer = client.post(path, data=data, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def charge_ward(session: Session, books: Books) -> Ward:
    """Charge September and return the ward."""
    ward = session.get_one(Ward, books.ward_id)
    charge(session, ward, SEPTEMBER)
    return ward


def _household_path(books: Books) -> str:
    return f"/ledger/households/{books.household.public_id}"


def test_charging_twice_charges_every_line_once(books: Books) -> None:
    path = "/ledger/2026-10"
    first = _post(books.accountant, f"{path}/charge", path)[1]
    again = _post(books.accountant, f"{path}/charge", path)[1]
    assert "thêm cho 2 thuê bao" in first
    assert "đã tính cước đủ" in again
    assert "6.000đ" in again


def test_a_payment_is_taken_once_however_often_the_form_is_sent(
    books: Books, database: Database
) -> None:
    path = _household_path(books)
    form = {"amount_vnd": "6.000", "method": "cash", "idempotency_key": "one form"}
    assert "Biên nhận" in _post(books.accountant, f"{path}/payments", path, **form)[1]
    _post(books.accountant, f"{path}/payments", path, **form)
    with database.reading() as session:
        assert [p.amount_vnd for p in list_payments(session, books.household.id)] == [
            6000
        ]


def test_a_payment_is_undone_once_and_both_rows_stay(books: Books) -> None:
    path = _household_path(books)
    form = {"amount_vnd": "3000", "method": "transfer", "idempotency_key": "k"}
    page = _post(books.accountant, f"{path}/payments", path, **form)[1]
    undo = re.findall(r'action="([^"]+/undo)"', page)
    assert len(undo) == 1
    assert "Đã hoàn tác" in _post(books.accountant, undo[0], path)[1]
    status, page = _post(books.accountant, undo[0], path)
    assert status == 409
    assert "hoàn tác trước đó" in page
    assert "-3.000đ" in page


@pytest.mark.parametrize(
    "typed",
    ["", "ba nghìn", "-3000", "0", "99999999999", "9" * 5000, "3000.5", "3.0000"],
)
def test_an_amount_that_cannot_be_is_refused_and_kept_in_the_form(
    books: Books, typed: str
) -> None:
    path = _household_path(books)
    form = {"amount_vnd": typed, "method": "cash", "idempotency_key": "k"}
    status, page = _post(books.accountant, f"{path}/payments", path, **form)
    assert status == 422
    assert "Số tiền từ 1đ" in page
    assert f'value="{typed}"' in page


def test_an_exemption_counts_only_after_a_second_person_agreed(
    books: Books,
) -> None:
    path = _household_path(books)
    form = {"reason": "poor", "decision": "45/QĐ-UBND", "first_month": "2026-10"}
    _post(books.accountant, f"{path}/exemptions", path, **form)
    waiting = books.approver.get("/ledger/exemptions").get_data(as_text=True)
    head = re.findall("<h1>([^<]+)</h1>", books.accountant.get(path).text)[0]
    assert head in waiting
    assert "chờ người thứ hai duyệt: hộ nghèo" in books.accountant.get(path).text
    approve = re.findall(r'action="([^"]+/approve)"', waiting)
    token = csrf_of(books.accountant, path)
    refused = books.accountant.post(approve[0], data={"csrf_token": token})
    assert refused.status_code == 403
    assert "Đã duyệt" in _post(books.approver, approve[0], "/ledger/exemptions")[1]
    assert "Được miễn cước: hộ nghèo" in books.accountant.get(path).text
    month = "/ledger/2026-10"
    page = _post(books.accountant, f"{month}/charge", month)[1]
    assert "Miễn cước 2 thuê bao" in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("reason", "", "Chọn lý do"),
        ("decision", " ", "số và ngày"),
        ("first_month", "tháng 10", "Chọn tháng bắt đầu"),
        ("first_month", "9999-12", "Chọn tháng bắt đầu"),
        ("last_month", "2026-09", "từ tháng đầu"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_with_what_to_do(
    books: Books, field: str, typed: str, said: str
) -> None:
    path = _household_path(books)
    form = {"reason": "poor", "decision": "45/QĐ", "first_month": "2026-10"}
    status, page = _post(
        books.accountant, f"{path}/exemptions", path, **{**form, field: typed}
    )
    assert status == 422
    assert said in page


def test_a_hand_in_is_matched_by_the_ward(books: Books, database: Database) -> None:
    with database.writing() as session:
        pay(session, session.merge(books.household), 6000, now=in_month(OCTOBER))
        hand_in(
            session,
            session.merge(books.group),
            handed_by=books.leader.account_id,
            now=in_month(OCTOBER, day=11),
        )
    path = "/ledger/remittances"
    page = books.accountant.get(path).get_data(as_text=True)
    match = re.findall(r'action="([^"]+/match)"', page)
    assert "Đã xác nhận khớp" in _post(books.accountant, match[0], path)[1]
    assert _post(books.accountant, match[0], path)[0] == 409


def test_closing_says_what_blocks_it_then_freezes_and_changes_nothing_again(
    books: Books, database: Database
) -> None:
    path = "/ledger/2026-09"
    status, page = _post(books.accountant, f"{path}/close", path)
    assert status == 409
    assert "2 thuê bao chưa tính cước" in page
    _post(books.accountant, f"{path}/charge", path)
    first = _post(books.accountant, f"{path}/close", path)[1]
    assert "Đã khóa lúc" in first
    with database.writing() as session:
        pay(
            session,
            session.merge(books.household),
            6000,
            now=in_month(OCTOBER, day=12),
        )
    token = csrf_of(books.accountant, "/ledger/2026-10")
    again = books.accountant.post(
        f"{path}/close", data={"csrf_token": token}, follow_redirects=True
    )
    figures = re.compile(r'<div class="figure[^"]*"><b>[^<]+</b>')
    assert figures.findall(again.get_data(as_text=True)) == figures.findall(first)


@pytest.mark.parametrize(
    "word", ["2026-13", "0000-00", "0001-01", "9999-12", "2026-1", "2026-10-01"]
)
def test_what_is_no_month_of_the_books_is_no_page(books: Books, word: str) -> None:
    assert books.accountant.get(f"/ledger/{word}").status_code == 404


@pytest.mark.parametrize("typed", ["3.000", "3 000đ", "3000 đ", "3,000"])
def test_an_amount_is_read_as_people_type_it(books: Books, typed: str) -> None:
    path = _household_path(books)
    form = {"amount_vnd": typed, "method": "cash", "idempotency_key": "k"}
    page = _post(books.accountant, f"{path}/payments", path, **form)[1]
    assert "T5-2026-0001" in page
    assert "3.000đ" in page


def test_the_current_month_cannot_be_closed(books: Books) -> None:
    path = "/ledger/2026-10"
    _post(books.accountant, f"{path}/charge", path)
    status, page = _post(books.accountant, f"{path}/close", path)
    assert status == 409
    assert "Tháng chưa hết" in page


def test_the_statement_opens_as_a_workbook_with_the_months_figures(
    books: Books, database: Database
) -> None:
    with database.writing() as session:
        ward = charge_ward(session, books)
        a_text(session, ward, day=dt.date(2026, 9, 10), segments=2)
    answer = books.accountant.get("/ledger/2026-09/statement.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    values = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {6000, 1300} <= values
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_month_shows_usage_beside_income(books: Books, database: Database) -> None:
    with database.writing() as session:
        ward = charge_ward(session, books)
        a_text(session, ward, day=dt.date(2026, 9, 10), segments=2)
    page = books.accountant.get("/ledger/2026-09").get_data(as_text=True)
    assert "1.300đ" in page
    assert "Viettel" in page
    assert "4.700đ" in page


def test_due_households_are_found_without_accents(
    books: Books, database: Database
) -> None:
    with database.writing() as session:
        charge_ward(session, books)
    found = search(books.accountant, "/ledger/2026-09/due", "nguyen van")
    none = search(books.accountant, "/ledger/2026-09/due", "khong ai")
    assert "Nguyễn Văn An" in found
    assert "Không có hộ nào" in none


def test_another_wards_household_is_not_found(books: Books, database: Database) -> None:
    with database.writing() as session:
        other = a_group(session, a_ward(session, name="Phường Khác"))
        stranger = a_paying_household(session, in_group=other).public_id
    assert books.accountant.get(f"/ledger/households/{stranger}").status_code == 404
    assert books.accountant.get(f"/ledger/households/{uuid.uuid4()}").status_code == 404
    assert books.accountant.get("/ledger/thang-10").status_code == 404
