"""Whatever octets come, they are read or refused, and nothing breaks over them."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.gateways.smpp.inbound import Joiner, as_inbound, read_part
from broadcaster.gateways.smpp.pdus import (
    DATA_SM,
    DELIVER_SM,
    BrokenPduError,
    Delivery,
    Pdu,
    StreamLostError,
    read_delivery,
    read_pdu,
)
from broadcaster.gateways.smpp.receipts import read_receipt
from broadcaster.ports import ReceiptKind
from tests.broadcaster.gateways.peers import a_submission, submit_one
from tests.broadcaster.gateways.smpp.conftest import Dial
from tests.smsc import BIND_TRANSCEIVER, Smsc
from tests.telco import until

DELIVERIES = st.builds(
    Delivery,
    sender=st.text(max_size=20),
    to=st.text(max_size=20),
    esm_class=st.integers(0, 255),
    data_coding=st.sampled_from([0, 1, 3, 4, 8, 255]),
    data=st.binary(max_size=255),
    tlvs=st.dictionaries(
        st.sampled_from([0x1E, 0x20C, 0x20E, 0x20F, 0x424, 0x427]),
        st.binary(max_size=12),
    ),
)
IDS = st.sampled_from(["same", "hex_to_decimal", "decimal_to_hex"])


@given(st.binary(max_size=300), st.sampled_from([DELIVER_SM, DATA_SM]))
def test_a_body_of_any_octets_is_read_or_found_broken(
    octets: bytes, command: int
) -> None:
    pdu = Pdu(command=command, status=0, sequence=1, body=octets)
    try:
        delivery = read_delivery(pdu)
    except BrokenPduError:
        return
    assert len(delivery.data) <= len(octets)


@given(DELIVERIES, IDS)
def test_any_receipt_has_an_id_or_is_none(delivery: Delivery, ids: str) -> None:
    receipt = read_receipt(delivery, ids=ids, kind=ReceiptKind.HANDSET)
    assert receipt is None or receipt.provider_id
    assert receipt is None or receipt.raw_status


@given(DELIVERIES, st.sampled_from(["gsm7", "latin1"]))
def test_any_text_is_a_text_that_can_be_stored(
    delivery: Delivery, charset: str
) -> None:
    part = read_part(delivery, charset=charset)
    assert 1 <= part.place <= part.total
    inbound = as_inbound(part, part.text, now=0)
    assert inbound.text.encode().decode() == inbound.text
    joined = Joiner().add(part, now=0)
    assert (joined is None) == (part.total > 1)


@given(st.binary(max_size=200))
def test_any_stream_ends_in_a_way_that_is_known(octets: bytes) -> None:
    async def read_all() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(octets)
        reader.feed_eof()
        while True:
            await read_pdu(reader)

    with pytest.raises((StreamLostError, asyncio.IncompleteReadError)):
        asyncio.run(read_all())


@pytest.mark.parametrize(
    "octets", [b"\xff" * 64, b"HTTP/1.1 400 Bad\r\n\r\n", b"\0" * 16]
)
def test_a_line_on_which_nonsense_comes_is_dialled_again(
    centre: Smsc, dial: Dial, octets: bytes
) -> None:
    gateway = dial()
    until(centre.bound)
    centre.write(octets)
    until(lambda: centre.said(BIND_TRANSCEIVER) == 2)
    assert submit_one(gateway, a_submission()).provider_id
