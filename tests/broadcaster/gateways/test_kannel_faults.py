"""Kannel killed, full, or of a mind of its own: what becomes of the texts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

import pytest

from broadcaster.ports import ReceiptStatus, Submission, Verdict
from tests.broadcaster.gateways.kannel_ends import (
    a_door,
    a_gateway,
    read_reports,
    steps,
)
from tests.broadcaster.gateways.peers import a_submission, always, submit_one
from tests.kannel import Kannel
from tests.kannel_carrier import Carrier
from tests.telco import until


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Kannel]]:
    """Return what starts a Kannel of this test's own; no carrier is there yet."""
    started: list[Kannel] = []

    def start(**lines: str) -> Kannel:
        nobody = "http://127.0.0.1:9"
        kannel = Kannel(tmp_path / "kannel", public_url=nobody, lines=lines)
        kannel.start()
        started.append(kannel)
        return kannel

    yield start
    for kannel in started:
        kannel.stop()


def arrived_after_a_crash(kannel: Kannel, texts: list[Submission]) -> list[int]:
    """Start a killed Kannel again; return how often each text reached its handset."""
    kannel.start()
    carrier = Carrier(kannel.smsc_port)
    until(lambda: kannel.count("stored") == 0)
    carrier.hang_up()
    return [len(carrier.texts(text.to)) for text in texts]


def test_a_bearerbox_killed_in_mid_send_loses_nothing_and_doubles_nothing(
    start: Callable[..., Kannel],
) -> None:
    kannel = start()
    texts = [a_submission(number) for number in range(200)]
    left = 0

    def may_start() -> bool:
        nonlocal left
        left += 1
        if left == 100:
            kannel.bearerbox.stop(SIGKILL)
        return True

    gateway = a_gateway(kannel.base_url, connections="8")
    outcomes = {o.message_id: o for o in gateway.submit(texts, may_start=may_start)}
    kannel.kill()
    arrived = arrived_after_a_crash(kannel, texts)
    by_verdict: dict[Verdict, set[int]] = {}
    for text, times in zip(texts, arrived, strict=True):
        by_verdict.setdefault(outcomes[text.message_id].verdict, set()).add(times)
    assert by_verdict.pop(Verdict.ACCEPTED) == {1}
    assert by_verdict.pop(Verdict.NOT_SENT) == {0}
    assert by_verdict.pop(Verdict.IN_DOUBT, set()) <= {0, 1}
    assert not by_verdict
    assert submit_one(gateway, a_submission()).verdict is Verdict.ACCEPTED


def test_of_the_numbers_of_one_request_a_crash_leaves_one(
    start: Callable[..., Kannel],
) -> None:
    kannel = start()
    texts = [a_submission(number) for number in range(3)]
    gateway = a_gateway(kannel.base_url, bulk="3")
    outcomes = gateway.submit(texts, may_start=always)
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    kannel.kill()
    assert sum(arrived_after_a_crash(kannel, texts)) == 1
    assert a_gateway(kannel.base_url).capabilities.bulk == 1


def test_a_full_queue_asks_to_wait(start: Callable[..., Kannel]) -> None:
    kannel = start(core="sms-outgoing-queue-limit = 2")
    gateway = a_gateway(kannel.base_url)
    outcomes = [submit_one(gateway, a_submission()) for _ in range(4)]
    verdicts = [outcome.verdict for outcome in outcomes]
    assert verdicts == [Verdict.ACCEPTED] * 2 + [Verdict.LATER] * 2
    assert outcomes[-1].retry_after == 30.0
    many = a_gateway(kannel.base_url, bulk="2")
    doubts = many.submit([a_submission(), a_submission(2)], may_start=always)
    assert {outcome.verdict for outcome in doubts} == {Verdict.IN_DOUBT}


def test_a_kannel_that_answers_before_it_knows_names_the_numbers_it_denies(
    start: Callable[..., Kannel],
) -> None:
    kannel = start(smsbox="immediate-sendsms-reply = true\nwhite-list-regex = ^.849")
    texts = [a_submission(1), replace(a_submission(2), to="+84212000001")]
    outcomes = a_gateway(kannel.base_url, bulk="2").submit(texts, may_start=always)
    assert {o.message_id: o.verdict for o in outcomes} == {
        1: Verdict.ACCEPTED,
        2: Verdict.ELSEWHERE,
    }


@pytest.mark.parametrize("bad", [0, 1])
def test_a_number_that_no_connection_carries_leaves_the_others_to_their_reports(
    tmp_path: Path, bad: int
) -> None:
    texts = [a_submission(number) for number in range(2)]
    texts[bad] = replace(texts[bad], to="+84212000001")
    with a_door() as door:
        kannel = Kannel(
            tmp_path / "kannel",
            public_url=door.url,
            lines={"smsc": "denied-prefix = +842"},
        )
        kannel.start()
        carrier = Carrier(kannel.smsc_port)
        try:
            gateway = a_gateway(kannel.base_url, public_url=door.url, bulk="2")
            outcomes = gateway.submit(texts, may_start=always)
            receipts = read_reports(gateway, door, of=texts, count=3)
        finally:
            carrier.hang_up()
            kannel.stop()
    said = Verdict.ACCEPTED if bad else Verdict.IN_DOUBT
    assert {outcome.verdict for outcome in outcomes} == {said}
    assert steps(receipts) == {
        (str(texts[bad].reference), ReceiptStatus.REFUSED),
        (str(texts[1 - bad].reference), ReceiptStatus.ACCEPTED),
        (str(texts[1 - bad].reference), ReceiptStatus.DELIVERED),
    }
