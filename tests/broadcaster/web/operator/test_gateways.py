"""The operator sets gateways up in the page, and nobody ever reads a secret again."""

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from broadcaster.bootstrap import House
from broadcaster.ports import Standing
from broadcaster.rules.permissions import Role
from broadcaster.store.gateway_setups import get_setup
from broadcaster.store.gateway_standings import keep_standing
from broadcaster.store.gateway_states import open_breaker
from broadcaster.store.session import Database
from broadcaster.store.tables.gateways import GatewaySetup, GatewayTokens
from broadcaster.store.tables.staff import JournalEntry
from subscriptions.tables.places import Ward
from tests.broadcaster.web.conftest import SignIn
from tests.broadcaster.web.operator.desk import (
    SECRET,
    TWILIO,
    press,
    read,
    set_up,
)
from tests.builders.accounts import an_account
from tests.builders.messages import many_texts
from tests.builders.people import NOW

NEW = "/operator/gateways/new/twilio"
PAGE = "/operator/gateways/twilio-hanoi"
LIST = "/operator/gateways"


def test_a_gateway_of_the_environment_is_shown_and_cannot_be_changed(
    operator: FlaskClient,
) -> None:
    page = read(operator, LIST)
    assert "memory" in page
    assert "đặt trong cấu hình" in page
    assert "Đang chạy" in page
    assert operator.get("/operator/gateways/memory/edit").status_code == 404


def test_a_gateway_that_is_added_sends_at_once(
    operator: FlaskClient, house: House
) -> None:
    status, page = press(operator, NEW, TWILIO)
    assert status == 200
    assert "Đã thêm cổng twilio-hanoi" in page
    assert house.gateways["twilio-hanoi"].capabilities.window == 500
    assert "gửi bằng tên HANOI" in read(operator, LIST)


def test_the_same_form_sent_twice_adds_one_gateway(
    operator: FlaskClient, database: Database
) -> None:
    key = re.search(
        r'name="key" value="([^"]+)"', operator.get(NEW).get_data(as_text=True)
    )
    assert key is not None
    for _ in range(2):
        assert press(operator, NEW, {**TWILIO, "key": key[1]})[0] == 200
    with database.reading() as session:
        assert len(session.scalars(select(GatewaySetup)).all()) == 1


def test_a_secret_is_in_no_page_no_row_no_entry_and_no_log(
    operator: FlaskClient, database: Database, house: House
) -> None:
    with capture_logs() as logs:
        set_up(operator)
        pages = [operator.get(p).get_data(as_text=True) for p in (LIST, PAGE)]
        pages.append(operator.get(f"{PAGE}/edit").get_data(as_text=True))
    assert "Đã lưu. Để trống để giữ nguyên." in pages[-1]
    with database.reading() as session:
        row = session.scalars(select(GatewaySetup)).one()
        entries = session.scalars(select(JournalEntry)).all()
        kept = [str(row.options), row.locked_options, *(str(e.facts) for e in entries)]
    assert [text for text in [*pages, *kept, str(logs)] if SECRET in text] == []
    assert SECRET in house.vault.open(row.locked_options)


def test_a_faulty_form_shows_no_secret_either(operator: FlaskClient) -> None:
    status, page = press(operator, NEW, {**TWILIO, "option-window": "0"})
    assert status == 422
    assert SECRET not in page
    assert 'value="AC-of-nobody"' in page


def test_an_empty_secret_keeps_the_one_that_is_saved(
    operator: FlaskClient, database: Database, house: House
) -> None:
    set_up(operator)
    change = {**TWILIO, "option-auth_token": "", "option-window": "50"}
    status, page = press(operator, f"{PAGE}/edit", change)
    assert status == 200
    assert "Đã lưu cổng twilio-hanoi" in page
    with database.reading() as session:
        kept = get_setup(session, "twilio-hanoi").locked_options
    assert SECRET in house.vault.open(kept)
    assert house.gateways["twilio-hanoi"].capabilities.window == 50


def test_a_new_secret_replaces_the_one_that_is_saved(
    operator: FlaskClient, database: Database, house: House
) -> None:
    set_up(operator)
    press(operator, f"{PAGE}/edit", {**TWILIO, "option-auth_token": "another"})
    with database.reading() as session:
        kept = house.vault.open(get_setup(session, "twilio-hanoi").locked_options)
    assert "another" in kept
    assert SECRET not in kept


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "từ 2 đến 24 ký tự"),
        ("name", "Cổng Hà Nội", "chữ thường không dấu"),
        ("name", "memory", "để dành cho loại cổng khác"),
        ("name", "esms", "để dành cho loại cổng khác"),
        ("sender", "PHƯỜNG", "không dấu"),
        ("sender", "x" * 21, "tối đa 20 ký tự"),
        ("option-account_sid", "", "Chưa điền: Account SID"),
        ("option-auth_token", "", "Chưa điền: Auth Token"),
        ("option-window", "nhiều", "số nguyên từ 1 đến 5.000"),
        ("option-segments_per_second", "0", "từ 0,01 đến 100.000"),
        ("option-base_url", "ftp://telco", "http:// hoặc https://"),
        ("option-receipt_kind", "both", "chọn một trong các giá trị"),
    ],
)
def test_a_fault_stands_beside_its_field(
    operator: FlaskClient, field: str, typed: str, said: str
) -> None:
    status, page = press(operator, NEW, {**TWILIO, field: typed})
    assert status == 422
    beside = re.search(rf'id="{field}-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert beside is not None
    assert said in beside[1]


def test_a_name_is_taken_once(operator: FlaskClient) -> None:
    set_up(operator)
    status, page = press(operator, NEW, TWILIO)
    assert status == 422
    assert "Tên này đã có cổng khác dùng" in page


def test_a_gateway_that_is_switched_off_sends_nothing_and_says_what_waits(
    operator: FlaskClient, database: Database, ward: Ward, house: House
) -> None:
    set_up(operator)
    with database.writing() as session:
        many_texts(session, ward, 3, gateway="twilio-hanoi")
    _, page = press(operator, PAGE, {"to": "off"}, to=f"{PAGE}/switch")
    assert "3 tin còn chờ ở đây" in page
    assert "Gửi thử một tin" not in page
    assert "twilio-hanoi" in house.gateways.switched_off
    press(operator, PAGE, {"to": "on"}, to=f"{PAGE}/switch")
    assert house.gateways.switched_off == frozenset()


def test_gateways_change_places(operator: FlaskClient, database: Database) -> None:
    for name in ("first", "second", "third"):
        set_up(operator, name=name)
    to = "/operator/gateways/third/move"
    press(operator, LIST, {"to": "1"}, to=to)
    press(operator, LIST, {"to": "1"}, to=to)
    shown = read(operator, LIST)
    assert shown.index("Xem cổng third") < shown.index("Xem cổng first")
    assert shown.index("Xem cổng first") < shown.index("Xem cổng second")
    with database.reading() as session:
        acts = session.scalars(
            select(JournalEntry).where(JournalEntry.act == "gateway.moved")
        ).all()
    assert [entry.facts["place"] for entry in acts] == [1]


def test_the_addresses_for_the_telco_have_the_gateways_name(
    operator: FlaskClient,
) -> None:
    set_up(operator)
    page = read(operator, PAGE)
    assert "http://ward.example/callbacks/twilio-hanoi/events" in page
    assert "http://ward.example/callbacks/twilio-hanoi/inbound" in page


def test_balance_and_quota_are_shown_as_they_were_told(
    operator: FlaskClient, database: Database
) -> None:
    esms = {"name": "esms-1", "option-api_key": "key", "option-secret_key": "secret"}
    press(operator, "/operator/gateways/new/esms", esms)
    page = "/operator/gateways/esms-1"
    assert "chưa hỏi lần nào" in read(operator, page)
    with database.writing() as session:
        keep_standing(session, "esms-1", None, now=NOW)
    assert "09:00 T2 05/10/2026: chưa trả lời." in read(operator, page)
    left = Standing(balance_vnd=1_234_000, daily_quota=500, remaining_quota=300)
    with database.writing() as session:
        keep_standing(session, "esms-1", left, now=NOW)
    shown = read(operator, page)
    assert "Số dư: 1.234.000đ" in shown
    assert "còn: 300 trên 500 tin" in shown
    with database.writing() as session:
        keep_standing(session, "esms-1", None, now=NOW + dt.timedelta(minutes=5))
    shown = read(operator, page)
    assert "Số dư: 1.234.000đ" in shown
    assert "09:05 T2 05/10/2026: chưa trả lời. Số ở trên là số cũ." in shown


def test_an_open_breaker_and_lost_tokens_are_said_with_what_to_do(
    operator: FlaskClient, database: Database
) -> None:
    set_up(operator)
    with database.writing() as session:
        open_breaker(session, "twilio-hanoi", probing=False, now=NOW, facts={})
        session.add(
            GatewayTokens(
                gateway="twilio-hanoi",
                locked_access="",
                locked_refresh="",
                expires_at=NOW,
                rotated_at=NOW,
                rotating_until=None,
                lost_reason="spent",
            )
        )
    page = read(operator, PAGE)
    assert "Đang ngắt vì nhà mạng không trả lời" in page
    assert "cần kết nối lại" in page


def test_a_gateway_locked_with_another_key_says_so_and_is_typed_anew(
    operator: FlaskClient, database: Database, house: House
) -> None:
    set_up(operator)
    with database.writing() as session:
        get_setup(session, "twilio-hanoi").locked_options = "of another key"
        get_setup(session, "twilio-hanoi").changed_at = NOW + dt.timedelta(seconds=1)
    house.gateways.look()
    assert "Không dùng được: cấu hình có chỗ sai" in read(operator, PAGE)
    status, page = press(operator, f"{PAGE}/edit", {**TWILIO, "option-auth_token": ""})
    assert status == 422
    assert "Chưa điền: Auth Token" in page
    assert press(operator, f"{PAGE}/edit", TWILIO)[0] == 200
    assert "Đang chạy" in read(operator, PAGE)


@pytest.mark.parametrize("page", ["", "/edit", "/try"])
def test_only_an_operator_opens_a_gateways_pages(
    operator: FlaskClient,
    database: Database,
    signed_in: SignIn,
    ward: Ward,
    page: str,
) -> None:
    set_up(operator)
    with database.writing() as session:
        officer = an_account(session, Role.OFFICER, ward_id=ward.id)
    client = signed_in(officer)
    assert client.get(PAGE + page).status_code == 403
    assert operator.get(PAGE + page).status_code == 200


@pytest.mark.parametrize("act", ["switch", "move"])
@pytest.mark.parametrize("to", ["", "\x00", "9" * 30, "-1", "²"])
def test_a_button_that_was_never_shown_changes_nothing(
    operator: FlaskClient, database: Database, act: str, to: str
) -> None:
    set_up(operator)
    status, _ = press(operator, PAGE, {"to": to}, to=f"{PAGE}/{act}")
    assert status == 400
    with database.reading() as session:
        assert get_setup(session, "twilio-hanoi").is_enabled


@pytest.mark.parametrize("field", ["name", "sender", "option-base_url"])
@pytest.mark.parametrize(
    "typed", ["\x00", "http://\x00", "http://[:::::::::::::::", "http://a\r\nb"]
)
def test_whatever_is_typed_is_answered_in_words(
    operator: FlaskClient, field: str, typed: str
) -> None:
    status, page = press(operator, NEW, {**TWILIO, field: typed})
    assert status == 422
    assert f'id="{field}-error"' in page


@pytest.mark.parametrize("page", ["", "/edit", "/try"])
@pytest.mark.parametrize("name", ["pigeon", "%00", "a" * 300])
def test_a_gateway_that_is_not_there_is_an_unknown_page(
    operator: FlaskClient, name: str, page: str
) -> None:
    assert operator.get(f"/operator/gateways/{name}{page}").status_code == 404
