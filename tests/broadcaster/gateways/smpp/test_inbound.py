"""A resident's text is whole, once, and from the phone it came from."""

import pytest

from broadcaster.gateways.smpp.inbound import (
    SAME_S,
    WAITS_S,
    Joiner,
    Part,
    as_inbound,
    e164,
    read_part,
)
from broadcaster.gateways.smpp.pdus import Delivery


def a_delivery(
    data: bytes,
    *,
    esm_class: int = 0,
    data_coding: int = 0,
    tlvs: dict[int, bytes] | None = None,
) -> Delivery:
    return Delivery(
        sender="84912000001",
        to="8088",
        esm_class=esm_class,
        data_coding=data_coding,
        data=data,
        tlvs=tlvs or {},
    )


def a_part(place: int, total: int, text: str, *, number: int = 9) -> Part:
    return Part(
        sender="+84912000001",
        to="8088",
        text=text,
        number=number,
        total=total,
        place=place,
    )


@pytest.mark.parametrize(
    ("data", "coding", "text"),
    [
        (b"TC", 0, "TC"),
        (b"\x00", 0, "@"),
        ("TỪ CHỐI".encode("utf-16-be"), 8, "TỪ CHỐI"),
        (b"\xe0", 3, "à"),
    ],
)
def test_a_text_is_read_by_its_coding(data: bytes, coding: int, text: str) -> None:
    part = read_part(a_delivery(data, data_coding=coding), charset="gsm7")
    assert (part.sender, part.to) == ("+84912000001", "8088")
    assert (part.text, part.total, part.place) == (text, 1, 1)


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (b"\x05\x00\x03\x09\x02\x01", (9, 2, 1)),
        (b"\x06\x08\x04\x01\x09\x02\x02", (0x109, 2, 2)),
        (b"\x08\x24\x01\x00\x00\x03\x09\x02\x01", (9, 2, 1)),
        (b"\x05\x00\x03\x09\x02\x03", (0, 1, 1)),
        (b"\x05\x00\x03\x09\x02\x00", (0, 1, 1)),
        (b"\x03\x05\x01\x00", (0, 1, 1)),
        (b"\x05\x00\x30\x09\x02\x01", (0, 1, 1)),
    ],
)
def test_a_header_says_which_part_it_is_or_nothing(
    header: bytes, place: tuple[int, int, int]
) -> None:
    part = read_part(a_delivery(header + b"TC", esm_class=0x40), charset="gsm7")
    assert (part.number, part.total, part.place) == place
    assert part.text == "TC"


def test_parameters_say_which_part_it_is() -> None:
    tlvs = {0x20C: b"\x01\x09", 0x20E: b"\x03", 0x20F: b"\x02"}
    part = read_part(a_delivery(b"TC", tlvs=tlvs), charset="gsm7")
    assert (part.number, part.total, part.place) == (0x109, 3, 2)


def test_parts_make_a_text_in_any_order_and_repeated() -> None:
    joiner = Joiner()
    assert joiner.add(a_part(2, 3, "b"), now=0) is None
    assert joiner.add(a_part(2, 3, "b"), now=0) is None
    assert joiner.add(a_part(1, 2, "x", number=8), now=0) is None
    assert joiner.add(a_part(3, 3, "c"), now=0) is None
    assert joiner.add(a_part(1, 3, "a"), now=0) == "abc"


def test_a_text_that_could_not_be_kept_is_whole_again_when_it_is_repeated() -> None:
    joiner = Joiner()
    joiner.add(a_part(1, 2, "a"), now=0)
    assert joiner.add(a_part(2, 2, "b"), now=0) == "ab"
    assert joiner.add(a_part(2, 2, "b"), now=0) == "ab"
    joiner.done(a_part(2, 2, "b"))
    assert joiner.add(a_part(2, 2, "b"), now=0) is None


def test_what_stays_incomplete_is_read_as_far_as_it_came() -> None:
    joiner = Joiner()
    joiner.add(a_part(3, 3, "c"), now=0)
    joiner.add(a_part(1, 3, "a"), now=50)
    assert joiner.overdue(now=WAITS_S - 1) == []
    [(part, text)] = joiner.overdue(now=WAITS_S)
    assert text == "ac"
    joiner.done(part)
    assert joiner.overdue(now=WAITS_S) == []


def test_what_comes_again_is_the_same_text_and_the_next_days_is_another() -> None:
    part = a_part(1, 1, "TC")
    first = as_inbound(part, "TC", now=0)
    assert as_inbound(part, "TC", now=SAME_S - 1) == first
    ids = {
        first.provider_id,
        as_inbound(part, "TC", now=86_400).provider_id,
        as_inbound(part, "DK", now=0).provider_id,
    }
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("address", "phone"),
    [
        ("84912000001", "+84912000001"),
        ("+84912000001", "+84912000001"),
        ("0912000001", "+84912000001"),
        ("8088", "8088"),
        ("VIETTEL", "VIETTEL"),
        ("849", "849"),
    ],
)
def test_a_phone_has_its_country_and_a_short_number_none(
    address: str, phone: str
) -> None:
    assert e164(address) == phone
