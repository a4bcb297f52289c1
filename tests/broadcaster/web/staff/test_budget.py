"""The officer and the approver see what the month leaves, and why it is not enough."""

from flask.testing import FlaskClient

from broadcaster.services.announcements import submit_announcement
from broadcaster.services.budgets import set_monthly_limit
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import AnnouncementState
from subscriptions.audience import Audience
from tests.broadcaster.web.staff.desk import (
    a_form,
    post,
    press,
    see,
    the_announcements,
)
from tests.builders.announcements import GATEWAY, StaffedWard, a_draft
from tests.builders.people import NOW

COST = 3 * 650


def _limit(database: Database, staffed: StaffedWard, vnd: int) -> None:
    set_monthly_limit(database, staffed.ward.id, vnd, actor=None, now=NOW)


def test_the_review_says_what_the_month_leaves(
    database: Database, officer: FlaskClient, staffed: StaffedWard
) -> None:
    assert "Còn lại trong tháng" not in press(officer, "review", a_form(staffed))[1]
    _limit(database, staffed, 10 * COST)
    _, page = press(officer, "review", a_form(staffed))
    assert "Còn lại trong tháng 19.500đ trong hạn mức 19.500đ của tháng 10/2026" in page
    assert "% hạn mức" not in page
    _limit(database, staffed, COST + 400)
    assert "dùng 82 % hạn mức" in press(officer, "review", a_form(staffed))[1]


def test_a_send_over_the_limit_is_refused_with_what_it_lacks_and_nothing_is_made(
    database: Database, officer: FlaskClient, staffed: StaffedWard
) -> None:
    _limit(database, staffed, COST - 50)
    status, page = press(officer, "review", a_form(staffed))
    assert status == 200
    assert "1.900đ trong hạn mức 1.900đ" in page
    assert "Tin này cần 1.950đ" in page
    assert "Gửi 3 tin ·" not in page
    status, page = press(officer, "confirm", a_form(staffed))
    assert status == 422
    assert "nhờ người vận hành nâng hạn mức" in page
    assert the_announcements(database) == []


def test_an_emergency_is_sent_over_the_limit(
    database: Database, officer: FlaskClient, staffed: StaffedWard
) -> None:
    _limit(database, staffed, 1)
    form = a_form(staffed, topic="emergency")
    assert "Tin khẩn vẫn được gửi" in press(officer, "review", form)[1]
    assert press(officer, "confirm", form)[0] == 200
    (sent,) = the_announcements(database)
    assert sent.state is AnnouncementState.SENDING


def test_an_approval_over_the_limit_is_refused_and_goes_on_waiting(
    database: Database, approver: FlaskClient, staffed: StaffedWard
) -> None:
    waiting = submit_announcement(
        database,
        a_draft(Audience(group_ids=None)),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=NOW,
    )
    _limit(database, staffed, COST - 50)
    page = f"/staff/approvals/announcements/{waiting.public_id}"
    assert "Tin này cần 1.950đ" in see(approver, page)
    form = {"seen_hash": waiting.approved_hash or ""}
    status, answer = post(approver, f"{page}/approve", **form)
    assert status == 422
    assert "nâng hạn mức" in answer
    _limit(database, staffed, COST)
    assert post(approver, f"{page}/approve", **form)[0] == 200
    (sent,) = the_announcements(database)
    assert sent.state is AnnouncementState.SENDING
