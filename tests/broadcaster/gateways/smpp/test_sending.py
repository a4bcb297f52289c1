"""A text and its parts, and what an SMSC answers to them."""

import pytest

from broadcaster.gateways.smpp.sending import Patience
from broadcaster.ports import Submission, Verdict
from tests.broadcaster.gateways.peers import a_submission, submit_one
from tests.broadcaster.gateways.smpp.conftest import Dial
from tests.broadcaster.gateways.smpp.ends import bound
from tests.smsc import Smsc

LONG = "Thong bao 0123456789 " * 12
THROTTLED, QUEUE_FULL, BAD_SENDER = 0x58, 0x14, 0x0A


def long_text(number: int = 1) -> Submission:
    return a_submission(number, body=LONG)


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


def test_an_answer_to_something_else_is_none(centre: Smsc, dial: Dial) -> None:
    gateway = dial()
    centre.script(mode="strange")
    outcome = submit_one(gateway, a_submission())
    assert (outcome.verdict, outcome.code) == (Verdict.IN_DOUBT, "no_answer")


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
