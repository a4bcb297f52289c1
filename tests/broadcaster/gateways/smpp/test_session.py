"""A line to an SMSC of another author: kept, lost, found again, nothing sent twice."""

import socket
import struct
from collections import Counter

import pytest

from broadcaster.gateways.smpp import SmppGateway
from broadcaster.gateways.smpp.sending import Patience
from broadcaster.ports import (
    Blame,
    Inbound,
    Outcome,
    ReceiptStatus,
    Submission,
    Verdict,
)
from tests.broadcaster.gateways.peers import a_submission, always, submit_one
from tests.broadcaster.gateways.smpp.conftest import Dial
from tests.broadcaster.gateways.smpp.ends import Listener, a_gateway
from tests.smsc import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    ENQUIRE_LINK,
    GENERIC_NACK,
    RECEIPT,
    UNBIND,
    Smsc,
)
from tests.telco import until

LONG = "Thong bao 0123456789 " * 12
SAID_BACK = 0x8000_0000
THROTTLED, QUEUE_FULL, BAD_SENDER = 0x58, 0x14, 0x0A
TEMPORARY, PERMANENT = 0x64, 0x65


def long_text(number: int = 1) -> Submission:
    return a_submission(number, body=LONG)


def bound(centre: Smsc) -> None:
    until(lambda: centre.bound() == [BIND_TRANSCEIVER])


def send(gateway: SmppGateway, count: int) -> list[Outcome]:
    texts = [a_submission(number) for number in range(1, count + 1)]
    return gateway.submit(texts, may_start=always)


def test_a_process_that_does_not_listen_sends_nothing(centre: Smsc) -> None:
    outcome = submit_one(a_gateway(centre.port), a_submission())
    assert (outcome.verdict, outcome.code) == (Verdict.NOT_SENT, "not_linked")


def test_who_hangs_up_says_goodbye_and_sends_nothing_more(
    centre: Smsc, dial: Dial
) -> None:
    gateway = dial()
    submit_one(gateway, a_submission())
    gateway.hang_up()
    assert centre.said(UNBIND) == 1
    assert submit_one(gateway, a_submission()).code == "not_linked"
    gateway.hang_up()


def test_a_line_may_be_opened_again(dial: Dial, listener: Listener) -> None:
    gateway = dial()
    gateway.listen(listener.hear)
    gateway.hang_up()
    gateway.listen(listener.hear)
    assert submit_one(gateway, a_submission()).verdict is Verdict.ACCEPTED


def test_a_pair_sends_by_one_session_and_hears_by_the_other(
    centre: Smsc, dial: Dial, listener: Listener
) -> None:
    gateway = dial(bind="pair")
    until(lambda: centre.bound() == [BIND_RECEIVER, BIND_TRANSMITTER])
    centre.script(receipts="after")
    taken = submit_one(gateway, a_submission())
    [receipt] = listener.receipts(1)
    assert receipt.provider_id == taken.provider_id


def test_a_silent_line_is_asked_and_asks(centre: Smsc, dial: Dial) -> None:
    dial(enquire_link_s="0.2")
    until(lambda: centre.said(ENQUIRE_LINK) >= 2)
    centre.enquire()
    until(lambda: centre.said(SAID_BACK | ENQUIRE_LINK) == 1)


def test_a_line_that_answers_nothing_is_dialled_again(centre: Smsc, dial: Dial) -> None:
    dial(enquire_link_s="0.2", response_timeout_s="0.3")
    bound(centre)
    centre.script(mute=1)
    until(lambda: centre.said(BIND_TRANSCEIVER) >= 2)
    centre.script()
    until(lambda: BIND_TRANSCEIVER in centre.bound())


def test_a_cut_line_comes_back_and_what_had_not_left_is_sent(
    centre: Smsc, dial: Dial
) -> None:
    gateway = dial(window="4")
    bound(centre)
    centre.answer_next({}, {}, {"mode": "drop"})
    outcomes = send(gateway, 20)
    doubts = [o.message_id for o in outcomes if o.verdict is Verdict.IN_DOUBT]
    taken = [o.message_id for o in outcomes if o.verdict is Verdict.ACCEPTED]
    assert 1 <= len(doubts) <= 4
    assert sorted(doubts + taken) == list(range(1, 21))
    came = Counter(text["destination_addr"] for text in centre.texts())
    assert set(came.values()) == {1}
    assert len(taken) < len(came) <= 20


def test_an_smsc_that_asks_to_leave_gets_nothing_more_until_it_is_back(
    centre: Smsc, dial: Dial
) -> None:
    gateway = dial()
    bound(centre)
    centre.unbind()
    until(lambda: centre.said(SAID_BACK | UNBIND) == 1)
    assert submit_one(gateway, a_submission()).verdict is Verdict.ACCEPTED
    assert centre.said(BIND_TRANSCEIVER) == 2


def test_a_wrong_password_is_no_connection(centre: Smsc, dial: Dial) -> None:
    outcome = submit_one(dial(password="wrong"), a_submission())
    assert (outcome.verdict, outcome.code) == (Verdict.NOT_SENT, "unreachable")
    assert centre.texts() == []


def test_a_port_where_nobody_listens_is_no_connection(listener: Listener) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        gateway = a_gateway(taken.getsockname()[1])
        gateway.listen(listener.hear)
        outcome = submit_one(gateway, a_submission())
        gateway.hang_up()
    assert (outcome.verdict, outcome.code) == (Verdict.NOT_SENT, "unreachable")


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


def test_parameters_in_an_answer_leave_its_id_as_it_is(
    centre: Smsc, dial: Dial
) -> None:
    gateway = dial()
    centre.script(tlv=1)
    assert submit_one(gateway, a_submission()).provider_id == centre.texts()[0]["id"]


def test_a_nack_is_a_refusal(centre: Smsc, dial: Dial) -> None:
    gateway = dial()
    centre.script(mode="nack", status=3)
    outcome = submit_one(gateway, a_submission())
    assert (outcome.verdict, outcome.code) == (Verdict.ELSEWHERE, "0x3")


@pytest.mark.parametrize("way", ["udh", "sar", "payload"])
@pytest.mark.parametrize("words", [LONG, "Sáng mai trả lương hưu. " * 8])
def test_a_long_text_is_shown_whole_whichever_way_it_goes(
    centre: Smsc, dial: Dial, way: str, words: str
) -> None:
    text = a_submission(body=words)
    outcome = submit_one(dial(long_texts=way), text)
    assert outcome.verdict is Verdict.ACCEPTED
    assert centre.received(text.to) == [words]
    sent = centre.texts()
    assert [part["registered_delivery"] for part in sent][-1] == 1
    assert outcome.provider_id == sent[-1]["id"]
    assert bool(sent[0]["is_payload"]) is (way == "payload")


@pytest.mark.parametrize("status", [THROTTLED, QUEUE_FULL])
def test_a_later_part_that_has_to_wait_is_handed_in_again(
    centre: Smsc, dial: Dial, status: int
) -> None:
    text, gateway = long_text(), dial()
    centre.answer_next({}, {"status": status})
    assert submit_one(gateway, text).verdict is Verdict.ACCEPTED
    assert centre.received(text.to) == [LONG]


def test_a_first_part_that_is_refused_leaves_nothing_there(
    centre: Smsc, dial: Dial
) -> None:
    gateway = dial()
    centre.answer_next({"status": THROTTLED})
    outcome = submit_one(gateway, long_text())
    assert (outcome.verdict, outcome.code) == (Verdict.LATER, "0x58")
    assert len(centre.texts()) == 1


@pytest.mark.parametrize("how", [{"status": BAD_SENDER}, {"mode": "drop"}])
def test_a_text_of_which_a_part_is_there_is_never_sent_anew(
    centre: Smsc, dial: Dial, how: dict[str, object]
) -> None:
    gateway = dial()
    bound(centre)
    centre.answer_next({}, how)
    assert submit_one(gateway, long_text()).verdict is Verdict.IN_DOUBT
    assert len(centre.texts()) == 2


def test_a_busy_smsc_is_left_alone_longer_each_time() -> None:
    patience = Patience()
    waits = [patience.refused(now=at) for at in (0, 0.5, 1.0, 2.9, 3.0, 100, 200)]
    assert waits == [1.0, 1.0, 2.0, 2.0, 4.0, 8.0, 16.0]
    for at in range(300, 1_000, 100):
        assert patience.refused(now=at) <= 60.0
    patience.taken()
    assert patience.refused(now=1_000) == 1.0


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


def test_a_command_nobody_knows_is_answered_so(centre: Smsc, dial: Dial) -> None:
    gateway = dial()
    bound(centre)
    centre.write(struct.pack(">4L", 16, 0x0123, 0, 9))
    until(lambda: centre.said(GENERIC_NACK) == 1)
    assert submit_one(gateway, a_submission()).verdict is Verdict.ACCEPTED
    assert centre.said(BIND_TRANSCEIVER) == 1
