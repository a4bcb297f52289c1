"""What a carrier's letter says is checked before a line is dialled."""

import pytest

from broadcaster.errors import ConfigurationError
from tests.broadcaster.gateways.smpp.ends import a_gateway


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ("password", "ninechars"),
        ("system_id", "a-name-too-long."),
        ("system_type", "a-type-of-13."),
        ("window", "0"),
        ("window", "201"),
        ("port", "65536"),
        ("long_texts", "both"),
        ("receipt_ids", "octal"),
        ("charset", "utf-8"),
        ("source_ton", "256"),
        ("enquire_link_s", "0"),
        ("bind", "outbind"),
    ],
)
def test_a_setting_that_cannot_be_is_told(option: str, word: str) -> None:
    with pytest.raises(ConfigurationError, match=f"LOA_GATEWAY_{option.upper()}"):
        a_gateway(**({"port": "2775"} | {option: word}))


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        a_gateway("2775", host="", system_id="", password="")
    assert len(refused.value.missing) == 3


def test_a_demo_never_dials_a_real_carrier() -> None:
    with pytest.raises(ConfigurationError, match="this machine"):
        a_gateway("2775", host="smsc.example")


def test_the_longest_names_fit() -> None:
    gateway = a_gateway("2775", password="8letters", system_id="x" * 15)
    assert gateway.capabilities.own_process


def test_a_pace_and_a_window_are_the_operators() -> None:
    told = a_gateway("2775", window="200", segments_per_second="50").capabilities
    assert (told.connections, told.segments_per_second) == (200, 50.0)
    assert told.window == 500
    assert a_gateway("2775").capabilities.window == 50


def test_who_does_not_want_residents_texts_says_so() -> None:
    assert a_gateway("2775").capabilities.inbound
    assert not a_gateway("2775", inbound="no").capabilities.inbound
