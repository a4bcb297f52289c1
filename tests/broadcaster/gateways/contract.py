"""What every gateway promises; a gateway's test class inherits it and brings a peer."""

import datetime as dt
import enum
import logging
import uuid
from dataclasses import replace
from typing import Protocol

import pytest
import structlog
from sqlalchemy import select

from broadcaster.ports import (
    Callback,
    Gateway,
    Outcome,
    ReceiptStatus,
    Submission,
    Verdict,
)
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.receipts import interpret_waiting, take_receipt
from broadcaster.store.outbox import claim, record
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.builders.messages import a_text
from tests.builders.people import NOW, a_ward

BODY = "Thong bao: sang mai tra luong huu tai nha van hoa."
LEASE = dt.timedelta(minutes=2)


class Answer(enum.StrEnum):
    """What the telco does with a text that is handed in."""

    ACCEPTED = "accepted"
    NEVER = "never"
    LATER = "later"
    LOST = "lost"
    GARBAGE = "garbage"
    HTML_502 = "html_502"
    UNKNOWN_CODE = "unknown_code"


WAIT_S = 7
"""What the peer asks for with LATER."""


class Peer(Protocol):
    """The other end of the wire, in the test's hands."""

    def when(self, answer: Answer) -> Gateway:
        """Return the gateway, its telco now answering like this."""

    def received(self, to: str) -> list[str]:
        """List what this handset received."""

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        """Return a signed report of how far a text has come."""


def a_submission(number: int = 1, *, body: str = BODY) -> Submission:
    return Submission(
        message_id=number,
        reference=uuid.uuid4(),
        to=f"+8491200{uuid.uuid4().int % 10_000:04}",
        text=body,
        sender="PHOASUA",
        submitted_at=dt.datetime.now(dt.UTC),
    )


def submit_one(gateway: Gateway, text: Submission) -> Outcome:
    [outcome] = gateway.submit([text])
    assert outcome.message_id == text.message_id
    return outcome


class GatewayContract:
    """Inherit it, and give a fixture `peer`."""

    def test_every_text_is_taken_once_and_named(self, peer: Peer) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        texts = [a_submission(number) for number in range(1, 41)]
        outcomes = gateway.submit(texts)
        assert sorted(o.message_id for o in outcomes) == list(range(1, 41))
        assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED}
        assert len({o.provider_id for o in outcomes} - {None}) == 40
        for text in texts[:3]:
            assert peer.received(text.to) == [BODY]

    def test_an_empty_window_has_no_outcomes(self, peer: Peer) -> None:
        assert peer.when(Answer.ACCEPTED).submit([]) == []

    def test_a_refusal_for_good_says_why_and_whose_fault(self, peer: Peer) -> None:
        outcome = submit_one(peer.when(Answer.NEVER), a_submission())
        assert outcome.verdict is Verdict.NEVER
        assert outcome.code
        assert outcome.blame

    def test_who_is_asked_to_wait_is_told_how_long(self, peer: Peer) -> None:
        text = a_submission()
        outcome = submit_one(peer.when(Answer.LATER), text)
        assert outcome.verdict is Verdict.LATER
        assert outcome.retry_after == WAIT_S
        assert peer.received(text.to) == []

    def test_a_lost_answer_is_a_doubt_and_never_a_second_text(self, peer: Peer) -> None:
        text = a_submission()
        outcome = submit_one(peer.when(Answer.LOST), text)
        assert outcome.verdict is Verdict.IN_DOUBT
        assert peer.received(text.to) == [BODY]

    @pytest.mark.parametrize("answer", [Answer.GARBAGE, Answer.HTML_502])
    def test_an_answer_that_cannot_be_read_is_a_doubt(
        self, peer: Peer, answer: Answer
    ) -> None:
        outcome = submit_one(peer.when(answer), a_submission())
        assert outcome.verdict is Verdict.IN_DOUBT

    def test_a_code_nobody_knows_is_kept_and_tried_again(self, peer: Peer) -> None:
        outcome = submit_one(peer.when(Answer.UNKNOWN_CODE), a_submission())
        assert (outcome.verdict, outcome.code) == (Verdict.LATER, "29999")

    def test_a_text_whose_answer_was_lost_can_be_looked_up(self, peer: Peer) -> None:
        gateway, text = peer.when(Answer.LOST), a_submission()
        submit_one(gateway, text)
        receipt = gateway.lookup(text)
        assert receipt is not None
        assert receipt.reference == str(text.reference)
        assert receipt.provider_id
        assert receipt.status in (ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED)

    def test_a_text_that_was_never_sent_is_not_found(self, peer: Peer) -> None:
        assert peer.when(Answer.ACCEPTED).lookup(a_submission()) is None

    def test_a_signed_report_is_believed(self, peer: Peer) -> None:
        reference = str(uuid.uuid4())
        gateway = peer.when(Answer.ACCEPTED)
        callback = peer.sign(ReceiptStatus.DELIVERED, reference=reference)
        assert gateway.verify(callback)
        receipt = gateway.read_receipt(callback)
        assert receipt.reference == reference
        assert receipt.status is ReceiptStatus.DELIVERED

    def test_a_forged_report_is_not_believed(self, peer: Peer) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        good = peer.sign(ReceiptStatus.DELIVERED, reference=str(uuid.uuid4()))
        for forged in (
            replace(good, headers={}),
            replace(good, headers=dict.fromkeys(good.headers, "forged")),
            replace(good, form={**good.form, "ErrorCode": "30005"}),
            replace(good, url=good.url.replace("/status/", "/status/0")),
        ):
            assert not gateway.verify(forged)

    def test_reports_early_twice_and_of_unknown_texts_lose_nothing(
        self, peer: Peer, database: Database
    ) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        with database.writing() as session:
            a_text(session, a_ward(session), gateway=gateway.name)
            [text] = claim(session, gateway.name, limit=1, lease=LEASE, now=NOW)

        def report(status: ReceiptStatus, reference: object) -> bool:
            callback = peer.sign(status, reference=str(reference))
            receipt = gateway.read_receipt(callback)
            return take_receipt(database, gateway.name, receipt, now=NOW)

        assert report(ReceiptStatus.DELIVERED, text.reference)
        assert not report(ReceiptStatus.DELIVERED, text.reference)
        assert report(ReceiptStatus.DELIVERED, uuid.uuid4())
        interpret_waiting(database, now=NOW)
        with database.writing() as session:
            record(session, gateway.submit([text]), now=NOW)
        assert report(ReceiptStatus.ACCEPTED, text.reference)
        interpret_waiting(database, now=NOW)
        with database.reading() as session:
            message = session.scalars(select(Message)).one()
        assert message.state is MessageState.DELIVERED
        assert message.provider_id

    def test_numbers_and_words_never_reach_a_log(
        self, peer: Peer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        texts = []
        with structlog.testing.capture_logs() as events:
            for answer in Answer:
                gateway, text = peer.when(answer), a_submission()
                gateway.submit([text])
                gateway.lookup(text)
                gateway.verify(
                    peer.sign(ReceiptStatus.DELIVERED, reference=str(text.reference))
                )
                texts.append(text)
        logged = caplog.text + repr(events)
        for text in texts:
            assert text.to[3:] not in logged
        assert BODY[:20] not in logged
