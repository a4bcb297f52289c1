"""A resident's own page: opened by a code that came to the phone."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcaster.errors import InputError
from broadcaster.services.one_time_codes import (
    DIGITS,
    MAX_ATTEMPTS,
    VALID_FOR,
    check_code,
)
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from subscriptions.consents import consented_lines
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from tests.broadcaster.web.conftest import csrf_of
from tests.builders.people import NOW, a_group, a_household, a_ward
from tests.builders.zalo import follows
from tests.fakes import HandClock

PHONE = "0912345678"
E164 = "+84912345678"


@pytest.fixture
def household(database: Database) -> None:
    with database.writing() as session:
        group = a_group(session, a_ward(session))
        a_household(session, in_group=group, with_phone=PHONE)


def _ask_code(client: FlaskClient, phone: str) -> tuple[int, str]:
    answer = client.post(
        "/me", data={"csrf_token": csrf_of(client, "/me"), "phone": phone}
    )
    return answer.status_code, client.get("/me/code").get_data(as_text=True)


def _codes(database: Database) -> list[str]:
    with database.reading() as session:
        texts = session.scalars(select(Message.text).order_by(Message.id)).all()
    return [re.findall(r"\d{6}", text or "")[0] for text in texts]


def _enter(client: FlaskClient, code: str) -> str:
    data = {"csrf_token": csrf_of(client, "/me/code"), "code": code}
    answer = client.post("/me/code", data=data, follow_redirects=True)
    return answer.get_data(as_text=True)


@pytest.mark.usefixtures("household")
def test_the_code_that_was_texted_opens_the_page(
    client: FlaskClient, database: Database
) -> None:
    _ask_code(client, "0912 345 678")
    page = _enter(client, _codes(database)[0])
    assert "Dừng nhận tin" in page
    assert "Phường Hoa Sữa" in page


@pytest.mark.usefixtures("household")
def test_guesses_side_by_side_are_all_counted(
    client: FlaskClient, database: Database
) -> None:
    _ask_code(client, PHONE)
    (code,) = _codes(database)
    wrong = f"{(int(code) + 1) % 10**DIGITS:0{DIGITS}d}"
    ready = Barrier(MAX_ATTEMPTS)

    def guess() -> None:
        ready.wait()
        with pytest.raises(InputError):
            check_code(database, E164, code=wrong, now=NOW)

    with ThreadPoolExecutor(MAX_ATTEMPTS) as pool:
        for done in [pool.submit(guess) for _ in range(MAX_ATTEMPTS)]:
            done.result()
    with pytest.raises(InputError):
        check_code(database, E164, code=code, now=NOW)


@pytest.mark.usefixtures("household")
def test_nobody_learns_whether_a_number_is_registered(
    client: FlaskClient, database: Database
) -> None:
    known = _ask_code(client, PHONE)
    unknown = _ask_code(client, "0987654321")
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", known[1]) == strip.sub("", unknown[1])
    assert known[0] == unknown[0]
    assert len(_codes(database)) == 1


@pytest.mark.usefixtures("household")
def test_a_wrong_code_opens_nothing_and_five_of_them_end_the_code(
    client: FlaskClient, database: Database
) -> None:
    _ask_code(client, PHONE)
    right = _codes(database)[0]
    wrong = "000000" if right != "000000" else "111111"
    for _try in range(5):
        assert "Mã chưa đúng" in _enter(client, wrong)
    assert "Mã chưa đúng" in _enter(client, right)
    assert client.get("/me/page").status_code == 302


@pytest.mark.usefixtures("household")
def test_a_code_is_good_once_and_for_ten_minutes(
    client: FlaskClient, database: Database, clock: HandClock
) -> None:
    _ask_code(client, PHONE)
    clock.turn(seconds=VALID_FOR.total_seconds() + 1)
    assert "Mã chưa đúng" in _enter(client, _codes(database)[0])


@pytest.mark.usefixtures("household")
def test_at_most_three_codes_an_hour_leave_for_one_phone(
    client: FlaskClient, database: Database
) -> None:
    for _time in range(5):
        _ask_code(client, PHONE)
    assert len(_codes(database)) == 3


@pytest.mark.usefixtures("household")
def test_stopping_on_the_page_withdraws_at_once_and_can_be_undone(
    client: FlaskClient, database: Database
) -> None:
    _ask_code(client, PHONE)
    _enter(client, _codes(database)[0])
    token = {"csrf_token": csrf_of(client, "/me/page")}
    page = client.post("/me/stop", data=token, follow_redirects=True)
    assert "Không nhận tin nào" in page.get_data(as_text=True)
    with database.reading() as session:
        assert session.scalars(consented_lines(Purpose.NOTICES)).all() == []
    client.post("/me/start-again", data=token)
    with database.reading() as session:
        assert len(session.scalars(consented_lines(Purpose.NOTICES)).all()) == 1


@pytest.mark.usefixtures("household")
def test_the_page_says_that_the_phone_is_linked_by_zalo(
    client: FlaskClient, database: Database
) -> None:
    _ask_code(client, PHONE)
    page = _enter(client, _codes(database)[0])
    assert "Zalo" not in page
    with database.writing() as session:
        line = session.scalars(select(Line)).one()
        follows(session, line.id, ward_id=line.ward_id)
    page = client.get("/me/page").get_data(as_text=True)
    assert "Zalo của ông/bà đã nối với số này" in page


def test_a_landline_is_refused_with_what_to_do(client: FlaskClient) -> None:
    status, _page = _ask_code(client, "02436577024")
    assert status == 422


@pytest.mark.parametrize(
    "typed", ["", "bà Lan", "0912345678 0987654321", "0912345678 con gái", "9,12E+08"]
)
def test_what_is_not_one_number_is_asked_for_again_in_plain_words(
    client: FlaskClient, typed: str
) -> None:
    data = {"csrf_token": csrf_of(client, "/me"), "phone": typed}
    page = client.post("/me", data=data).get_data(as_text=True)
    assert "Xin nhập một số di động" in page
    assert not re.search(r"cột|dòng|Excel|\bô\b", page)


def test_the_page_shows_nothing_without_a_code(client: FlaskClient) -> None:
    assert client.get("/me/page").location.endswith("/me")
    token = {"csrf_token": csrf_of(client, "/me")}
    assert client.post("/me/stop", data=token).location.endswith("/me")
