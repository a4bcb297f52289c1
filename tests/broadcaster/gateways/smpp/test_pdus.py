"""A frame is taken apart as it says, and one that lies is found out."""

import asyncio
import struct
from typing import Any

import pytest

from broadcaster.gateways.smpp.pdus import (
    DATA_SM,
    DELIVER_SM,
    LONGEST,
    SUBMIT_SM_RESP,
    BrokenPduError,
    Pdu,
    StreamLostError,
    read_delivery,
    read_pdu,
)
from broadcaster.gateways.smpp.writing import frame

HEADER = 16
TLV_ID = b"\x00\x1e\x00\x04abc\x00"
TLV_VENDOR = b"\x14\x00\x00\x02\x01\x02"


def read(octets: bytes) -> list[Pdu]:
    async def read_all() -> list[Pdu]:
        reader = asyncio.StreamReader()
        reader.feed_data(octets)
        reader.feed_eof()
        found = []
        while not reader.at_eof():
            found.append(await read_pdu(reader))
        return found

    return asyncio.run(read_all())


def delivery_body(**fields: Any) -> bytes:
    usual: dict[str, Any] = {"source_addr": "84912000001", "destination_addr": "8088"}
    return frame("deliver_sm", 1, **usual | fields)[HEADER:]


def deliver(body: bytes, *, command: int = DELIVER_SM) -> Pdu:
    return Pdu(command=command, status=0, sequence=1, body=body)


def test_frames_that_come_together_are_two() -> None:
    first, second = read(frame("enquire_link", 7) + frame("unbind", 8))
    assert (first.sequence, second.sequence) == (7, 8)
    assert not first.is_response


@pytest.mark.parametrize("length", [0, 15, LONGEST + 1, 0xFFFFFFFF, 0x48545450])
def test_a_length_that_cannot_be_ends_the_stream(length: int) -> None:
    with pytest.raises(StreamLostError):
        read(struct.pack(">4L", length, 4, 0, 1) + b"\0" * 20)


def test_a_frame_cut_short_is_the_end() -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        read(frame("enquire_link", 7)[:10])


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        (b"abc\0", "abc"),
        (b"abc", "abc"),
        (b"abc\0" + TLV_VENDOR, "abc"),
        (b"abc\0\x00\x1d\x00\x03ok\x00", "abc"),
        (b"\0", None),
        (b"", None),
    ],
)
def test_the_id_of_an_answer_is_read_whatever_stands_behind_it(
    body: bytes, message_id: str | None
) -> None:
    pdu = Pdu(command=SUBMIT_SM_RESP, status=0, sequence=1, body=body)
    assert pdu.is_response
    assert pdu.message_id == message_id


def test_a_delivery_and_its_parameters_are_read() -> None:
    body = delivery_body(short_message=b"TC", data_coding=8, esm_class=0x40)
    read_ = read_delivery(deliver(body + TLV_VENDOR + TLV_ID))
    assert (read_.sender, read_.to, read_.data) == ("84912000001", "8088", b"TC")
    assert (read_.data_coding, read_.esm_class) == (8, 0x40)
    assert read_.tlv("receipted_message_id") == b"abc\0"
    assert read_.tlvs[0x1400] == b"\x01\x02"


def test_a_payload_is_the_text_where_there_is_no_other() -> None:
    body = delivery_body(message_payload=b"long")
    assert read_delivery(deliver(body)).data == b"long"


def test_a_data_sm_is_read_too() -> None:
    octets = frame(
        "data_sm",
        1,
        source_addr="84912000001",
        destination_addr="8088",
        esm_class=4,
        message_payload=b"id:5",
    )
    read_ = read_delivery(deliver(octets[HEADER:], command=DATA_SM))
    assert (read_.to, read_.esm_class, read_.data) == ("8088", 4, b"id:5")


def test_a_parameter_cut_short_spoils_nothing_before_it() -> None:
    body = delivery_body(short_message=b"TC") + TLV_ID + b"\x04\x24\x00\x09ab"
    read_ = read_delivery(deliver(body))
    assert (read_.data, list(read_.tlvs)) == (b"TC", [0x1E])


def test_every_body_cut_short_is_broken_and_none_is_misread() -> None:
    whole = delivery_body(short_message=b"TC")
    for length in range(len(whole)):
        with pytest.raises(BrokenPduError):
            read_delivery(deliver(whole[:length]))
