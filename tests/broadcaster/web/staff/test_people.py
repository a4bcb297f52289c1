"""Households are looked up, residents' texts are read, the day is seen at a glance."""

import datetime as dt

import pytest
from flask.testing import FlaskClient

from broadcaster.ports import Channel, Inbound, SharedPhone
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.services.replies import take_inbound
from broadcaster.services.zalo_contacts import take_shared_phone
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import InboundText
from broadcaster.web import formats
from tests.broadcaster.web.conftest import SignIn, search
from tests.broadcaster.web.staff.desk import (
    a_form,
    press,
    see,
    the_announcements,
)
from tests.builders.accounts import an_account
from tests.builders.announcements import StaffedWard, bring_to
from tests.builders.people import NOW, a_group, a_household, a_ward, lines_of
from tests.builders.zalo import ACCOUNT, follows, uses_zalo


@pytest.mark.parametrize("name", ["tran thi binh", "Trần Bình", "BINH"])
def test_a_household_is_found_by_a_name_without_accents(
    officer: FlaskClient, staffed: StaffedWard, name: str
) -> None:
    page = search(officer, "/staff/households", name)
    assert "Trần Thị Bình" in page
    assert "Nguyễn Văn An" not in page


def test_a_search_that_finds_nothing_says_what_to_try(officer: FlaskClient) -> None:
    assert "Thử gõ ít chữ hơn" in search(officer, "/staff/households", "zzz\x00")


def test_a_household_card_shows_its_phone_and_that_it_is_texted(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    page = see(officer, f"/staff/households/{staffed.homes[0].public_id}")
    assert "Nguyễn Văn An" in page
    assert "0912" in page
    assert "Nhận tin" in page


def test_a_household_of_another_ward_does_not_exist(
    officer: FlaskClient, database: Database
) -> None:
    with database.writing() as session:
        ward = a_ward(session, name="Phường Khác")
        theirs = a_household(session, in_group=a_group(session, ward))
    answer = officer.get(f"/staff/households/{theirs.public_id}")
    assert answer.status_code == 404


def test_a_text_without_a_keyword_waits_to_be_read_with_whose_it_is(
    officer: FlaskClient, database: Database, staffed: StaffedWard
) -> None:
    assert "Chưa có tin nào cần đọc" in see(officer, "/staff/inbox")
    with database.writing() as session:
        for place, (keyword, body) in enumerate(
            [(None, "Cho hỏi lịch tiêm?"), ("stop", "TC")]
        ):
            session.add(
                InboundText(
                    gateway="memory",
                    provider_id=str(place),
                    ward_id=staffed.ward.id,
                    sender="+84999999999",
                    to="+84868000111",
                    body=body,
                    received_at=NOW,
                    interpreted_at=NOW,
                    keyword=keyword,
                )
            )
    page = see(officer, "/staff/inbox")
    assert "Cho hỏi lịch tiêm?" in page
    assert "số chưa có trong sổ" in page
    assert "TC" not in page


def test_a_text_by_zalo_is_read_with_the_phone_that_its_writer_shared(
    officer: FlaskClient, database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        (line,) = lines_of(session, staffed.homes[0])
        uses_zalo(session, staffed.ward.id)
    known = SharedPhone(user_id="7001", account="oa", e164=line.e164)
    take_shared_phone(database, ACCOUNT, known, now=NOW)
    for user_id, body in (("7001", "Bao giờ tiêm?"), ("7002", "Ai đó ơi?")):
        text = Inbound(
            provider_id=user_id,
            sender=user_id,
            to="oa",
            text=body,
            channel=Channel.ZALO,
        )
        take_inbound(database, ACCOUNT, text, now=NOW)
    page = see(officer, "/staff/inbox")
    stranger, resident = page.split("Bao giờ tiêm?")[0].split("Ai đó ơi?")
    assert "Chưa biết số" in stranger
    assert "số chưa có trong sổ" in stranger
    assert formats.phone(line.e164) in resident
    assert "Nguyễn Văn An" in resident
    assert "qua Zalo" in resident
    assert "7001" not in page


def test_a_household_card_shows_that_a_phone_is_linked_by_zalo(
    officer: FlaskClient, database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        (line,) = lines_of(session, staffed.homes[0])
        follows(session, line.id, ward_id=line.ward_id)
    page = see(officer, f"/staff/households/{staffed.homes[0].public_id}")
    assert "Zalo: đã nối" in page


def test_an_empty_day_says_what_to_do(officer: FlaskClient) -> None:
    page = see(officer, "/staff")
    assert "Không có việc nào chờ" in page
    assert "Chưa có tin nào hẹn giờ" in page


@pytest.mark.parametrize(("failed", "is_red"), [(0, False), (1, True)])
def test_a_day_with_more_than_three_per_cent_failures_is_red(
    officer: FlaskClient,
    staffed: StaffedWard,
    database: Database,
    failed: int,
    is_red: bool,
) -> None:
    press(officer, "confirm", a_form(staffed))
    (sent,) = the_announcements(database)
    states = [MessageState.UNDELIVERED] * failed + [MessageState.DELIVERED] * 3
    with database.writing() as session:
        bring_to(session, sent.id, states, now=NOW + dt.timedelta(seconds=5))
    assert ("33,3 % – cao" in see(officer, "/staff")) is is_red


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        (Role.AUDITOR, {"", "/announcements", "/households", "/journal"}),
        (Role.ACCOUNTANT, {"/journal"}),
        (Role.OPERATOR, set()),
    ],
)
def test_each_role_opens_only_its_own_pages(
    database: Database,
    staffed: StaffedWard,
    signed_in: SignIn,
    role: Role,
    opens: set[str],
) -> None:
    with database.writing() as session:
        actor = an_account(session, role, ward_id=staffed.ward.id)
    client = signed_in(actor)
    for path in ("", "/announcements", "/households", "/journal", "/compose"):
        expected = 200 if path in opens else 403
        assert client.get(f"/staff{path}").status_code == expected


@pytest.mark.parametrize("cursor", ["9" * 30, "-1", "x"])
def test_an_address_that_somebody_made_up_shows_the_first_page(
    officer: FlaskClient, cursor: str
) -> None:
    for page in ("announcements", "inbox", "journal"):
        assert officer.get(f"/staff/{page}?before={cursor}").status_code == 200
    assert officer.get(f"/staff/households?after={cursor}").status_code == 200
