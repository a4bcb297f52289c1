"""What every gateway promises; a gateway's test class inherits it and brings a peer."""

import datetime as dt
import enum
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Lock
from typing import Protocol

import pytest
import structlog
from sqlalchemy import select

from broadcaster.ports import (
    Callback,
    Gateway,
    Outcome,
    Receipt,
    ReceiptStatus,
    Submission,
    Unfound,
    Verdict,
)
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.receipts import interpret_waiting, take_receipt
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.builders.messages import a_text, a_window
from tests.builders.people import NOW, a_ward

_PHONES = count(2_000_000)
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
    UNREACHABLE = "unreachable"


WAIT_S = 7
"""What the peer asks for with LATER."""


class Peer(Protocol):
    """The other end of the wire, in the test's hands."""

    def when(self, answer: Answer) -> Gateway:
        """Return the gateway, its telco now answering like this.

        The same gateway as before where it can be: it has connections by now.
        """

    def named(self, name: str) -> Gateway:
        """Return another gateway, called like this."""

    def received(self, to: str) -> list[str]:
        """List what this handset received."""

    def sign(self, status: ReceiptStatus, *, reference: str) -> Callback:
        """Return a signed report of how far a text has come."""


def a_submission(number: int = 1, *, body: str = BODY) -> Submission:
    return Submission(
        message_id=number,
        reference=uuid.uuid4(),
        to=f"+8491{next(_PHONES):07}",
        text=body,
        sender="PHOASUA",
        submitted_at=dt.datetime.now(dt.UTC),
    )


def always() -> bool:
    return True


def at_most(allowed: int) -> Callable[[], bool]:
    """Return a `may_start` that says yes so many times; any thread may ask."""
    asked, lock = count(1), Lock()

    def may_start() -> bool:
        with lock:
            return next(asked) <= allowed

    return may_start


def submit_one(gateway: Gateway, text: Submission) -> Outcome:
    [outcome] = gateway.submit([text], may_start=always)
    assert outcome.message_id == text.message_id
    return outcome


class GatewayContract:
    """Inherit it, and give a fixture `peer`."""

    def test_every_text_is_taken_once_and_named(self, peer: Peer) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        texts = [a_submission(number) for number in range(1, 41)]
        outcomes = gateway.submit(texts, may_start=always)
        assert sorted(o.message_id for o in outcomes) == list(range(1, 41))
        assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED}
        assert len({o.provider_id for o in outcomes} - {None}) == 40
        for text in texts[:3]:
            assert peer.received(text.to) == [BODY]

    def test_several_threads_send_through_one_gateway_and_each_text_once(
        self, peer: Peer
    ) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        windows = [
            [a_submission(100 * window + number) for number in range(25)]
            for window in range(4)
        ]
        with ThreadPoolExecutor(len(windows)) as pool:
            came = list(
                pool.map(lambda w: gateway.submit(w, may_start=always), windows)
            )
        for window, outcomes in zip(windows, came, strict=True):
            mine = {text.message_id for text in window}
            assert {outcome.message_id for outcome in outcomes} == mine
            assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
            assert len(outcomes) == len(window)
        for text in (window[0] for window in windows):
            assert peer.received(text.to) == [BODY]

    def test_what_may_not_start_stays_and_can_be_sent_later(self, peer: Peer) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        texts = [a_submission(number) for number in range(1, 21)]
        outcomes = gateway.submit(texts, may_start=at_most(6))
        by_id = {outcome.message_id: outcome for outcome in outcomes}
        assert len(outcomes) == len(by_id) == 20
        left = [t for t in texts if by_id[t.message_id].verdict is Verdict.ACCEPTED]
        stayed = [t for t in texts if by_id[t.message_id].verdict is Verdict.NOT_SENT]
        assert (len(left), len(stayed)) == (6, 14)
        assert {by_id[text.message_id].retry_after for text in stayed} == {None}
        assert [peer.received(text.to) for text in left] == [[BODY]] * 6
        assert [peer.received(text.to) for text in stayed] == [[]] * 14
        outcomes = gateway.submit(stayed, may_start=always)
        assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}

    def test_without_a_connection_nothing_was_sent(self, peer: Peer) -> None:
        text = a_submission()
        outcome = submit_one(peer.when(Answer.UNREACHABLE), text)
        assert outcome.verdict is Verdict.NOT_SENT
        assert outcome.retry_after
        assert peer.received(text.to) == []

    def test_it_bears_the_name_it_was_given(self, peer: Peer) -> None:
        assert peer.named("second2").name == "second2"

    def test_an_empty_window_has_no_outcomes(self, peer: Peer) -> None:
        assert peer.when(Answer.ACCEPTED).submit([], may_start=always) == []

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

    def test_an_answer_lost_on_a_kept_connection_is_no_second_text_either(
        self, peer: Peer
    ) -> None:
        kept = [a_submission(number) for number in range(1, 21)]
        peer.when(Answer.ACCEPTED).submit(kept, may_start=always)
        texts = [a_submission(number) for number in range(21, 41)]
        outcomes = peer.when(Answer.LOST).submit(texts, may_start=always)
        assert {outcome.verdict for outcome in outcomes} == {Verdict.IN_DOUBT}
        assert [peer.received(text.to) for text in texts] == [[BODY]] * 20

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
        assert isinstance(receipt, Receipt)
        assert receipt.reference == str(text.reference)
        assert receipt.provider_id
        assert receipt.status in (ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED)

    def test_a_text_that_was_never_sent_is_absent(self, peer: Peer) -> None:
        found = peer.when(Answer.ACCEPTED).lookup(a_submission())
        assert found is Unfound.ABSENT

    def test_another_text_to_the_same_phone_is_not_taken_for_it(
        self, peer: Peer
    ) -> None:
        gateway, text = peer.when(Answer.ACCEPTED), a_submission()
        other = replace(text, reference=uuid.uuid4(), text="Cat dien 8h-11h.")
        submit_one(gateway, other)
        assert gateway.lookup(text) is Unfound.ABSENT

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
            [text] = a_window(session, limit=1, now=NOW, gateway=gateway.name)

        def report(status: ReceiptStatus, reference: object) -> bool:
            callback = peer.sign(status, reference=str(reference))
            receipt = gateway.read_receipt(callback)
            return take_receipt(database, gateway.name, receipt, now=NOW)

        assert report(ReceiptStatus.DELIVERED, text.reference)
        assert not report(ReceiptStatus.DELIVERED, text.reference)
        assert report(ReceiptStatus.DELIVERED, uuid.uuid4())
        interpret_waiting(database, now=NOW)
        with database.writing() as session:
            record(session, gateway.submit([text], may_start=always), now=NOW)
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
                gateway.submit([text], may_start=always)
                gateway.lookup(text)
                gateway.verify(
                    peer.sign(ReceiptStatus.DELIVERED, reference=str(text.reference))
                )
                texts.append(text)
        logged = caplog.text + repr(events)
        for text in texts:
            assert text.to[3:] not in logged
        assert BODY[:20] not in logged
