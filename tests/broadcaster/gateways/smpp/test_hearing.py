"""What an SMSC brings is answered once it is kept, and asked for again if it is not."""

import struct
from threading import Event

import pytest

from broadcaster.gateways.smpp.hearing import MOST_WAITING
from broadcaster.ports import Blame, Inbound, ReceiptStatus, Verdict
from tests.broadcaster.gateways.peers import a_submission, submit_one
from tests.broadcaster.gateways.smpp.conftest import Dial
from tests.broadcaster.gateways.smpp.ends import Listener, bound
from tests.smsc import RECEIPT, Smsc

BAD_SENDER = 0x0A
TEMPORARY, PERMANENT = 0x64, 0x65
WITHIN_S = 30.0


def test_an_answer_that_comes_too_late_settles_the_doubt(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    gateway = dial(response_timeout_s="0.3")
    bound(centre)
    centre.answer_next({"delay_s": 1.0})
    text = a_submission()
    assert submit_one(gateway, text).verdict is Verdict.IN_DOUBT
    [receipt] = listener.receipts(1)
    assert receipt.reference == str(text.reference)
    assert receipt.status is ReceiptStatus.ACCEPTED
    assert receipt.provider_id == centre.texts()[0]["id"]


def test_a_refusal_that_comes_too_late_settles_it_too(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    gateway = dial(response_timeout_s="0.3")
    bound(centre)
    centre.answer_next({"delay_s": 1.0, "status": BAD_SENDER})
    submit_one(gateway, a_submission())
    [receipt] = listener.receipts(1)
    assert receipt.status is ReceiptStatus.REFUSED
    assert (receipt.code, receipt.blame) == ("0xA", Blame.OURS)


@pytest.mark.parametrize(
    ("ids", "receipt_ids", "option"),
    [
        ("decimal", "decimal", "same"),
        ("hex", "hex", "same"),
        ("decimal", "hex", "hex_to_decimal"),
        ("hex", "decimal", "decimal_to_hex"),
    ],
)
def test_a_receipt_names_the_text_in_either_notation(
    centre: Smsc,
    dial: Dial,
    listener: Listener,
    ids: str,
    receipt_ids: str,
    option: str,
) -> None:
    gateway = dial(receipt_ids=option)
    centre.script(receipts="twice", ids=ids, receipt_ids=receipt_ids)
    taken = submit_one(gateway, a_submission())
    assert taken.provider_id
    named = [receipt.provider_id for receipt in listener.receipts(2)]
    assert named == [taken.provider_id] * 2


def test_a_text_that_could_not_be_kept_is_asked_for_again(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    dial()
    bound(centre)
    listener.refuses = 1
    words = b"id:5 stat:DELIVRD err:000"
    assert centre.answer_to(centre.deliver(words, esm_class=RECEIPT)) == TEMPORARY
    assert centre.answer_to(centre.deliver(words, esm_class=RECEIPT)) == 0
    [receipt] = listener.receipts(1)
    assert receipt.provider_id == "5"


def test_a_listener_that_fails_has_kept_nothing(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    def fail(_event: object) -> None:
        raise LookupError

    dial()
    bound(centre)
    listener.act = fail
    assert centre.answer_to(centre.deliver(b"TC")) == TEMPORARY


def test_a_residents_long_text_is_heard_once_and_whole(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    dial()
    bound(centre)
    for place, words in ((2, b" H26.32"), (1, b"HS")):
        header = bytes([5, 0, 3, 9, 2, place])
        assert centre.answer_to(centre.deliver(header + words, esm_class=0x40)) == 0
    [inbound] = listener.inbound(1)
    assert inbound == Inbound(
        provider_id=inbound.provider_id,
        sender="+84912000001",
        to="8088",
        text="HS H26.32",
    )


def test_a_data_sm_is_heard_and_answered(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    dial()
    bound(centre)
    brought = centre.deliver(
        b"", is_data=1, esm_class=RECEIPT, tlvs={"receipted_message_id": b"77\0"}
    )
    assert centre.answer_to(brought) == 0
    [receipt] = listener.receipts(1)
    assert receipt.provider_id == "77"


def test_a_handsets_own_acknowledgement_is_answered_and_no_text(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    dial()
    bound(centre)
    assert centre.answer_to(centre.deliver(b"read", esm_class=0x08)) == 0
    assert centre.answer_to(centre.deliver(b"TC")) == 0
    assert [event.text for event in listener.inbound(1)] == ["TC"]


def test_a_delivery_that_is_broken_is_refused_for_good(
    centre: Smsc, dial: Dial
) -> None:
    dial()
    bound(centre)
    centre.write(struct.pack(">4L", 20, 0x5, 0, 4_242) + b"\0ab\0")
    assert centre.answer_to(4_242) == PERMANENT


def test_more_than_can_be_kept_is_asked_for_again_and_nothing_is_lost(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    gateway, go_on = dial(), Event()
    bound(centre)
    listener.act = lambda _event: bool(go_on.wait(WITHIN_S))
    brought = [
        centre.deliver(f"id:{number} stat:DELIVRD".encode(), esm_class=RECEIPT)
        for number in range(MOST_WAITING + 5)
    ]
    assert {centre.answer_to(late) for late in brought[-5:]} == {TEMPORARY}
    assert submit_one(gateway, a_submission()).verdict is Verdict.ACCEPTED
    go_on.set()
    assert len(listener.receipts(MOST_WAITING)) == MOST_WAITING
    assert centre.answer_to(brought[0]) == 0
