"""The telco in memory keeps the promises of a real one: the fake is proven."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from broadcaster.errors import ConfigurationError, InputError
from broadcaster.gateways.memory import SIGNATURE_HEADER, MemoryGateway, build
from broadcaster.ports import (
    Blame,
    Callback,
    GatewaySettings,
    Inbound,
    Outcome,
    ReceiptStatus,
    Submission,
    Verdict,
)
from tests.broadcaster.gateways.contract import GatewayContract
from tests.broadcaster.gateways.peers import SLOW_S, WAIT_S, Answer

URL = "https://loa.example/callbacks/memory/status/"


def _answer(verdict: Verdict, **facts: Any) -> Callable[[Submission], Outcome]:
    return lambda text: Outcome(
        message_id=text.message_id,
        verdict=verdict,
        **facts,
    )


def _slowly(_text: Submission) -> None:
    time.sleep(SLOW_S)


SCRIPTS = {
    Answer.ACCEPTED: lambda _text: None,
    Answer.NEVER: _answer(Verdict.NEVER, code="dead", blame=Blame.RECIPIENT),
    Answer.LATER: _answer(Verdict.LATER, code="busy", retry_after=float(WAIT_S)),
    Answer.ELSEWHERE: _answer(Verdict.ELSEWHERE, code="route", blame=Blame.OURS),
    Answer.LATER_UNTIMED: _answer(Verdict.LATER, code="busy", retry_after=5.0),
    Answer.SLOW: _slowly,
    Answer.LOST: _answer(Verdict.IN_DOUBT),
    Answer.GARBAGE: _answer(Verdict.IN_DOUBT),
    Answer.HTML_502: _answer(Verdict.IN_DOUBT),
    Answer.UNKNOWN_CODE: _answer(Verdict.LATER, code="29999"),
    Answer.UNREACHABLE: _answer(Verdict.NOT_SENT, code="down", retry_after=30.0),
}


def built(name: str = "memory", **options: str) -> MemoryGateway:
    return build(
        GatewaySettings(
            name=name, public_url="https://loa.example", demo=False, options=options
        )
    )


class MemoryPeer:
    def __init__(self) -> None:
        self.gateway = built()

    def named(self, name: str) -> MemoryGateway:
        return built(name)

    def when(self, answer: Answer) -> MemoryGateway:
        self.gateway.script = SCRIPTS[answer]
        return self.gateway

    def received(self, to: str) -> list[str]:
        return [text.text for text in self.gateway.sent if text.to == to]

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        plain = Callback(
            url=URL + reference,
            headers={},
            form={"status": status, "id": f"M{reference}"},
            reference=reference,
        )
        return replace(plain, headers={SIGNATURE_HEADER: self.gateway.sign(plain)})

    def forge(self, good: Callback) -> list[Callback]:
        return [
            replace(good, headers={}),
            replace(good, headers={SIGNATURE_HEADER: "forged"}),
            replace(good, form={**good.form, "code": "30005"}),
        ]


@pytest.fixture
def peer() -> MemoryPeer:
    return MemoryPeer()


class TestMemoryGateway(GatewayContract):
    """The contract, kept."""


def test_a_residents_text_is_read(peer: MemoryPeer) -> None:
    form = {"id": "1", "from": "+84912000001", "to": "8088", "text": "TC"}
    callback = Callback(url=URL, headers={}, form=form)
    assert peer.gateway.read_inbound(callback) == Inbound(
        provider_id="1", sender="+84912000001", to="8088", text="TC"
    )


@pytest.mark.parametrize("missing", ["id", "from", "to"])
def test_what_is_no_text_says_what_is_missing(peer: MemoryPeer, missing: str) -> None:
    form = {"id": "1", "from": "+84912000001", "to": "8088", missing: ""}
    with pytest.raises(InputError) as refused:
        peer.gateway.read_inbound(Callback(url=URL, headers={}, form=form))
    assert refused.value.field == missing


def test_its_pace_and_the_proof_of_absence_are_options() -> None:
    plain = built().capabilities
    assert (plain.segments_per_second, plain.absent_after) == (None, None)
    told = built(segments_per_second="2.5", absent_after_s="60").capabilities
    assert told.segments_per_second == 2.5
    assert told.absent_after == dt.timedelta(minutes=1)
    with pytest.raises(ConfigurationError, match="LOA_GATEWAY_ABSENT_AFTER_S"):
        built(absent_after_s="soon")
