"""The SMPP adapter keeps every gateway's promises, to an SMSC of another author."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from broadcaster.errors import InputError
from broadcaster.gateways.smpp import SmppGateway
from broadcaster.ports import Callback, Inbound, Receipt, ReceiptStatus
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.receipts import interpret_waiting, take_receipt
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.broadcaster.gateways.contract import GatewayContract
from tests.broadcaster.gateways.peers import SLOW_S, Answer, Doubts, Peer, always
from tests.broadcaster.gateways.smpp.ends import Listener, a_gateway
from tests.builders.messages import a_text, a_window
from tests.builders.people import NOW, a_ward
from tests.smsc import RECEIPT, Smsc
from tests.telco import until

HTML = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>bad</html>"
SCRIPTS: dict[Answer, dict[str, Any]] = {
    Answer.ACCEPTED: {},
    Answer.NEVER: {"status": 0x0B},
    Answer.ELSEWHERE: {"status": 0x0A},
    Answer.LATER: {"status": 0x58},
    Answer.LATER_UNTIMED: {"status": 0x14},
    Answer.SLOW: {"delay_s": SLOW_S},
    Answer.LOST: {"mode": "silent"},
    Answer.GARBAGE: {"mode": "raw", "raw": "ff" * 40},
    Answer.HTML_502: {"mode": "raw", "raw": HTML.hex()},
    Answer.UNKNOWN_CODE: {"status": 0x499},
}


class SmppPeer:
    """Net::SMPP as the carrier; receipts come over the session, so HTTP never does."""

    def __init__(self, centre: Smsc) -> None:
        self.centre = centre
        self.listener = Listener()
        self._gateway = a_gateway(centre.port, window="50")
        self._gateway.listen(self.listener.hear)
        self._away = a_gateway(centre.port, password="wrong")

    def when(self, answer: Answer) -> SmppGateway:
        if answer is Answer.UNREACHABLE:
            self._away.listen(self.listener.hear)
            return self._away
        self.centre.script(**SCRIPTS[answer])
        return self._gateway

    def named(self, name: str) -> SmppGateway:
        return a_gateway(self.centre.port, name=name)

    def received(self, to: str) -> list[str]:
        return self.centre.received(to)

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        url = f"https://loa.example/callbacks/smpp/status/{reference}"
        return Callback(url=url, headers={}, form={"stat": status})

    def forge(self, good: Callback) -> list[Callback]:
        return [good, replace(good, headers={"X-Signature": "forged"})]

    def hang_up(self) -> None:
        self._gateway.hang_up()
        self._away.hang_up()


@pytest.fixture
def peer(centre: Smsc) -> Iterator[SmppPeer]:
    peer = SmppPeer(centre)
    yield peer
    peer.hang_up()


class TestSmppGateway(GatewayContract):
    """The contract over a session: reports and their proof come by another way."""

    unknown_code = "0x499"
    doubts = Doubts.UNCLEAR
    told_wait = 1

    def test_a_signed_report_is_believed(self, peer: Peer) -> None:
        assert isinstance(peer, SmppPeer)
        [taken] = peer.when(Answer.ACCEPTED).submit([self.a_text()], may_start=always)
        peer.centre.deliver(
            f"id:{taken.provider_id} stat:DELIVRD err:000".encode(), esm_class=RECEIPT
        )
        [receipt] = peer.listener.receipts(1)
        assert receipt.provider_id == taken.provider_id
        assert receipt.status is self.delivered

    def test_a_forged_report_is_not_believed(self, peer: Peer) -> None:
        assert isinstance(peer, SmppPeer)
        gateway = peer.when(Answer.ACCEPTED)
        good = peer.sign(ReceiptStatus.DELIVERED, reference=str(uuid.uuid4()))
        for forged in peer.forge(good):
            assert not gateway.verify(forged)
            for read in (
                gateway.read_receipt,
                gateway.read_inbound,
                gateway.read_event,
            ):
                with pytest.raises(InputError):
                    read(forged)
        # a resident may write whatever they like: it is a text, and no report
        peer.centre.deliver(b"id:1000 stat:DELIVRD err:000")
        [heard] = peer.listener.inbound(1)
        assert isinstance(heard, Inbound)

    def test_reports_early_twice_and_of_unknown_texts_lose_nothing(
        self, peer: Peer, database: Database
    ) -> None:
        assert isinstance(peer, SmppPeer)
        gateway = peer.when(Answer.ACCEPTED)
        with database.writing() as session:
            a_text(session, a_ward(session), gateway=gateway.name)
            [kept] = a_window(session, limit=1, now=NOW, gateway=gateway.name)
        text = replace(
            self.a_text(kept.message_id), reference=kept.reference, to=kept.to
        )
        taken: list[bool] = []

        def take(event: Receipt | Inbound) -> None:
            assert isinstance(event, Receipt)
            taken.append(take_receipt(database, gateway.name, event, now=NOW))

        peer.listener.act = take
        peer.centre.script(receipts="before")
        outcomes = gateway.submit([text], may_start=always)
        peer.listener.receipts(1)
        for name in (outcomes[0].provider_id, "unknown"):
            peer.centre.deliver(
                f"id:{name} stat:DELIVRD err:000".encode(), esm_class=RECEIPT
            )
        peer.listener.receipts(3)
        until(lambda: len(taken) == 3)
        assert sorted(taken) == [False, True, True]
        interpret_waiting(database, now=NOW)
        with database.writing() as session:
            record(session, outcomes, now=NOW)
        interpret_waiting(database, now=NOW + dt.timedelta(minutes=10))
        with database.reading() as session:
            message = session.scalars(select(Message)).one()
        assert message.state == MessageState.DELIVERED
        assert message.provider_id == outcomes[0].provider_id
