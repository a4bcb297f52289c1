"""The price table: by gateway, what holds now, what is to come."""

import datetime as dt

import pytest
from flask.testing import FlaskClient

from broadcaster.store.session import Database
from broadcaster.store.zalo_templates import keep_templates
from tests.broadcaster.web.operator.desk import press, read
from tests.builders.people import NOW
from tests.builders.zalo import ACCOUNT, MEETING, a_template
from tests.fakes import HandClock

PATH = "/operator/tariffs"
TODAY = dt.date(2026, 10, 5)
DAY = dt.timedelta(days=1)
PRICE = {
    "kind": "care",
    "gateway": "memory",
    "carrier": "Viettel",
    "vnd_per_segment": "650",
    "valid_from": f"{TODAY}",
}


def test_a_price_holds_from_a_day_on_and_never_backwards(
    operator: FlaskClient,
) -> None:
    assert "650đ" in press(operator, PATH, PRICE)[1]
    status, page = press(operator, PATH, PRICE)
    assert status == 422
    assert "Đã có đơn giá từ ngày đó" in page
    status, page = press(operator, PATH, {**PRICE, "valid_from": f"{TODAY - DAY}"})
    assert status == 422
    assert "phải từ hôm nay" in page


def test_prices_stand_by_gateway_and_say_whether_they_hold(
    operator: FlaskClient, clock: HandClock
) -> None:
    everywhere = {**PRICE, "gateway": "", "carrier": ""}
    press(operator, PATH, everywhere)
    for days, vnd in ((0, "650"), (1, "700"), (9, "720")):
        change = {"vnd_per_segment": vnd, "valid_from": f"{TODAY + days * DAY}"}
        press(operator, PATH, {**PRICE, **change})
    clock.turn(hours=48)
    page = read(operator, PATH)
    assert "Mọi cổng không có giá riêng" in page
    table = page[page.index("Cổng memory") :]
    assert "T4 14/10/2026 720đ Chưa đến ngày" in table
    assert "T3 06/10/2026 700đ Đang áp dụng" in table
    assert "T2 05/10/2026 650đ Đã hết" in table


def test_a_zalo_template_has_its_two_prices_under_its_name(
    operator: FlaskClient, database: Database
) -> None:
    with database.writing() as session:
        keep_templates(session, ACCOUNT, [a_template()], now=NOW)
    by_user_id = {
        **PRICE,
        "kind": f"{MEETING}/user",
        "gateway": "",
        "carrier": "",
        "vnd_per_segment": "140",
    }
    status, page = press(operator, PATH, by_user_id)
    assert status == 200
    assert "Zalo – Mời họp tổ dân phố (mẫu 214), gửi người đã nối Zalo" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gateway": "pigeon"}, "Chọn cổng"),
        ({"kind": ""}, "Chọn loại tin"),
        ({"carrier": "Pigeon"}, "Chọn nhà mạng"),
        ({"kind": "zalo_reply", "carrier": ""}, "giá SMS đi với cổng SMS"),
        ({"kind": "zalo_reply", "gateway": ""}, "Giá Zalo không theo nhà mạng"),
        ({"vnd_per_segment": "ba"}, "chữ số"),
        ({"vnd_per_segment": "0"}, "từ 1đ"),
        ({"valid_from": "mai"}, "Chọn ngày"),
    ],
)
def test_a_price_that_cannot_be_says_why(
    operator: FlaskClient, change: dict[str, str], said: str
) -> None:
    status, page = press(operator, PATH, {**PRICE, **change})
    assert status == 422
    assert said in page
