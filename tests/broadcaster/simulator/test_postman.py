"""The network's signature is Twilio's own, judged by its SDK."""

import pytest
from twilio.request_validator import RequestValidator

from broadcaster.simulator.postman import signature

TOKEN = "a-token"
URL = "https://loa.example/callbacks/twilio?ref=0192&x=%20"


@pytest.mark.parametrize(
    "form",
    [
        {"To": "+84912345678", "Body": "Lĩnh lương 8h\nngày 11/12", "ErrorCode": ""},
        {"b": "2", "a": "1", "B": "3"},
        {},
    ],
    ids=["letters", "order", "nothing"],
)
def test_a_signature_is_the_one_that_the_sdk_expects(form: dict[str, str]) -> None:
    judge = RequestValidator(TOKEN)
    assert signature(TOKEN, URL, form) == judge.compute_signature(URL, form)
    assert signature("another", URL, form) != judge.compute_signature(URL, form)
