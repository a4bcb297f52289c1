"""Routes are set in a form, and read as sentences that a person can check."""

import pytest
from flask.testing import FlaskClient

from broadcaster.store.routing import Hop
from broadcaster.web.operator.carriers import CARRIERS
from broadcaster.web.operator.routes import sentence
from tests.broadcaster.web.operator.desk import press, read, set_up

LIST = "/operator/routes"
VIETTEL = "/operator/routes/Viettel"
SHARED = {
    "place-memory": "2",
    "share-memory": "30",
    "place-twilio-hanoi": "1",
    "share-twilio-hanoi": "70 %",
}


@pytest.fixture(autouse=True)
def two_gateways(operator: FlaskClient) -> None:
    set_up(operator)


def test_without_routes_the_order_of_the_gateways_is_said(
    operator: FlaskClient,
) -> None:
    page = read(operator, LIST)
    assert "tất cả đi bằng memory; khi hỏng: twilio-hanoi" in page
    assert all(carrier in page for carrier in CARRIERS)


def test_a_saved_route_is_read_as_a_sentence(operator: FlaskClient) -> None:
    status, page = press(operator, VIETTEL, {**SHARED, "do": "save"})
    assert status == 200
    assert "Viettel: 70 % twilio-hanoi, 30 % memory; khi một cổng hỏng" in page
    form = operator.get(VIETTEL).get_data(as_text=True)
    assert 'name="share-twilio-hanoi" type="text" value="70"' in form
    assert 'name="place-memory" type="text" value="2"' in form


def test_a_route_is_removed(operator: FlaskClient) -> None:
    press(operator, VIETTEL, {**SHARED, "do": "save"})
    status, page = press(operator, VIETTEL, {"do": "remove"})
    assert status == 200
    assert "Đã bỏ tuyến gửi: Viettel" in page
    assert "70 %" not in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"share-memory": "40"}, "đúng 100, đang là 110"),
        ({"place-memory": "1"}, "Hai cổng cùng một thứ tự"),
        ({"place-memory": ""}, "Thứ tự là số"),
        ({"share-memory": "ba"}, "Phần trăm là số"),
        ({"share-memory": "130"}, "Phần trăm là số"),
        (dict.fromkeys(SHARED, ""), "Chưa chọn cổng nào"),
    ],
)
def test_a_route_that_does_not_add_up_says_why_and_keeps_what_was_typed(
    operator: FlaskClient, change: dict[str, str], said: str
) -> None:
    form = {**SHARED, **change, "do": "save"}
    status, page = press(operator, VIETTEL, form)
    assert status == 422
    assert said in page
    assert f'name="share-memory" type="text" value="{form["share-memory"]}"' in page


def test_a_gateway_of_a_route_that_is_switched_off_is_named(
    operator: FlaskClient,
) -> None:
    press(operator, VIETTEL, {**SHARED, "do": "save"})
    page = "/operator/gateways/twilio-hanoi"
    press(operator, page, {"to": "off"}, to=f"{page}/switch")
    assert "cổng đang tắt hoặc không còn: twilio-hanoi" in read(operator, LIST)


def test_a_gateway_of_zalo_is_not_offered(operator: FlaskClient) -> None:
    zalo = {
        "name": "zalo-1",
        "option-app_id": "1",
        "option-app_secret": "secret",
        "option-oa_id": "2",
        "option-oa_secret": "secret",
        "option-refresh_token": "token",
    }
    assert press(operator, "/operator/gateways/new/zalo", zalo)[0] == 200
    assert "zalo-1" not in read(operator, VIETTEL)


def test_an_unknown_carrier_is_an_unknown_page(operator: FlaskClient) -> None:
    assert operator.get("/operator/routes/Pigeon").status_code == 404
    assert operator.get("/operator/routes/all").status_code == 200


def test_a_sentence_tells_who_shares_and_who_stands_in() -> None:
    hops = [
        Hop(gateway="esms", share=70),
        Hop(gateway="kannel", share=30),
        Hop(gateway="twilio", share=0),
    ]
    said = sentence("Viettel", hops)
    assert said == "Viettel: 70 % esms, 30 % kannel; khi hỏng: twilio."
    alone = sentence("", [Hop(gateway="esms", share=100)])
    assert alone == "Mọi nhà mạng: 100 % esms; khi hỏng: chờ, không có cổng gửi thay."
