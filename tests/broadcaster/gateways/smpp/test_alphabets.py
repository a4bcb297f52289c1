"""What a text is on the wire, and what octets from the wire say."""

import csv
from pathlib import Path

import pytest

from broadcaster.gateways.smpp.alphabets import (
    decode,
    encode_default,
    encode_ucs2,
    is_gsm7,
)
from broadcaster.rules.segments import Encoding, measure

VECTORS = Path(__file__).parents[3] / "data" / "gsm7_vectors.csv"
CONTROLS = {"\\t": "\t", "\\r": "\r", "\\n": "\n"}


def texts() -> list[str]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        found = [row["text"] for row in csv.DictReader(file)]
    for written, control in CONTROLS.items():
        found = [text.replace(written, control) for text in found]
    return found


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("Hop luc 7h30", b"Hop luc 7h30"),
        ("@", b"\x00"),
        ("_", b"\x11"),
        ("$", b"\x02"),
        ("à", b"\x7f"),
        ("é", b"\x05"),
        ("Ω", b"\x15"),
        ("€", b"\x1be"),
        ("[1|2]", b"\x1b<1\x1b@2\x1b>"),
        ("a\nb", b"a\nb"),
    ],
)
def test_the_default_alphabet_is_written_as_23_038_has_it(
    text: str, octets: bytes
) -> None:
    assert is_gsm7(text, charset="gsm7")
    assert encode_default(text, charset="gsm7") == octets
    assert decode(octets, coding=0, charset="gsm7") == text


def test_every_text_comes_back_as_it_was_and_costs_what_was_counted() -> None:
    for text in texts():
        counted = measure(text)
        if counted.encoding is Encoding.GSM7:
            octets = encode_default(text, charset="gsm7")
            assert len(octets) == counted.units
            assert decode(octets, coding=0, charset="gsm7") == text
        else:
            assert not is_gsm7(text, charset="gsm7")
            octets = encode_ucs2(text)
            assert len(octets) == 2 * counted.units
            assert decode(octets, coding=8, charset="gsm7") == text


def test_a_latin1_route_carries_what_both_alphabets_have() -> None:
    assert encode_default("[é@]", charset="latin1") == b"[\xe9@]"
    assert decode(b"[\xe9@]", coding=0, charset="latin1") == "[é@]"
    assert not is_gsm7("€", charset="latin1")
    assert not is_gsm7("Δ", charset="latin1")


def test_octets_that_are_no_text_are_read_all_the_same() -> None:
    assert decode(b"\x80a\x1b", coding=0, charset="gsm7") == "?a"
    assert decode(b"\x1b\x02b", coding=0, charset="gsm7") == " b"
    assert decode(b"\x00a\x00", coding=8, charset="gsm7") == "a\ufffd"
    assert decode(b"\xff", coding=4, charset="gsm7") == "ÿ"
