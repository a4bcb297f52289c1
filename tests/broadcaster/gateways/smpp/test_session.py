"""A line to an SMSC of another author: kept, lost, found again, nothing sent twice."""

import socket
import struct
from collections import Counter

from broadcaster.gateways.smpp import SmppGateway
from broadcaster.ports import Outcome, Verdict
from tests.broadcaster.gateways.peers import a_submission, always, submit_one
from tests.broadcaster.gateways.smpp.conftest import Dial
from tests.broadcaster.gateways.smpp.ends import Listener, a_gateway, bound
from tests.smsc import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    ENQUIRE_LINK,
    GENERIC_NACK,
    UNBIND,
    Smsc,
)
from tests.telco import until

SAID_BACK = 0x8000_0000


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


def test_a_command_nobody_knows_is_answered_so(centre: Smsc, dial: Dial) -> None:
    gateway = dial()
    bound(centre)
    centre.write(struct.pack(">4L", 16, 0x0123, 0, 9))
    until(lambda: centre.said(GENERIC_NACK) == 1)
    assert submit_one(gateway, a_submission()).verdict is Verdict.ACCEPTED
    assert centre.said(BIND_TRANSCEIVER) == 1
