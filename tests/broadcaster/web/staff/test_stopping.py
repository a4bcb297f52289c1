"""Pausing, going on and stopping by the buttons: exact numbers, and each press once."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.services.announcements import submit_announcement
from broadcaster.services.finishing import finish_announcements
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, Topic
from tests.broadcaster.web.conftest import SignIn
from tests.broadcaster.web.staff.desk import post, read, see, the_announcements
from tests.builders.accounts import an_account
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    bring_to,
    messages_of,
    the_group,
)
from tests.builders.people import NOW
from tests.fakes import HandClock

S = MessageState
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def sent(staffed: StaffedWard, database: Database) -> Announcement:
    return send(database, staffed, Topic.GENERAL)


def send(database: Database, staffed: StaffedWard, topic: Topic) -> Announcement:
    return submit_announcement(
        database,
        a_draft(the_group(staffed.group), topic=topic),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=NOW,
    )


def path_of(sent: Announcement) -> str:
    return f"/staff/announcements/{sent.public_id}"


def labels(client: FlaskClient, sent: Announcement) -> set[str]:
    """Return which of the three buttons the page offers."""
    page = client.get(path_of(sent)).text
    return set(re.findall(r'action="[^"]*/(pause|resume|call-off)"', page))


def test_a_pause_says_exactly_how_it_stands_and_who_did_it(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED, S.SUBMITTING], now=NOW)
    page = post(officer, f"{path_of(sent)}/pause")[1]
    assert "Đã tạm dừng. Đã gửi 1 · đang chuyển 1 · tạm dừng 1 = 3 tin." in page
    assert "Đang tạm dừng: 1 tin chưa gửi" in page
    assert "officer thử bấm tạm dừng lúc 09:00 T2 05/10/2026" in page
    assert "đây là số cuối" not in page
    assert labels(officer, sent) == {"resume", "call-off"}


def test_each_pause_names_the_one_who_pressed_it(
    officer: FlaskClient,
    approver: FlaskClient,
    database: Database,
    staffed: StaffedWard,
    sent: Announcement,
) -> None:
    other = send(database, staffed, Topic.HEALTH)
    post(officer, f"{path_of(sent)}/pause")
    post(approver, f"{path_of(other)}/pause")
    assert "officer thử bấm tạm dừng" in see(approver, path_of(sent))
    assert "approver thử bấm tạm dừng" in see(officer, path_of(other))


def test_the_count_is_final_once_what_was_on_the_wire_is_in(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.SUBMITTING], now=NOW)
    post(officer, f"{path_of(sent)}/pause")
    with database.writing() as session:
        bring_to(session, sent.id, [S.ACCEPTED, S.HELD], now=NOW)
    page = see(officer, path_of(sent))
    assert "Đã gửi 1 · tạm dừng 2 = 3 tin. Không còn tin nào đang chuyển" in page
    assert "đây là số cuối cho đến khi gửi tiếp" in page
    assert "0 + 3 + 0 + 0 = 3 tin" in page


def test_each_button_pressed_twice_does_it_once_and_says_so(
    officer: FlaskClient, sent: Announcement
) -> None:
    post(officer, f"{path_of(sent)}/pause")
    assert "đang tạm dừng rồi" in post(officer, f"{path_of(sent)}/pause")[1]
    page = post(officer, f"{path_of(sent)}/resume")[1]
    assert "Đã cho gửi tiếp: còn 3 tin chưa gửi." in page
    assert "đang được gửi rồi" in post(officer, f"{path_of(sent)}/resume")[1]
    assert labels(officer, sent) == {"pause", "call-off"}
    journal = see(officer, "/staff/journal")
    assert journal.count("tạm dừng tin") == 1
    assert journal.count("cho gửi tiếp tin") == 1


@pytest.mark.parametrize("button", ["pause", "resume"])
def test_a_button_pressed_on_what_is_over_says_that_it_is(
    officer: FlaskClient, database: Database, sent: Announcement, button: str
) -> None:
    post(officer, f"{path_of(sent)}/call-off")
    assert "dừng hẳn" in post(officer, f"{path_of(sent)}/{button}")[1]
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED] * 3, now=NOW)
    assert labels(officer, sent) == set()


@pytest.mark.parametrize("button", ["pause", "resume"])
def test_a_button_pressed_on_what_has_finished_says_that_it_has(
    officer: FlaskClient, database: Database, sent: Announcement, button: str
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED] * 3, now=NOW)
    finish_announcements(database, now=NOW)
    assert "đã gửi hết" in post(officer, f"{path_of(sent)}/{button}")[1]


def test_calling_off_a_paused_one_says_what_was_kept_back(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.ACCEPTED, S.HELD], now=NOW)
    post(officer, f"{path_of(sent)}/pause")
    page = post(officer, f"{path_of(sent)}/call-off")[1]
    assert "Giữ lại 2 tin chưa gửi" in page
    assert "Đã gửi 1 · không gửi 2 = 3 tin. Không còn tin nào đang chuyển" in page


def test_an_approver_has_the_buttons_and_an_auditor_has_not(
    approver: FlaskClient,
    staffed: StaffedWard,
    signed_in: SignIn,
    database: Database,
    sent: Announcement,
) -> None:
    assert labels(approver, sent) == {"pause", "call-off"}
    with database.writing() as session:
        auditor = an_account(session, Role.AUDITOR, ward_id=staffed.ward.id)
    reader = signed_in(auditor)
    assert labels(reader, sent) == set()
    for button in ("pause", "resume", "call-off"):
        assert post(reader, f"{path_of(sent)}/{button}")[0] == 403
        assert post(approver, f"{path_of(sent)}/{button}")[0] == 200


def test_what_is_resumed_at_night_says_from_when_it_leaves(
    officer: FlaskClient, sent: Announcement, clock: HandClock
) -> None:
    post(officer, f"{path_of(sent)}/pause")
    clock.turn(hours=13)
    page = post(officer, f"{path_of(sent)}/resume")[1]
    assert "còn 3 tin chưa gửi, gửi từ 07:00 T3 06/10/2026" in page
    assert "Sẽ gửi lúc 07:00 T3 06/10/2026" in page


def test_a_paused_one_is_found_on_the_day_page_and_in_the_list(
    officer: FlaskClient, sent: Announcement
) -> None:
    post(officer, f"{path_of(sent)}/pause")
    home = see(officer, "/staff")
    assert "Đang tạm dừng" in home
    assert "Chưa có tin nào hẹn giờ" not in home
    assert "Đang tạm dừng" in see(officer, "/staff/announcements")
    page = see(officer, f"{path_of(sent)}?show=waiting")
    assert page.count("Tạm dừng – chưa gửi") == 3


def test_the_same_form_again_does_not_send_a_paused_one(
    staffed: StaffedWard, officer: FlaskClient, database: Database
) -> None:
    form = {
        "key": "form-again",
        "topic": "general",
        "body": "Họp tổ 19h30.",
        "accented": "no",
        "whom": "groups",
        "groups": str(staffed.group.id),
        "when": "now",
        "do": "confirm",
    }
    post(officer, "/staff/compose", **form)
    (one,) = the_announcements(database)
    post(officer, f"{path_of(one)}/pause")
    assert "đang tạm dừng, không gửi thêm" in post(officer, "/staff/compose", **form)[1]
    assert len(the_announcements(database)) == 1


def test_the_poll_leaves_the_buttons_alone_until_it_stands_otherwise(
    officer: FlaskClient, sent: Announcement
) -> None:
    page = officer.get(path_of(sent)).text
    assert 'live?seen=sending"' in page
    same = officer.get(f"{path_of(sent)}/live?seen=sending").text
    assert 'hx-target="#controls"' not in same
    assert 'hx-target="#told"' not in same
    post(officer, f"{path_of(sent)}/pause")
    other = officer.get(f"{path_of(sent)}/live?seen=sending").text
    assert 'hx-target="#controls"' in other
    told = re.search(r'hx-target="#told"[^>]*>([^<]+)<', other)
    assert told
    assert told[1] == "Đang tạm dừng: 3 tin chưa gửi"


@pytest.mark.parametrize(
    ("topic", "policy"),
    [
        pytest.param(Topic.GENERAL, "Không gửi lại khi chưa chắc", id="general"),
        pytest.param(Topic.EMERGENCY, "gửi lại sau 1 phút", id="emergency"),
    ],
)
def test_texts_in_doubt_are_shown_with_a_clock_and_what_happens_to_them(
    officer: FlaskClient,
    database: Database,
    staffed: StaffedWard,
    topic: Topic,
    policy: str,
) -> None:
    sent = send(database, staffed, topic)
    with database.writing() as session:
        bring_to(session, sent.id, [S.IN_DOUBT, S.DELIVERED, S.DELIVERED], now=NOW)
        doubted = messages_of(session, sent.id)[0]
        doubted.submitted_at, doubted.due_at = NOW - MINUTE, NOW + MINUTE
    page = see(officer, path_of(sent))
    assert "Đã gửi hết, còn 1 tin không rõ kết quả" in page
    assert "1 tin không rõ kết quả từ 08:59" in page
    assert policy in page
    assert "Hỏi lần tới lúc 09:01" in page
    assert "trong đó không rõ kết quả: 1" in page
    listed = see(officer, f"{path_of(sent)}?show=in_doubt")
    assert "Không rõ kết quả từ 08:59, hỏi lại nhà mạng lúc 09:01" in listed
    assert listed.count(policy) == 2
    assert "2 + 1 + 0 + 0 = 3 tin" in listed


def test_what_the_network_is_silent_about_is_not_called_failed(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.ACCEPTED, S.ACCEPTED, S.DELIVERED], now=NOW)
        messages_of(session, sent.id)[0].asked_at = NOW
    page = see(officer, path_of(sent))
    assert "1 tin nhà mạng nhận đã hơn một ngày mà chưa báo lại" in page
    listed = see(officer, f"{path_of(sent)}?show=waiting")
    assert listed.count("Nhà mạng chưa báo lại") == 1
    assert "1 + 2 + 0 + 0 = 3 tin" in page


def test_the_page_says_how_long_the_rest_takes_at_the_last_minutes_pace(
    officer: FlaskClient, database: Database, sent: Announcement
) -> None:
    with database.writing() as session:
        bring_to(session, sent.id, [S.ACCEPTED], now=NOW)
        messages_of(session, sent.id)[0].submitted_at = NOW - MINUTE / 2
    fragment = officer.get(f"{path_of(sent)}/live?seen=sending").text
    # two of three are left, and one took half a minute
    assert "Đang gửi, còn khoảng 1 phút" in read(fragment)
