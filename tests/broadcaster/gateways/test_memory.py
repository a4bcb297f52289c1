"""The telco in memory keeps the promises of a real one: the fake is proven."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from broadcaster.errors import InputError
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
from tests.broadcaster.gateways.contract import WAIT_S, Answer, GatewayContract

URL = "https://loa.example/callbacks/memory/status/"


def _answer(verdict: Verdict, **facts: Any) -> Callable[[Submission], Outcome]:
    return lambda text: Outcome(
        message_id=text.message_id,
        verdict=verdict,
        **facts,
    )


SCRIPTS = {
    Answer.ACCEPTED: lambda _text: None,
    Answer.NEVER: _answer(Verdict.NEVER, code="dead", blame=Blame.RECIPIENT),
    Answer.LATER: _answer(Verdict.LATER, code="busy", retry_after=float(WAIT_S)),
    Answer.LOST: _answer(Verdict.IN_DOUBT),
    Answer.GARBAGE: _answer(Verdict.IN_DOUBT),
    Answer.HTML_502: _answer(Verdict.IN_DOUBT),
    Answer.UNKNOWN_CODE: _answer(Verdict.LATER, code="29999"),
}


class MemoryPeer:
    def __init__(self) -> None:
        self.gateway = build(
            GatewaySettings(public_url="https://loa.example", demo=False)
        )

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
