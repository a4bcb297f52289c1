"""One phone of one person: added, mended, consenting, resting, ended."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.staff import JournalEntry
from subscriptions.consents import consented_lines
from subscriptions.lines import find_line, mark_unusable
from subscriptions.subscription_changes import list_changes
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import (
    Household,
    LineStatus,
    Relation,
    Subscription,
    SubscriptionStatus,
)
from tests.broadcaster.web.leaders.conftest import Browser, Round, shown, words_of
from tests.builders.people import a_household, head_of, lines_of

OLD, NEW = "+84912345678", "+84987654321"


@pytest.fixture
def home(database: Database, rounds: Round) -> Household:
    with database.writing() as session:
        return a_household(session, in_group=rounds.group, with_phone="0912345678")


def subscription_of(session: Session, e164: str, ward_id: int) -> Subscription:
    line = find_line(session, ward_id, e164)
    assert line is not None
    return session.scalars(
        select(Subscription).where(Subscription.line_id == line.id)
    ).one()


def path_of(database: Database, home: Household, page: str) -> str:
    with database.reading() as session:
        subscription = subscription_of(session, OLD, home.ward_id)
    return f"/leader/lines/{subscription.public_id}/{page}"


def may_be_told(database: Database, purpose: Purpose) -> set[int]:
    with database.reading() as session:
        return set(session.scalars(consented_lines(purpose)))


def test_a_relatives_phone_is_added_to_a_person_and_confirmed(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    with database.reading() as session:
        person = head_of(session, home)
    path = f"/leader/residents/{person.public_id}/number"
    answer = browser_of_leader.send(
        path, phone_1="0987 654 321", relation="relative", consent="leader_screen"
    )
    assert "Đã thêm số điện thoại." in shown(answer)
    assert "0987 654 321 Nhận tin" in words_of(answer)
    with database.reading() as session:
        added = subscription_of(session, NEW, home.ward_id)
        assert added.relation is Relation.RELATIVE
        assert session.scalars(select(Message.to)).all() == [NEW]


def test_a_wrong_number_is_replaced_and_hears_nothing_more(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    path = path_of(database, home, "number")
    answer = browser_of_leader.send(path, phone_1="0987654321", consent="paper")
    assert "Đã sửa số." in shown(answer)
    with database.reading() as session:
        old = subscription_of(session, OLD, home.ward_id)
        new = subscription_of(session, NEW, home.ward_id)
    assert old.status is SubscriptionStatus.ENDED
    assert may_be_told(database, Purpose.NOTICES) == {new.line_id}


def test_a_replaced_number_leaves_no_month_charged_twice(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    with database.writing() as session:
        running = subscription_of(session, OLD, home.ward_id)
        running.first_month = dt.date(2026, 9, 1)
    path = path_of(database, home, "number")
    browser_of_leader.send(path, phone_1="0987654321", consent="paper")
    with database.reading() as session:
        old = subscription_of(session, OLD, home.ward_id)
        new = subscription_of(session, NEW, home.ward_id)
    assert old.last_month == dt.date(2026, 10, 1)
    assert new.first_month == dt.date(2026, 11, 1)
    assert new.pays


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"phone_1": ""}, "Chưa có số điện thoại"),
        ({"phone_1": "0912345678"}, "Số mới giống số cũ"),
        ({"phone_1": "098765432"}, "Thiếu chữ số"),
        ({"phone_1": "0987654321", "consent": ""}, "Chọn một câu trả lời về đồng ý"),
    ],
    ids=["none", "same", "short", "no consent answer"],
)
def test_a_number_that_cannot_replace_says_why(
    browser_of_leader: Browser,
    database: Database,
    home: Household,
    typed: dict[str, str],
    told: str,
) -> None:
    path = path_of(database, home, "number")
    answer = browser_of_leader.send(path, **({"consent": "paper"} | typed))
    assert answer.status_code == 422
    assert told in shown(answer)


def test_withdrawing_one_purpose_leaves_the_others(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    path = path_of(database, home, "consent")
    answer = browser_of_leader.send(
        path, purposes=["pension", "billing"], method="leader_screen"
    )
    assert "Đã ghi lại." in shown(answer)
    assert may_be_told(database, Purpose.NOTICES) == set()
    assert len(may_be_told(database, Purpose.PENSION)) == 1


def test_stopping_everything_takes_one_tap(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    answer = browser_of_leader.send(path_of(database, home, "consent"), stop="all")
    assert "Đã dừng nhận" in words_of(answer)
    for purpose in Purpose:
        assert may_be_told(database, purpose) == set()


def test_a_consent_without_its_how_is_not_recorded(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        home = a_household(
            session,
            in_group=rounds.group,
            with_phone="0912345678",
            consenting_to=(),
        )
    path = path_of(database, home, "consent")
    answer = browser_of_leader.send(path, purposes=["notices"])
    assert answer.status_code == 422
    assert "Chọn người dùng số đã nói thế nào" in shown(answer)
    assert may_be_told(database, Purpose.NOTICES) == set()


def test_what_was_never_asked_is_not_recorded_as_refused(
    browser_of_leader: Browser, database: Database, rounds: Round
) -> None:
    with database.writing() as session:
        home = a_household(
            session,
            in_group=rounds.group,
            with_phone="0912345678",
            consenting_to=(),
        )
    path = path_of(database, home, "consent")
    answer = browser_of_leader.send(path, purposes=["notices"], method="paper")
    page = words_of(answer)
    assert "Thông báo của phường: đồng ý" in page
    assert "Tình trạng hồ sơ: chưa hỏi" in page


def test_suspending_resuming_and_ending_keep_reason_and_month(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    path = path_of(database, home, "service")
    for change, month, told in (
        ("suspend", "2026-10-01", "Đã tạm ngưng"),
        ("resume", "2026-11-01", "Đã chạy lại"),
        ("end", "2026-11-01", "Đã dừng hẳn"),
    ):
        answer = browser_of_leader.send(
            path, change=change, from_month=month, reason="về quê"
        )
        assert told in shown(answer)
    with database.reading() as session:
        subscription = subscription_of(session, OLD, home.ward_id)
        kept = [
            (change.status, change.from_month.month, change.reason)
            for change in list_changes(session, subscription.id)
        ]
    assert kept == [
        (SubscriptionStatus.SUSPENDED, 10, "về quê"),
        (SubscriptionStatus.ACTIVE, 11, "về quê"),
        (SubscriptionStatus.ENDED, 11, "về quê"),
    ]


def test_a_change_without_reason_month_or_kind_names_all_three(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    answer = browser_of_leader.send(path_of(database, home, "service"), reason=" ")
    page = shown(answer)
    assert answer.status_code == 422
    for told in ("Chọn việc cần làm", "Chọn tháng bắt đầu tính", "Ghi lý do"):
        assert told in page


def test_a_number_that_works_after_all_is_texted_again(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    with database.writing() as session:
        (line,) = lines_of(session, home)
        mark_unusable(session, line.id, "30005")
    answer = browser_of_leader.send(
        path_of(database, home, "works"), f"/leader/households/{home.public_id}"
    )
    assert "Lần gửi sau sẽ có số này" in shown(answer)
    with database.reading() as session:
        (line,) = lines_of(session, home)
    assert line.status is LineStatus.USABLE


def test_every_change_has_its_entry_and_no_entry_has_a_number(
    browser_of_leader: Browser, database: Database, home: Household
) -> None:
    browser_of_leader.send(path_of(database, home, "consent"), stop="all")
    path = path_of(database, home, "number")
    browser_of_leader.send(path, phone_1="0987654321", consent="none")
    with database.reading() as session:
        entries = session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [entry.act for entry in entries] == [
        "consent.withdrawn",
        "line.number_replaced",
    ]
    assert not any("987654321" in str(entry.facts) for entry in entries)
