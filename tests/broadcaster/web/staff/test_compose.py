"""An officer writes a text once and sees whom it reaches and what it costs."""

import pytest
from flask.testing import FlaskClient

from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import AnnouncementState
from tests.broadcaster.web.conftest import csrf_of
from tests.broadcaster.web.staff.desk import (
    COMPOSE,
    a_form,
    press,
    see,
    the_announcements,
)
from tests.builders.announcements import BODY, STRIPPED, StaffedWard


def test_both_texts_their_cost_and_the_audience_are_shown(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    status, page = press(officer, "look", a_form(staffed))
    assert status == 200
    assert STRIPPED in page
    assert BODY in page
    assert "3 máy · 3 hộ · Tổ 5" in page
    assert "1 người chưa có số điện thoại" in page
    assert "1.950đ" in page


def test_the_live_preview_says_the_same_without_a_page(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    data = {"csrf_token": csrf_of(officer, COMPOSE), **a_form(staffed)}
    answer = officer.post(f"{COMPOSE}/preview", data=data)
    assert STRIPPED in answer.text
    assert "<html" not in answer.text


def test_a_word_that_turns_into_its_opposite_is_replaced_by_one_tap(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    form = a_form(staffed, body="HOÃN họp tổ dân phố.")
    assert "Đổi thành “DỜI LỊCH”" in press(officer, "look", form)[1]
    _, page = press(officer, "", {**form, "replace": "HOÃN"})
    assert "DỜI LỊCH họp tổ dân phố." in page
    assert "Dễ hiểu nhầm" not in page


def test_the_character_that_makes_the_plain_text_dear_is_named(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    _, page = press(officer, "look", a_form(staffed, body="Họp tối nay 🙂"))
    assert "“🙂”" in page


def test_the_review_says_how_many_when_and_how_much(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    _, page = press(officer, "review", a_form(staffed))
    assert "Gửi 3 tin cho 3 hộ" in page
    assert "Gửi 3 tin · 1.950đ" in page
    assert "Bắt đầu ngay" in page


def test_quiet_hours_hold_the_text_and_the_review_says_so(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    form = a_form(staffed, when="at", send_day="2026-10-05", send_time="22h30")
    _, page = press(officer, "review", form)
    assert "được giữ đến 07:00" in page


def test_pressing_send_twice_sends_once(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> None:
    form = a_form(staffed)
    assert "Tin đang được gửi" in press(officer, "confirm", form)[1]
    press(officer, "confirm", form)
    (sent,) = the_announcements(database)
    assert (sent.state, sent.recipients) == (AnnouncementState.SENDING, 3)


def test_many_recipients_go_to_whoever_approves(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> None:
    form = a_form(staffed, whom="all")
    _, page = press(officer, "review", form)
    assert "Trình duyệt" in page
    assert "toàn phường phải có người thứ hai duyệt" in page
    assert "Đã trình duyệt" in press(officer, "confirm", form)[1]
    (sent,) = the_announcements(database)
    assert sent.state is AnnouncementState.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"body": " "}, "Chưa có nội dung"),
        ({"body": "x" * 1601}, "dài quá 1.600"),
        ({"body": "Mời {ten} họp"}, "Nội dung còn chỗ trống"),
        ({"body": "Họp\x00"}, "ký tự lạ"),
        ({"groups": []}, "Chưa có ai nhận được"),
        ({"topic": "gossip"}, "Chọn loại tin"),
        ({"when": "at", "send_day": "", "send_time": "7h"}, "Ngày gửi chưa đúng"),
        (
            {"when": "at", "send_day": "2026-10-06", "send_time": "25:00"},
            "Giờ gửi chưa đúng",
        ),
        (
            {"when": "at", "send_day": "04/10/2026", "send_time": "7h30"},
            "Giờ gửi đã qua",
        ),
        (
            {"when": "at", "send_day": "1/1/99999999999999999999", "send_time": "7h"},
            "Ngày gửi chưa đúng",
        ),
        ({"when": "repeat", "repeat": "monthly", "monthday": "32"}, "từ 1 đến 31"),
        (
            {
                "when": "repeat",
                "repeat": "daily",
                "starts_on": "9999-12-31",
                "valid_hours": "744",
            },
            "Ngày bắt đầu chưa đúng",
        ),
        ({"until_day": "99999999999-1-1"}, "Ngày hết hiệu lực chưa đúng"),
        (
            {"when": "repeat", "repeat": "daily", "until_day": "2026-12-01"},
            "Tin lặp lại không dùng",
        ),
        ({"until_day": "2026-10-01"}, "hết hiệu lực trước khi gửi"),
    ],
)
@pytest.mark.parametrize("button", ["review", "confirm"])
def test_what_cannot_be_is_refused_and_everything_typed_is_kept(
    officer: FlaskClient,
    staffed: StaffedWard,
    database: Database,
    typed: dict[str, object],
    said: str,
    button: str,
) -> None:
    form = a_form(staffed, repeat_time="7h15", **typed)
    data = {"csrf_token": csrf_of(officer, COMPOSE), "do": button, **form}
    answer = officer.post(COMPOSE, data=data)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="7h15"' in answer.text
    assert the_announcements(database) == []


def test_a_draft_is_kept_and_gone_on_with_later(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> None:
    _, page = press(officer, "save", a_form(staffed))
    assert "Đã lưu nháp" in page
    (draft,) = the_announcements(database)
    again = a_form(staffed, draft=str(draft.public_id), body="Họp lúc 20h.")
    assert "Tin đang được gửi" in press(officer, "confirm", again)[1]
    (sent,) = the_announcements(database)
    assert (sent.body, sent.recipients) == ("Họp lúc 20h.", 3)
    assert "đã được gửi đi trước đó" in press(officer, "confirm", again)[1]


def test_a_colleagues_draft_is_not_opened_for_writing(
    officer: FlaskClient,
    staffed: StaffedWard,
    database: Database,
    approver: FlaskClient,
) -> None:
    press(officer, "save", a_form(staffed))
    (draft,) = the_announcements(database)
    assert approver.get(f"{COMPOSE}?draft={draft.public_id}").status_code == 403


def test_a_test_goes_to_the_officers_own_phone_and_to_nobody_else(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> None:
    _, page = press(officer, "test", a_form(staffed))
    assert "Đã gửi thử" in page
    assert BODY in page
    assert the_announcements(database) == []


def test_the_names_behind_the_count_are_listed_with_who_is_left_out(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    asked = f"{COMPOSE}/names?whom=groups&groups={staffed.group.id}&topic=general"
    assert see(officer, asked).count("Nguyễn Văn An") == 3
    left_out = see(officer, f"{asked}&list=left_out")
    assert "Trần Thị Bình" in left_out
    assert "chưa có số điện thoại" in left_out


def test_groups_of_another_ward_are_nobody(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    form = a_form(staffed, groups=["99999999999999999999"])
    assert "Chưa chọn ai" in press(officer, "look", form)[1]
