"""The Zalo adapter against a network of its own wire, and against bad answers."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broadcaster.gateways.codes import UNKNOWN
from broadcaster.gateways.zalo import ZaloGateway
from broadcaster.gateways.zalo_words import CODES, OA, TOKEN_CODES
from broadcaster.ports import (
    Blame,
    Callback,
    ReceiptStatus,
    Submission,
    Verdict,
)
from tests.broadcaster.gateways.contract import GatewayContract
from tests.broadcaster.gateways.peers import (
    SLOW_S,
    Answer,
    Doubts,
    submit_one,
)
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.broadcaster.gateways.zalo_ends import (
    a_gateway,
    a_notice,
    connected,
    posted,
    received,
    shown,
)
from tests.telco import Telco, until

NOBODY = "http://telco.invalid"


class ZaloPeer:
    """The simulated network, and a stub for what no network would say."""

    def __init__(self, telco: Telco, stub: Stub) -> None:
        self.telco = telco
        self.stub = stub
        self.tokens = connected(telco)
        self._gateways: dict[str, ZaloGateway] = {}

    def when(self, answer: Answer) -> ZaloGateway:
        self.telco.clear_weather()
        base_url = self.telco.zalo_url
        if answer is Answer.LOST:
            self.telco.weather(lost_answer=1.0)
        elif answer is Answer.SLOW:
            self.telco.weather(answer_ms=int(SLOW_S * 1000))
        elif answer is Answer.HTML_502:
            self.telco.weather(html_502=1.0)
        elif answer is Answer.LATER:
            self.telco.weather(too_many=1.0)
        elif answer is Answer.UNREACHABLE:
            base_url = NOBODY
        elif answer is not Answer.ACCEPTED:
            base_url = self.stub.url
            self.stub.answer(*_STUBBED[answer])
        if base_url not in self._gateways:
            is_telco = base_url == self.telco.zalo_url
            tokens = self.tokens if is_telco else None
            self._gateways[base_url] = a_gateway(base_url, tokens=tokens)
        return self._gateways[base_url]

    def named(self, name: str) -> ZaloGateway:
        return a_gateway(self.telco.zalo_url, name=name)

    def received(self, to: str) -> list[str]:
        # whatever is on its way arrives before the network says that nothing waits
        until(lambda: self.telco.stats()["waiting"] == 0)
        return self.telco.bodies(to)

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        is_delivery = status is ReceiptStatus.DELIVERED
        tracking_id = reference.replace("-", "")
        return posted(received(tracking_id, is_delivery=is_delivery))

    def forge(self, good: Callback) -> list[Callback]:
        return [
            replace(good, headers={}),
            replace(good, headers={"X-ZEvent-Signature": "mac=" + "0" * 64}),
            replace(good, headers={"X-ZEvent-Signature": "mac=é"}),
            replace(good, body=good.body.replace(b"msg_id", b"msg-id")),
            replace(good, body=good.body + b" "),
            replace(good, body=b"mac="),
            posted(json.loads(good.body), secret="another secret"),
            posted(json.loads(good.body), word="another application"),
        ]


_STUBBED = {
    Answer.NEVER: (200, json.dumps({"error": -108, "message": "bad phone"})),
    Answer.ELSEWHERE: (200, json.dumps({"error": -131, "message": "not approved"})),
    Answer.LATER_UNTIMED: (429, "<html>slow down</html>"),
    Answer.GARBAGE: (200, "<html>proxy</html>"),
    Answer.UNKNOWN_CODE: (200, json.dumps({"error": -9999, "message": "new"})),
}


@pytest.fixture(scope="module")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telco]:
    network = Telco.start(tmp_path_factory.mktemp("telco"))
    yield network
    network.stop()


@pytest.fixture
def quiet_telco(telco: Telco) -> Telco:
    telco.reset()
    telco.clear_weather()
    telco.clear_zalo()
    return telco


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as stub:
        yield stub


@pytest.fixture
def peer(quiet_telco: Telco, stub: Stub) -> ZaloPeer:
    return ZaloPeer(quiet_telco, stub)


class TestZaloGateway(GatewayContract):
    """The contract, kept over a real wire."""

    unknown_code = "-9999"
    doubts = Doubts.UNCLEAR
    told_wait = 60

    def a_text(self, number: int = 1) -> Submission:
        return a_notice(number)

    def shown(self, text: Submission) -> str:
        return shown(text)


def answers(stub: Stub, error: int, text: Submission) -> tuple[ZaloGateway, Submission]:
    stub.answer(200, json.dumps({"error": error, "message": "no"}))
    return a_gateway(stub.url), text


@pytest.mark.parametrize(
    "code", sorted(c for c in CODES.rows if c != UNKNOWN and c not in TOKEN_CODES)
)
def test_every_code_of_the_table_is_obeyed(stub: Stub, code: str) -> None:
    text = a_notice()
    if code.startswith(OA):
        text = replace(text, user_id="9")
    gateway, text = answers(stub, int(code.removeprefix(OA)), text)
    outcome = submit_one(gateway, text)
    facts = CODES.rows[code]
    assert (outcome.verdict, outcome.blame) == (facts.verdict, facts.blame)
    assert outcome.code == code
    waits = facts.verdict in (Verdict.OVER_QUOTA, Verdict.NIGHT)
    assert not waits or outcome.retry_after


def test_a_code_that_means_two_things_is_read_by_the_way_it_came(stub: Stub) -> None:
    gateway, text = answers(stub, -100, a_notice())
    assert submit_one(gateway, text).verdict is Verdict.LATER
    by_id = submit_one(gateway, replace(text, user_id="9"))
    assert (by_id.verdict, by_id.blame) == (Verdict.ELSEWHERE, Blame.OURS)
