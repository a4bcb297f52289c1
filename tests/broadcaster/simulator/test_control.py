"""The tests' own interface refuses what it cannot do, and says why."""

import pytest

from tests.telco import Telco


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("PUT", "/sim/weather", {"sunshine": 1}, "sunshine: unknown field"),
        ("PUT", "/sim/weather", {"lose_receipts": 2}, "from 0 to 1"),
        ("PUT", "/sim/weather", {"delay_ms": -1}, "whole number"),
        ("PUT", "/sim/weather", {"delay_ms": True}, "must be a number"),
        ("PUT", "/sim/weather", {"outage": "Viettel"}, "list of carriers"),
        ("PUT", "/sim/weather", ["rain"], "JSON object"),
        ("PUT", "/sim/handsets/+84365550101", {"state": "wet"}, "must be one of"),
        ("PUT", "/sim/handsets/0365550101", {"state": "ok"}, "no Vietnamese number"),
        ("POST", "/sim/handsets/+84365550101/text", {"body": " "}, "1 to 1600"),
    ],
)
def test_a_bad_wish_is_refused_with_its_reason(
    telco: Telco, method: str, path: str, body: object, words: str
) -> None:
    status, answer = telco.call(method, path, body)
    assert status == 400
    assert words in answer


def test_a_bad_wish_changes_nothing_of_the_weather(telco: Telco) -> None:
    before = telco.ask("GET", "/sim/weather")
    telco.call("PUT", "/sim/weather", {"delay_ms": 9000, "lose_receipts": 2})
    assert telco.ask("GET", "/sim/weather") == before


def test_a_phone_that_is_off_cannot_write(telco: Telco) -> None:
    telco.set_handset("+84365550101", "off")
    path = "/sim/handsets/+84365550101/text"
    assert telco.call("POST", path, {"body": "TC"})[0] == 409


def test_the_named_handsets_are_listed(telco: Telco) -> None:
    handsets = telco.ask("GET", "/sim/handsets")
    assert len([h for h in handsets if h["on_wall"]]) == 24
    assert handsets[0] == {
        "e164": "+84365550101",
        "label": "Bà Phượng, 71",
        "model": "Nokia 105",
        "carrier": "Viettel",
        "skin": "feature",
        "state": "ok",
        "on_wall": True,
    }


def test_it_says_that_it_is_up(telco: Telco) -> None:
    assert telco.ask("GET", "/healthz") == {"ok": True}
