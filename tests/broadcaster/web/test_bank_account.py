"""The accountant names the ward's account; nobody's own slips in unseen."""

import html
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database
from subscriptions.bank_accounts import find_account
from subscriptions.tables.households import Household
from tests.broadcaster.web.conftest import SignIn, csrf_of
from tests.builders.accounts import an_account
from tests.builders.ledger import SEPTEMBER, a_home, charge, ward_of

PATH = "/ledger/account"
GOOD = {
    "bank_bin": "970436",
    "account_number": "1017 595 600",
    "account_name": "UBND phường Hoa Sữa",
}
A_PERSONS = GOOD | {"account_name": "Nguyễn Thị Phương"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An accountant, an approver, and a household that owes 6.000 đ."""

    household: Household
    accountant: FlaskClient
    approver: FlaskClient


@pytest.fixture
def desk(database: Database, signed_in: SignIn) -> Desk:
    with database.writing() as session:
        home = a_home(session, lines=2)
        charge(session, ward_of(session, home), SEPTEMBER)
        accountant = an_account(session, Role.ACCOUNTANT, ward_id=home.ward_id)
        approver = an_account(session, Role.APPROVER, ward_id=home.ward_id)
    return Desk(
        household=home,
        accountant=signed_in(accountant),
        approver=signed_in(approver),
    )


def send(desk: Desk, path: str, form: dict[str, str]) -> tuple[int, str]:
    data = {"csrf_token": csrf_of(desk.accountant, PATH), **form}
    answer = desk.accountant.post(path, data=data, follow_redirects=True)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.get_data(as_text=True))


def number_in_use(database: Database, desk: Desk) -> str | None:
    with database.reading() as session:
        account = find_account(session, desk.household.ward_id)
    return account.number if account else None


def test_an_account_is_looked_at_again_before_it_is_used(
    desk: Desk, database: Database
) -> None:
    status, page = send(desk, f"{PATH}/look", GOOD)
    assert status == 200
    assert "UBND PHUONG HOA SUA" in page
    assert "<svg" in page
    assert number_in_use(database, desk) is None
    assert "Đã ghi tài khoản" in send(desk, PATH, GOOD)[1]
    assert number_in_use(database, desk) == "1017595600"
    journal = read(desk.accountant, "/staff/journal")
    assert "đặt tài khoản nhận tiền 1017595600, Vietcombank" in journal


def test_what_may_be_a_persons_account_needs_somebodys_word(
    desk: Desk, database: Database
) -> None:
    warning = "Tên tài khoản không có tên phường"
    assert warning in send(desk, f"{PATH}/look", A_PERSONS)[1]
    status, page = send(desk, PATH, A_PERSONS)
    assert status == 422
    assert warning in page
    assert "rồi đánh dấu" in page
    assert number_in_use(database, desk) is None
    send(desk, PATH, A_PERSONS | {"vouched": "yes"})
    assert number_in_use(database, desk) == "1017595600"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("bank_bin", "970499", "Chọn ngân hàng"),
        ("account_number", "12/34", "từ 1 đến 19 chữ số"),
        ("account_name", "", "Ghi tên tài khoản"),
    ],
)
@pytest.mark.parametrize("path", [PATH, f"{PATH}/look"])
def test_a_slip_is_said_and_the_rest_stays(
    desk: Desk, path: str, field: str, typed: str, said: str
) -> None:
    status, page = send(desk, path, GOOD | {field: typed})
    assert status == 422
    assert said in page
    kept = "account_number" if field != "account_number" else "account_name"
    assert f'value="{GOOD[kept]}"' in page


def test_others_see_the_account_and_cannot_change_it(desk: Desk) -> None:
    send(desk, PATH, GOOD)
    page = read(desk.approver, PATH)
    assert "1017595600" in page
    assert f'action="{PATH}/look"' not in page
    token = csrf_of(desk.approver, "/ledger/exemptions")
    answer = desk.approver.post(PATH, data={"csrf_token": token, **GOOD})
    assert answer.status_code == 403


def test_a_households_page_has_its_qr_once_there_is_an_account(desk: Desk) -> None:
    path = f"/ledger/households/{desk.household.public_id}"
    assert "Phường chưa có tài khoản nhận tiền" in read(desk.accountant, path)
    send(desk, PATH, GOOD)
    page = read(desk.accountant, path)
    assert 'aria-label="Mã VietQR để chuyển khoản"' in page
    assert "6.000đ</b>" in page
