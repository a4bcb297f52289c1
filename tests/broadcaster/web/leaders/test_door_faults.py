"""What is typed at a door and cannot be saved: answered at once, and kept."""

import pytest
from sqlalchemy import func, select

from broadcaster.store.session import Database
from subscriptions.tables.households import Household
from tests.broadcaster.web.leaders.conftest import (
    DOOR,
    PHONE,
    Browser,
    Enrol,
    Round,
    shown,
    words_of,
)
from tests.builders.people import a_household


def count_homes(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Household)) or 0


def test_a_number_of_another_home_waits_for_a_word_on_sharing(
    enrol: Enrol, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        known = a_household(session, in_group=rounds.group, with_phone=PHONE)
    answer = enrol(**DOOR)
    assert answer.status_code == 422
    assert f"Số này đã có ở hộ {known.address} ." in words_of(answer)
    assert "Đã lưu" in shown(enrol(**DOOR, shared_1="+84912345678"))


def test_sharing_one_number_says_nothing_of_another(
    enrol: Enrol, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        a_household(session, in_group=rounds.group, with_phone=PHONE)
    assert enrol(**DOOR, shared_1="+84912345679").status_code == 422


def test_a_home_of_another_group_is_named_by_its_group_alone(
    enrol: Enrol, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        known = a_household(session, in_group=rounds.other, with_phone=PHONE)
    page = words_of(enrol(**DOOR))
    assert "Số này đã có ở hộ khác của Tổ 5." in page
    assert known.address not in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("0912345678", "Số đúng · VinaPhone · chưa có"),
        ("01236030999", "Đọc là 0836 030 999 · VinaPhone · chưa có"),
        ("O912345678", "Đổi thành 0912345678"),
        ("024 3657 7024", "không nhận được tin nhắn"),
        ("", ""),
    ],
)
def test_a_number_is_answered_while_it_is_typed(
    browser_of_leader: Browser, rounds: Round, typed: str, told: str
) -> None:
    path = f"/leader/{rounds.group.id}/enrol"
    answer = browser_of_leader.send(f"{path}/check?name=phone_1", path, phone_1=typed)
    assert answer.status_code == 200
    assert told in words_of(answer)
    assert 'id="phone_1-check"' in shown(answer)


def test_a_suggested_number_is_put_in_place_and_the_rest_kept(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    path = f"/leader/{rounds.group.id}/enrol"
    typed = {**DOOR, "phone_1": "O912345678", "fix": "phone_1:0912345678"}
    page = shown(browser_of_leader.send(path, **typed))
    assert 'value="0912345678"' in page
    assert 'value="Đỗ Thị Ựa"' in page
    assert count_homes(database) == 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"phone_1": "098858181"}, "Thiếu chữ số"),
        ({"full_name": "a" * 121}, "Họ tên dài quá 120 chữ"),
        ({"full_name": "a\x00b"}, "Họ tên có ký tự lạ"),
        ({"address": "a" * 201}, "Địa chỉ dài quá 200 chữ"),
        ({"phone_2": PHONE, "whose_2": "head"}, "Hai số giống nhau"),
        ({"phone_2": "0987654321", "whose_2": "member"}, "Ghi tên người dùng số"),
        ({"phone_1": "", "full_name": "", "address": " "}, "Chưa nhập gì"),
        ({"key": "not a key"}, "Trang này đã cũ"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_saved_says_what_to_do(
    enrol: Enrol, database: Database, changed: dict[str, str], told: str
) -> None:
    answer = enrol(**DOOR | changed)
    assert answer.status_code == 422
    assert told in shown(answer)
    assert count_homes(database) == 0


def test_the_same_head_at_the_same_door_is_not_enrolled_twice(
    enrol: Enrol, database: Database
) -> None:
    enrol(**DOOR)
    answer = enrol(**DOOR | {"phone_1": "0987654321"})
    assert answer.status_code == 422
    assert "Tổ này đã có hộ cùng họ tên ở A1 · 1204" in shown(answer)
    assert count_homes(database) == 1
