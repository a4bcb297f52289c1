"""What repeats is set, listed with its next time, changed and ended."""

import re

import pytest
from flask.testing import FlaskClient

from broadcaster.web.staff.schedules import rule_sentence
from tests.broadcaster.web.staff.desk import COMPOSE, a_form, post, press
from tests.builders.announcements import StaffedWard


def _weekly(ward: StaffedWard, **typed: object) -> dict[str, object]:
    return a_form(
        ward, when="repeat", repeat="weekly", weekday="4", repeat_time="19h", **typed
    )


def _public_id(officer: FlaskClient) -> str:
    found = re.search(
        r"schedules/([0-9a-f-]{36})/end", officer.get("/staff/schedules").text
    )
    assert found
    return found[1]


def test_the_review_names_the_next_times(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    page = press(officer, "review", _weekly(staffed))[1]
    assert "19:00 T6 09/10/2026, 19:00 T6 16/10/2026" in page
    assert "Đặt lịch · mỗi lần 3 tin · 1.950đ" in page


def test_a_schedule_is_listed_with_its_next_time_and_ended(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    page = press(officer, "confirm", _weekly(staffed))[1]
    assert "Đã đặt lịch lặp" in page
    assert "Thứ sáu hằng tuần lúc 19:00 · Tổ 5" in page
    assert "Lần tới: 19:00 T6 09/10/2026" in page
    path = f"/staff/schedules/{_public_id(officer)}/end"
    assert "không gửi lần nào nữa" in post(officer, path)[1]
    assert "đã kết thúc trước đó" in post(officer, path)[1]


def test_pressing_twice_sets_one_schedule(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    press(officer, "confirm", _weekly(staffed))
    page = press(officer, "confirm", _weekly(staffed))[1]
    assert page.count("Lần tới") == 1


def test_its_author_changes_it_in_the_same_form(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    press(officer, "confirm", _weekly(staffed, valid_hours="3"))
    public_id = _public_id(officer)
    form = officer.get(f"{COMPOSE}?schedule={public_id}").text
    assert 'value="19:00"' in form
    assert '<option value="4" selected>' in form
    assert 'name="valid_hours" type="text" value="3"' in form
    changed = {**_weekly(staffed, schedule=public_id), "weekday": "5"}
    page = press(officer, "confirm", changed)[1]
    assert "Thứ bảy hằng tuần" in page
    assert "Thứ sáu" not in page


def test_a_draft_cannot_hold_a_repetition_and_says_what_to_do(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    status, page = press(officer, "save", _weekly(staffed))
    assert status == 422
    assert "Bản nháp chưa giữ được lịch lặp" in page


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY", "Hằng ngày"),
        ("FREQ=WEEKLY;BYDAY=SU", "Chủ nhật hằng tuần"),
        ("FREQ=MONTHLY;BYMONTHDAY=5", "Ngày 5 hằng tháng"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
            "Ngày 31 hằng tháng (tháng thiếu ngày thì ngày cuối tháng)",
        ),
        ("FREQ=YEARLY", "FREQ=YEARLY"),
    ],
)
def test_a_rule_is_said_as_people_do(rule: str, said: str) -> None:
    assert rule_sentence(rule) == said
