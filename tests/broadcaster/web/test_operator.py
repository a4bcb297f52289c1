"""An operator brings a ward on board without a line of SQL."""

import pytest
from flask.testing import FlaskClient

from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database
from tests.broadcaster.web.conftest import SignIn, csrf_of
from tests.builders.accounts import PASSWORD, an_account

WARD = {
    "name": "Phường Hoa Ban",
    "kind": "ward",
    "province": "Hà Nội",
    "sender_brand": "PHOABAN",
    "groups": "3",
    "inbound_number": "",
}
LEADER = {
    "display_name": "Ông Lâm",
    "username": "lam",
    "password": PASSWORD,
    "role": "leader",
    "ward_id": "1",
    "groups": "2, 3",
}


@pytest.fixture
def operator(database: Database, signed_in: SignIn) -> FlaskClient:
    with database.writing() as session:
        actor = an_account(session, Role.OPERATOR, ward_id=None)
    return signed_in(actor)


def _post(client: FlaskClient, path: str, form: dict[str, str]) -> tuple[int, str]:
    data = {"csrf_token": csrf_of(client, path), **form}
    answer = client.post(path, data=data, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_ward_its_groups_and_its_leader_are_added_and_the_leader_signs_in(
    operator: FlaskClient, client: FlaskClient
) -> None:
    assert "Phường Hoa Ban" in _post(operator, "/operator/wards", WARD)[1]
    assert "Ông Lâm" in _post(operator, "/operator/accounts", LEADER)[1]
    _post(client, "/sign-in", {"username": "lam", "password": PASSWORD})
    assert client.get("/operator").status_code == 403


def test_a_number_that_residents_text_to_belongs_to_one_ward(
    operator: FlaskClient,
) -> None:
    first = {**WARD, "inbound_number": "0899 000 888"}
    assert _post(operator, "/operator/wards", first)[0] == 200
    second = {**first, "name": "Phường Láng", "inbound_number": "+84899000888"}
    status, page = _post(operator, "/operator/wards", second)
    assert status == 422
    assert "đã là của đơn vị khác" in page


def test_an_account_that_is_kept_out_loses_its_sessions(
    operator: FlaskClient, client: FlaskClient
) -> None:
    _post(operator, "/operator/wards", WARD)
    _post(operator, "/operator/accounts", LEADER)
    _post(client, "/sign-in", {"username": "lam", "password": PASSWORD})
    token = {"csrf_token": csrf_of(operator, "/operator/accounts")}
    operator.post("/operator/accounts/2/switch", data=token)
    assert client.get("/operator").location.startswith("/sign-in")
    assert (
        _post(client, "/sign-in", {"username": "lam", "password": PASSWORD})[0] == 422
    )


def test_a_forgotten_password_is_reset_and_ends_every_session(
    operator: FlaskClient, client: FlaskClient
) -> None:
    _post(operator, "/operator/wards", WARD)
    _post(operator, "/operator/accounts", LEADER)
    _post(client, "/sign-in", {"username": "lam", "password": PASSWORD})
    token = csrf_of(operator, "/operator/accounts")
    path = "/operator/accounts/2/password"
    short = operator.post(path, data={"csrf_token": token, "password": "ngan"})
    assert short.status_code == 422
    assert client.get("/operator").status_code == 403
    operator.post(path, data={"csrf_token": token, "password": "mat khau moi tinh"})
    assert client.get("/operator").location.startswith("/sign-in")
    new = {"username": "lam", "password": "mat khau moi tinh"}
    assert _post(client, "/sign-in", {**new, "password": PASSWORD})[0] == 422
    assert "Thoát" in _post(client, "/sign-in", new)[1]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", " ", "Chưa có tên đơn vị"),
        ("name", "n" * 121, "dài quá 120"),
        ("name", "Hoa\x00Ban", "ký tự lạ"),
        ("province", "t" * 81, "dài quá 80"),
        ("sender_brand", "HOA\x00BAN", "không dấu"),
        ("sender_brand", "PHUONG HOA BAN", "tối đa 11 chữ"),
        ("sender_brand", "PHƯỜNG", "không dấu"),
        ("groups", "ba", "chữ số"),
        ("groups", "0", "1 đến 200"),
        ("groups", "9" * 5000, "chữ số"),
        ("kind", "huyện", "Chọn phường"),
        ("inbound_number", "không có", "chưa đúng"),
    ],
)
def test_a_ward_that_cannot_be_is_refused_with_what_to_do(
    operator: FlaskClient, field: str, typed: str, said: str
) -> None:
    status, page = _post(operator, "/operator/wards", {**WARD, field: typed})
    assert status == 422
    assert said in page
    kept = "name" if field == "province" else "province"
    assert f'value="{WARD[kept]}"' in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("password", "ngan", "ít nhất 10"),
        ("groups", "9", "không thuộc đơn vị"),
        ("groups", "", "chữ số"),
        ("role", "", "Chọn vai"),
        ("ward_id", "", "Chọn đơn vị"),
        ("ward_id", "9" * 30, "Chọn đơn vị"),
        ("display_name", " ", "Chưa có họ tên"),
        ("display_name", "d" * 121, "dài quá 120"),
        ("username", "u" * 61, "dài quá 60"),
        ("username", "la\x00m", "ký tự lạ"),
        ("username", "operator", "đã có người dùng"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_what_to_do(
    operator: FlaskClient, field: str, typed: str, said: str
) -> None:
    _post(operator, "/operator/wards", WARD)
    status, page = _post(operator, "/operator/accounts", {**LEADER, field: typed})
    assert status == 422
    assert said in page
    assert PASSWORD not in page


def test_an_account_of_a_ward_that_is_not_there_is_refused(
    operator: FlaskClient,
) -> None:
    officer = {**LEADER, "role": "officer", "ward_id": "9", "groups": ""}
    status, page = _post(operator, "/operator/accounts", officer)
    assert status == 422
    assert "Chọn đơn vị" in page
