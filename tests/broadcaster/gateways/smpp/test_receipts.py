"""A receipt is read however its route writes it, and nothing else is taken for one."""

import pytest

from broadcaster.gateways.smpp.pdus import Delivery
from broadcaster.gateways.smpp.receipts import (
    WORDS,
    answered_id,
    is_receipt,
    read_receipt,
    receipted_id,
)
from broadcaster.ports import Receipt, ReceiptKind, ReceiptStatus

USUAL = (
    b"id:0123456789 sub:001 dlvrd:001 submit date:2611221134 done date:2611221135 "
    b"stat:DELIVRD err:000 text:Thong bao"
)
ID_TAG, STATE_TAG = 0x001E, 0x0427


def a_delivery(
    data: bytes = USUAL,
    *,
    esm_class: int = 4,
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


def read(delivery: Delivery, *, ids: str = "same") -> Receipt | None:
    return read_receipt(delivery, ids=ids, kind=ReceiptKind.HANDSET)


@pytest.mark.parametrize(
    "data",
    [
        USUAL,
        USUAL.replace(b"text:", b"TEXT:"),
        b"ID:0123456789 SUB:001 STAT:delivrd ERR:000 Text:",
        b"id: 0123456789 stat: DELIVRD",
        b"stat:DELIVRD id:0123456789",
        USUAL[:-9] + "Thông báo".encode("utf-16-be"),
        USUAL[:-9] + b"\xff\x00\xfe stat:UNDELIV id:9",
    ],
)
def test_a_receipt_in_words_is_read(data: bytes) -> None:
    receipt = read(a_delivery(data))
    assert receipt is not None
    assert receipt.provider_id == "0123456789"
    assert receipt.status is ReceiptStatus.DELIVERED
    assert (receipt.raw_status, receipt.code) == ("DELIVRD", None)
    assert receipt.reference is None


@pytest.mark.parametrize("coding", [0, 3, 8])
def test_ascii_words_are_read_whatever_the_coding_says(coding: int) -> None:
    receipt = read(a_delivery(data_coding=coding))
    assert receipt is not None
    assert receipt.status is ReceiptStatus.DELIVERED


def test_words_in_ucs2_are_read() -> None:
    data = USUAL.decode().encode("utf-16-be")
    receipt = read(a_delivery(data, data_coding=8))
    assert receipt is not None
    assert (receipt.provider_id, receipt.raw_status) == ("0123456789", "DELIVRD")


def test_the_parameter_names_the_text_before_the_words_do() -> None:
    receipt = read(a_delivery(tlvs={ID_TAG: b"abc\0"}))
    assert receipt is not None
    assert receipt.provider_id == "abc"


def test_a_receipt_in_parameters_only_is_read() -> None:
    receipt = read(a_delivery(b"", tlvs={ID_TAG: b"abc\0", STATE_TAG: b"\x05"}))
    assert receipt is not None
    assert receipt.status is ReceiptStatus.UNDELIVERED
    assert receipt.raw_status == "UNDELIV"


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_of_the_table_is_obeyed(word: str) -> None:
    receipt = read(a_delivery(USUAL.replace(b"DELIVRD", word.encode())))
    assert receipt is not None
    assert receipt.status is WORDS[word]


@pytest.mark.parametrize("word", ["UNKNOWN", "HELD"])
def test_a_word_nobody_knows_is_kept_and_moves_nothing(word: str) -> None:
    receipt = read(a_delivery(USUAL.replace(b"DELIVRD", word.encode())))
    assert receipt is not None
    assert (receipt.status, receipt.raw_status) == (None, word)


def test_an_error_is_kept_with_the_failure() -> None:
    words = USUAL.replace(b"DELIVRD", b"UNDELIV").replace(b"err:000", b"err:069")
    receipt = read(a_delivery(words))
    assert receipt is not None
    assert (receipt.status, receipt.code) == (ReceiptStatus.UNDELIVERED, "069")


def test_the_networks_word_is_not_the_handsets() -> None:
    receipt = read_receipt(a_delivery(), ids="same", kind=ReceiptKind.NETWORK)
    assert receipt is not None
    assert receipt.status is ReceiptStatus.ACKNOWLEDGED


def test_a_receipt_without_an_id_is_none() -> None:
    assert read(a_delivery(b"stat:DELIVRD text:id:5")) is None


@pytest.mark.parametrize(
    ("esm_class", "is_one"),
    [(0x00, False), (0x04, True), (0x44, True), (0x20, True), (0x08, False)],
)
def test_only_what_the_smsc_marks_is_a_receipt(esm_class: int, *, is_one: bool) -> None:
    assert is_receipt(a_delivery(esm_class=esm_class)) is is_one


@pytest.mark.parametrize(
    ("ids", "answered", "receipted"),
    [
        ("same", "0A1b", "0A1b"),
        ("hex_to_decimal", "1000", "000003E8"),
        ("hex_to_decimal", "0001000", "3e8"),
        ("decimal_to_hex", "000003E8", "1000"),
        ("decimal_to_hex", "3e8", "0001000"),
        ("hex_to_decimal", "not-a-number", "not-a-number"),
    ],
)
def test_an_id_is_the_same_in_the_answer_and_in_the_receipt(
    ids: str, answered: str, receipted: str
) -> None:
    assert answered_id(answered, ids) == receipted_id(receipted, ids)


def test_two_texts_never_share_an_id() -> None:
    assert answered_id("10", "decimal_to_hex") != answered_id("16", "decimal_to_hex")
    assert receipted_id("10", "hex_to_decimal") == "16"
