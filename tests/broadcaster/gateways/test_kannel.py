"""The Kannel adapter keeps the contract against Debian's Kannel."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial

import pytest

from broadcaster.gateways.kannel import KannelGateway
from broadcaster.ports import Callback, ReceiptStatus
from tests.broadcaster.gateways.contract import GatewayContract
from tests.broadcaster.gateways.kannel_ends import (
    Door,
    Front,
    a_door,
    a_front,
    a_gateway,
    as_callback,
)
from tests.broadcaster.gateways.peers import (
    SLOW_S,
    WAIT_S,
    Answer,
    Doubts,
    a_submission,
)
from tests.kannel import NOWHERE, Kannel
from tests.kannel_carrier import Carrier
from tests.telco import until

NOBODY = "http://kannel.invalid"
TYPES = {
    ReceiptStatus.ACCEPTED: "8",
    ReceiptStatus.DELIVERED: "1",
    ReceiptStatus.UNDELIVERED: "2",
}
SAID = {
    Answer.NEVER: (400, "Empty receiver number not allowed, rejected"),
    Answer.LATER: (429, "<html>slow down</html>"),
    Answer.LATER_UNTIMED: (429, "<html>slow down</html>"),
    Answer.GARBAGE: (200, "<html>proxy</html>"),
    Answer.HTML_502: (502, "<html>bad gateway</html>"),
    Answer.UNKNOWN_CODE: (400, "Moon field misformed, rejected"),
}


class KannelPeer:
    """A real Kannel, a front for what no Kannel says, and the carrier behind it."""

    def __init__(
        self, kannel: Kannel, front: Front, carrier: Carrier, *, public_url: str
    ) -> None:
        self._kannel = kannel
        self._front = front
        self._carrier = carrier
        self._gateway = cache(partial(a_gateway, public_url=public_url))

    def when(self, answer: Answer) -> KannelGateway:
        self._front.clear()
        if answer is Answer.UNREACHABLE:
            return self._gateway(NOBODY)
        if answer is Answer.ELSEWHERE:
            return self._gateway(self._front.url, username=NOWHERE)
        self._front.says = SAID.get(answer)
        if answer is Answer.LATER:
            self._front.headers = {"Retry-After": str(WAIT_S)}
        self._front.delay_s = SLOW_S if answer is Answer.SLOW else 0.0
        self._front.loses = answer is Answer.LOST
        return self._gateway(self._front.url)

    def named(self, name: str) -> KannelGateway:
        return a_gateway(self._front.url, name=name)

    def received(self, to: str) -> list[str]:
        # what Kannel has taken stays in its store until the carrier has it
        until(lambda: self._kannel.count("stored") == 0)
        until(lambda: len(self._carrier.shorts) == self._kannel.count("sent"))
        return self._carrier.texts(to)

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        gateway = self._gateway(self._front.url)
        url = gateway.addresses.of_one(reference)
        return as_callback(url.replace("%d", TYPES[status]).replace("%D", "%3F"))

    def forge(self, good: Callback) -> list[Callback]:
        other = str(a_submission().reference)
        return [
            replace(good, query={**good.query, "k": "forged"}),
            replace(good, query={"d": good.query["d"]}),
            replace(good, reference=other),
            replace(good, reference=None),
            replace(good, reference="many", query={**good.query, "r": other}),
        ]


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with a_door() as door:
        yield door


@pytest.fixture(scope="module")
def kannel(door: Door, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    kannel = Kannel(tmp_path_factory.mktemp("box") / "kannel", public_url=door.url)
    kannel.start()
    yield kannel
    kannel.stop()


@pytest.fixture(scope="module")
def carrier(kannel: Kannel) -> Iterator[Carrier]:
    carrier = Carrier(kannel.smsc_port)
    yield carrier
    carrier.hang_up()


@pytest.fixture
def peer(kannel: Kannel, carrier: Carrier, door: Door) -> Iterator[KannelPeer]:
    with a_front(kannel.base_url) as front:
        yield KannelPeer(kannel, front, carrier, public_url=door.url)


class TestKannelGateway(GatewayContract):
    """The contract, kept over a real wire."""

    unknown_code = "moon-field-misformed-rej"
    doubts = Doubts.UNCLEAR
