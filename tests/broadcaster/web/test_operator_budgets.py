"""The operator sets what a ward's texts may cost in a month, and lifts it again."""

import html

import pytest
from flask.testing import FlaskClient

from broadcaster.rules.permissions import Role
from broadcaster.store.budgets import find_limit
from broadcaster.store.session import Database
from tests.broadcaster.web.conftest import SignIn, csrf_of
from tests.builders.accounts import an_account
from tests.builders.announcements import StaffedWard, a_staffed_ward


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    return a_staffed_ward(database)


@pytest.fixture
def operator(database: Database, signed_in: SignIn) -> FlaskClient:
    with database.writing() as session:
        actor = an_account(session, Role.OPERATOR, ward_id=None)
    return signed_in(actor)


def _set(client: FlaskClient, staffed: StaffedWard, typed: str) -> tuple[int, str]:
    path = f"/operator/wards/{staffed.ward.id}/budget"
    data = {"csrf_token": csrf_of(client, path), "limit_vnd": typed}
    answer = client.post(path, data=data, follow_redirects=True)
    return answer.status_code, html.unescape(answer.get_data(as_text=True))


def _stored(database: Database, staffed: StaffedWard) -> int | None:
    with database.reading() as session:
        return find_limit(session, staffed.ward.id)


def test_a_limit_is_set_changed_and_lifted(
    operator: FlaskClient, database: Database, staffed: StaffedWard
) -> None:
    assert "không giới hạn" in operator.get("/operator/wards").text
    status, page = _set(operator, staffed, "5.000.000")
    assert (status, _stored(database, staffed)) == (200, 5_000_000)
    assert "5.000.000đ một tháng" in page
    _set(operator, staffed, "6000000")
    assert _stored(database, staffed) == 6_000_000
    assert "Đã bỏ hạn mức" in _set(operator, staffed, " ")[1]
    assert _stored(database, staffed) is None


@pytest.mark.parametrize("typed", ["0", "-5", "năm triệu", "99999999999", "²"])
def test_what_is_no_amount_is_refused_and_stays_in_the_field(
    operator: FlaskClient, database: Database, staffed: StaffedWard, typed: str
) -> None:
    status, page = _set(operator, staffed, typed)
    assert status == 422
    assert f'value="{typed}"' in page
    assert "Để trống nếu không giới hạn" in page
    assert _stored(database, staffed) is None


def test_the_wards_own_people_do_not_set_its_limit(
    signed_in: SignIn, staffed: StaffedWard
) -> None:
    officer = signed_in(staffed.officer)
    assert officer.get(f"/operator/wards/{staffed.ward.id}/budget").status_code == 403


def test_there_is_no_budget_of_a_ward_that_is_not_there(
    operator: FlaskClient, staffed: StaffedWard
) -> None:
    path = f"/operator/wards/{staffed.ward.id + 1}/budget"
    assert operator.get(path).status_code == 404
