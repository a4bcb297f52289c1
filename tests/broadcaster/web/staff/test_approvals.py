"""A second person reads exactly what goes, and says yes or why not."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.store.tables.staff import Account
from tests.broadcaster.web.staff.desk import (
    a_form,
    post,
    press,
    see,
    the_announcements,
)
from tests.builders.announcements import STRIPPED, StaffedWard


@pytest.fixture
def waiting(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> Announcement:
    """Give an announcement to the whole ward."""
    press(officer, "confirm", a_form(staffed, whom="all"))
    return the_announcements(database)[0]


def _page(waiting: Announcement) -> str:
    return f"/staff/approvals/announcements/{waiting.public_id}"


def _approve(
    client: FlaskClient, waiting: Announcement, seen: str | None = None
) -> tuple[int, str]:
    seen_hash = seen or waiting.approved_hash or ""
    return post(client, f"{_page(waiting)}/approve", seen_hash=seen_hash)


def test_the_approver_sees_what_waits_and_exactly_what_would_go(
    approver: FlaskClient, waiting: Announcement
) -> None:
    assert "Mời ông/bà họp" in see(approver, "/staff/approvals")
    assert "Chờ duyệt" in see(approver, "/staff")
    page = see(approver, _page(waiting))
    assert STRIPPED in page
    assert "Toàn phường: 3 máy của 3 hộ" in page
    assert "1 người chưa có số điện thoại" in page
    assert "Duyệt, gửi 3 tin · 1.950đ" in page
    assert "ngay khi được duyệt" in page


def test_what_was_read_is_approved_and_goes(
    approver: FlaskClient, waiting: Announcement, database: Database
) -> None:
    assert "Đã duyệt" in _approve(approver, waiting)[1]
    (sent,) = the_announcements(database)
    assert (sent.state, sent.recipients) == (AnnouncementState.SENDING, 3)


def test_a_second_yes_is_told_that_it_is_decided(
    approver: FlaskClient, waiting: Announcement
) -> None:
    _approve(approver, waiting)
    status, page = _approve(approver, waiting)
    assert status == 409
    assert "không còn chờ duyệt" in page


def test_what_was_changed_since_it_was_read_is_not_approved(
    officer: FlaskClient,
    approver: FlaskClient,
    staffed: StaffedWard,
    waiting: Announcement,
) -> None:
    changed = a_form(
        staffed, whom="all", draft=str(waiting.public_id), body="Họp lúc 20h."
    )
    press(officer, "confirm", changed)
    status, page = _approve(approver, waiting)
    assert status == 409
    assert "vừa được sửa" in page
    assert "Hop luc 20h." in page


def test_it_is_returned_with_a_reason_that_its_author_reads_and_mends(
    officer: FlaskClient,
    approver: FlaskClient,
    staffed: StaffedWard,
    waiting: Announcement,
    database: Database,
) -> None:
    status, page = post(approver, f"{_page(waiting)}/return", reason=" ")
    assert status == 422
    assert "Ghi lý do trả lại" in page
    post(approver, f"{_page(waiting)}/return", reason="Sai giờ họp")
    assert "Sai giờ họp" in see(officer, "/staff")
    mended = a_form(
        staffed, whom="all", draft=str(waiting.public_id), body="Họp lúc 20h."
    )
    press(officer, "confirm", mended)
    (again,) = the_announcements(database)
    assert again.state is AnnouncementState.AWAITING_APPROVAL


def test_nobody_approves_their_own_even_by_a_raw_post(
    officer: FlaskClient,
    staffed: StaffedWard,
    waiting: Announcement,
    database: Database,
) -> None:
    with database.writing() as session:
        session.execute(
            update(Account)
            .where(Account.id == staffed.officer.account_id)
            .values(role=Role.APPROVER)
        )
    page = see(officer, _page(waiting))
    assert "không tự duyệt được" in page
    assert "Duyệt, gửi" not in page
    status, page = _approve(officer, waiting)
    assert status == 403
    assert "không tự duyệt được" in page
    (still,) = the_announcements(database)
    assert still.state is AnnouncementState.AWAITING_APPROVAL


def test_an_officer_does_not_approve(
    officer: FlaskClient, waiting: Announcement
) -> None:
    assert _approve(officer, waiting)[0] == 403


def test_a_repeating_text_is_approved_once_for_all_its_times(
    officer: FlaskClient, approver: FlaskClient, staffed: StaffedWard
) -> None:
    form = a_form(
        staffed,
        whom="all",
        when="repeat",
        repeat="monthly",
        monthday="10",
        repeat_time="7h30",
    )
    assert "Đã trình duyệt lịch lặp" in press(officer, "confirm", form)[1]
    page = approver.get("/staff/approvals").text
    path = page.partition("/staff/approvals/schedules/")[2].partition('"')[0]
    path = f"/staff/approvals/schedules/{path}"
    said = see(approver, path)
    assert "Ngày 10 hằng tháng, lần đầu 07:30" in said
    seen = approver.get(path).text.partition('name="seen_hash" value="')[2]
    post(approver, f"{path}/approve", seen_hash=seen.partition('"')[0])
    assert "Đang chạy" in see(officer, "/staff/schedules")
    assert post(approver, f"{path}/approve", seen_hash="x")[0] == 409
