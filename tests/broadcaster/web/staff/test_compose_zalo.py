"""The composer's second rendering: a template, its blanks, and what both cost."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcaster.ports import Channel, TemplateState
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.gateways import GatewaySetup
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.zalo_templates import keep_templates
from tests.broadcaster.web.conftest import csrf_of
from tests.broadcaster.web.staff.desk import (
    COMPOSE,
    a_form,
    press,
    see,
    the_announcements,
)
from tests.broadcaster.web.test_bad_input import BAD
from tests.builders.announcements import STRIPPED, StaffedWard
from tests.builders.people import NOW, lines_of
from tests.builders.zalo import (
    ACCOUNT,
    MEETING,
    VALUES,
    a_template,
    follows,
    lacks,
    uses_zalo,
)


@pytest.fixture
def account(database: Database, staffed: StaffedWard) -> None:
    """Give the ward a Zalo account; one home follows it, one is known to lack Zalo."""
    with database.writing() as session:
        uses_zalo(session, staffed.ward.id)
        lines = [lines_of(session, home)[0].id for home in staffed.homes]
        lacks(session, lines[0])
        follows(session, lines[1], ward_id=staffed.ward.id)
        for kind, vnd in ((MEETING, 200), (f"{MEETING}/user", 140)):
            session.add(
                Tariff(
                    gateway=ACCOUNT,
                    carrier="",
                    kind=kind,
                    valid_from=NOW.date().replace(day=1),
                    vnd_per_segment=vnd,
                )
            )


def _form(ward: StaffedWard, **typed: object) -> dict[str, object]:
    return {
        **a_form(ward),
        "zalo_template": MEETING,
        "zalo_shown": MEETING,
        "fill.ten": "ten",
        "blank.ten": "",
        "blank.noi_dung": "họp tổ dân phố",
        "blank.thoi_gian": "19:30 06/10/2026",
        **typed,
    }


def test_a_ward_without_an_account_sees_nothing_of_zalo(
    officer: FlaskClient, staffed: StaffedWard
) -> None:
    assert "Zalo" not in press(officer, "look", a_form(staffed))[1]


def test_a_page_from_before_zalo_was_switched_off_sends_nothing_unread(
    officer: FlaskClient, staffed: StaffedWard, database: Database
) -> None:
    _, page = press(officer, "confirm", _form(staffed))
    assert "tin này chỉ còn gửi SMS" in page
    assert the_announcements(database) == []


def test_both_renderings_are_shown_with_whom_each_reaches_and_its_cost(
    officer: FlaskClient, staffed: StaffedWard, account: None
) -> None:
    status, page = press(officer, "look", _form(staffed))
    assert status == 200
    assert STRIPPED in page
    assert (
        "Kính gửi Nguyễn Văn An, phường mời họp tổ dân phố lúc 19:30 06/10/2026."
    ) in page
    assert "Zalo: khoảng 2 máy · 340đ" in page
    assert "SMS: khoảng 1 máy × 1 tin · 650đ" in page
    assert "mỗi người nhận thấy của mình" in page
    assert "990đ" in page


def test_each_blank_is_counted_while_it_is_typed(
    officer: FlaskClient, staffed: StaffedWard, account: None
) -> None:
    form = _form(staffed, **{"blank.noi_dung": "a" * 81})
    data = {"csrf_token": csrf_of(officer, COMPOSE), **form}
    answer = officer.post(f"{COMPOSE}/preview", data=data).text
    assert "81/80 ký tự" in answer
    assert "0/30 ký tự, chưa kể phần riêng của từng người" in answer
    # the fields themselves stay: somebody is typing in them
    assert "#zalo-blanks" not in answer


def test_choosing_another_template_brings_its_blanks(
    officer: FlaskClient, staffed: StaffedWard, account: None
) -> None:
    form = {**a_form(staffed), "zalo_template": MEETING, "zalo_shown": ""}
    data = {"csrf_token": csrf_of(officer, COMPOSE), **form}
    answer = officer.post(f"{COMPOSE}/preview", data=data).text
    assert "#zalo-blanks" in answer
    assert 'name="blank.noi_dung"' in answer
    # the name's blank proposes each person's own name
    assert '<option value="ten" selected>' in answer


def test_blanks_that_were_never_seen_are_shown_before_anything_is_sent(
    officer: FlaskClient, staffed: StaffedWard, account: None, database: Database
) -> None:
    form = _form(staffed, zalo_shown="")
    status, page = press(officer, "confirm", form)
    assert status == 200
    assert "Xin đọc lại từng ô" in page
    assert the_announcements(database) == []


def test_what_cannot_stand_in_a_blank_is_said_beside_it(
    officer: FlaskClient, staffed: StaffedWard, account: None, database: Database
) -> None:
    typed = {"blank.noi_dung": "gọi 0912345678", "blank.thoi_gian": "a" * 21}
    status, page = press(officer, "review", _form(staffed, **typed))
    assert status == 422
    assert page.count("Nội dung (noi_dung)” có số điện thoại") >= 2
    assert page.count("Thời gian (thoi_gian)” dài quá") >= 2
    assert the_announcements(database) == []


def test_what_is_reviewed_is_kept_and_comes_back_to_be_changed(
    officer: FlaskClient, staffed: StaffedWard, account: None, database: Database
) -> None:
    _, page = press(officer, "review", _form(staffed))
    assert "Zalo mẫu “Mời họp tổ dân phố” cho khoảng 2 máy" in page
    assert "SMS cho khoảng 1 máy" in page
    assert "Gửi 3 tin · 990đ" in page
    press(officer, "save", _form(staffed))
    (draft,) = the_announcements(database)
    assert draft.zalo == {"template_id": MEETING, "data": VALUES}
    again = officer.get(f"{COMPOSE}?draft={draft.public_id}").get_data(as_text=True)
    assert '<option value="ten" selected>' in again
    assert 'value="19:30 06/10/2026"' in again


def test_what_was_typed_last_time_is_proposed_and_the_topics_template_named(
    officer: FlaskClient, staffed: StaffedWard, account: None
) -> None:
    meeting = _form(staffed, topic=Topic.MEETING)
    assert press(officer, "confirm", meeting)[0] == 200
    _, page = press(officer, "look", a_form(staffed, topic=Topic.MEETING))
    assert "Loại tin này lần trước dùng mẫu “Mời họp tổ dân phố”." in page
    token = csrf_of(officer, COMPOSE)
    data = {"csrf_token": token, **a_form(staffed), "use_template": MEETING}
    shown = officer.post(COMPOSE, data=data).text
    assert 'value="họp tổ dân phố"' in shown


def test_an_emergency_is_never_shown_as_going_by_zalo(
    officer: FlaskClient, staffed: StaffedWard, account: None
) -> None:
    _, page = press(officer, "look", _form(staffed, topic=Topic.EMERGENCY))
    assert "Tin khẩn luôn gửi bằng SMS" in page
    assert "Zalo: khoảng 0 máy · 0đ" in page
    assert "SMS: khoảng 3 máy" in page


def test_an_account_that_is_switched_off_is_said_so_beside_the_cost(
    officer: FlaskClient, staffed: StaffedWard, account: None, database: Database
) -> None:
    with database.writing() as session:
        session.add(
            GatewaySetup(
                name=ACCOUNT,
                kind="zalo",
                channel=Channel.ZALO,
                sender="",
                options={},
                locked_options="",
                place=1,
                is_enabled=False,
                created_at=NOW,
                changed_at=NOW,
            )
        )
    _, page = press(officer, "look", _form(staffed))
    assert "Tài khoản Zalo của phường đang tắt" in page
    assert "SMS: khoảng 3 máy" in page


def test_a_template_that_zalo_locked_is_said_so_where_it_is_chosen(
    officer: FlaskClient, staffed: StaffedWard, account: None, database: Database
) -> None:
    with database.writing() as session:
        locked = a_template(state=TemplateState.DISABLED)
        keep_templates(session, ACCOUNT, [locked], now=NOW)
    status, page = press(officer, "review", _form(staffed))
    assert status == 422
    assert "Zalo không cho gửi mẫu này nữa" in page
    assert "Mời họp tổ dân phố (chưa gửi được)" in page


@pytest.mark.parametrize("bad", BAD, ids=["nul", "long", "digits", "day", "minus"])
@pytest.mark.parametrize(
    "field",
    ["zalo_template", "zalo_shown", "fill.ten", "blank.noi_dung", "use_template"],
)
def test_every_field_of_the_template_takes_anything_without_failing(
    officer: FlaskClient, staffed: StaffedWard, account: None, field: str, bad: str
) -> None:
    for button in ("look", "review", "save", "test"):
        assert press(officer, button, _form(staffed, **{field: bad}))[0] < 500
    data = {"csrf_token": csrf_of(officer, COMPOSE), **_form(staffed, **{field: bad})}
    assert officer.post(f"{COMPOSE}/preview", data=data).status_code < 500
    strange = {f"blank.{bad}": "x", f"fill.{bad}": "ten"}
    assert press(officer, "review", _form(staffed, **strange))[0] < 500


def test_a_test_comes_to_the_officer_by_both(
    officer: FlaskClient, staffed: StaffedWard, account: None, database: Database
) -> None:
    _, page = press(officer, "test", _form(staffed))
    assert "Đã gửi thử SMS và Zalo" in page
    with database.reading() as session:
        texts = session.scalars(select(Message).order_by(Message.id)).all()
    assert [text.channel for text in texts] == [Channel.SMS, Channel.ZALO]


def test_an_approver_reads_both_before_deciding(
    officer: FlaskClient, approver: FlaskClient, staffed: StaffedWard, account: None
) -> None:
    press(officer, "confirm", _form(staffed, whom="all"))
    listed = approver.get("/staff/approvals").text
    path = listed.partition('href="/staff/approvals/announcements/')[2].partition('"')
    page = see(approver, f"/staff/approvals/announcements/{path[0]}")
    assert STRIPPED in page
    assert "phường mời họp tổ dân phố" in page
    assert "Duyệt, gửi 3 tin · 990đ" in page
