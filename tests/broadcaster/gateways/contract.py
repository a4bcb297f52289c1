"""What every gateway promises; a gateway's test class inherits it and brings a peer."""

import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import structlog
from sqlalchemy import select

from broadcaster.errors import GatewayAwayError, InputError
from broadcaster.ports import (
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
from tests.broadcaster.gateways.peers import (
    BODY,
    WAIT_S,
    Answer,
    Doubts,
    Peer,
    a_submission,
    always,
    at_most,
    submit_one,
)
from tests.builders.messages import a_text, a_window
from tests.builders.people import NOW, a_ward


class GatewayContract:
    """Inherit it, and give a fixture `peer`.

    What differs from telco to telco is said by these attributes, never by a skip.
    """

    unknown_code = "29999"
    doubts = Doubts.FOUND
    delivered = ReceiptStatus.DELIVERED
    """What the report that `sign` makes of DELIVERED is read as."""
    told_wait = WAIT_S
    """What LATER is read as, in seconds; telcos that name none have our own."""
    reports = True
    """Whether this telco reports at all; where it does not, nothing is believed."""

    def a_text(self, number: int = 1) -> Submission:
        """Return a text that this gateway can send."""
        return a_submission(number)

    def shown(self, text: Submission) -> str:
        """Return what the handset shows of it."""
        return text.text

    def test_every_text_is_taken_once_and_named(self, peer: Peer) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        texts = [self.a_text(number) for number in range(1, 41)]
        outcomes = gateway.submit(texts, may_start=always)
        assert sorted(o.message_id for o in outcomes) == list(range(1, 41))
        assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED}
        assert len({o.provider_id for o in outcomes} - {None}) == 40
        for text in texts[:3]:
            assert peer.received(text.to) == [self.shown(text)]

    def test_several_threads_send_through_one_gateway_and_each_text_once(
        self, peer: Peer
    ) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        windows = [
            [self.a_text(100 * window + number) for number in range(25)]
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
            assert peer.received(text.to) == [self.shown(text)]

    def test_what_may_not_start_stays_and_can_be_sent_later(self, peer: Peer) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        texts = [self.a_text(number) for number in range(1, 21)]
        outcomes = gateway.submit(texts, may_start=at_most(6))
        by_id = {outcome.message_id: outcome for outcome in outcomes}
        assert len(outcomes) == len(by_id) == 20
        left = [t for t in texts if by_id[t.message_id].verdict is Verdict.ACCEPTED]
        stayed = [t for t in texts if by_id[t.message_id].verdict is Verdict.NOT_SENT]
        assert (len(left), len(stayed)) == (6, 14)
        assert {by_id[text.message_id].retry_after for text in stayed} == {None}
        assert [peer.received(t.to) for t in left] == [[self.shown(t)] for t in left]
        assert [peer.received(text.to) for text in stayed] == [[]] * 14
        outcomes = gateway.submit(stayed, may_start=always)
        assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}

    def test_without_a_connection_nothing_was_sent(self, peer: Peer) -> None:
        text = self.a_text()
        outcome = submit_one(peer.when(Answer.UNREACHABLE), text)
        assert outcome.verdict is Verdict.NOT_SENT
        assert outcome.retry_after
        assert peer.received(text.to) == []

    def test_it_bears_the_name_it_was_given(self, peer: Peer) -> None:
        assert peer.named("second2").name == "second2"

    def test_an_empty_window_has_no_outcomes(self, peer: Peer) -> None:
        assert peer.when(Answer.ACCEPTED).submit([], may_start=always) == []

    def test_a_refusal_for_good_says_why_and_whose_fault(self, peer: Peer) -> None:
        outcome = submit_one(peer.when(Answer.NEVER), self.a_text())
        assert outcome.verdict is Verdict.NEVER
        assert outcome.code
        assert outcome.blame

    def test_who_is_asked_to_wait_is_told_how_long(self, peer: Peer) -> None:
        text = self.a_text()
        outcome = submit_one(peer.when(Answer.LATER), text)
        assert outcome.verdict is Verdict.LATER
        assert outcome.retry_after == self.told_wait
        assert peer.received(text.to) == []

    def test_who_is_asked_to_wait_without_a_time_takes_one(self, peer: Peer) -> None:
        text = self.a_text()
        outcome = submit_one(peer.when(Answer.LATER_UNTIMED), text)
        assert outcome.verdict is Verdict.LATER
        assert outcome.retry_after
        assert peer.received(text.to) == []

    def test_what_this_route_refuses_may_go_by_another(self, peer: Peer) -> None:
        text = self.a_text()
        outcome = submit_one(peer.when(Answer.ELSEWHERE), text)
        assert outcome.verdict is Verdict.ELSEWHERE
        assert outcome.code
        assert peer.received(text.to) == []

    def test_a_slow_answer_is_waited_for(self, peer: Peer) -> None:
        text = self.a_text()
        outcome = submit_one(peer.when(Answer.SLOW), text)
        assert outcome.verdict is Verdict.ACCEPTED
        assert peer.received(text.to) == [self.shown(text)]

    def test_a_lost_answer_is_a_doubt_and_never_a_second_text(self, peer: Peer) -> None:
        text = self.a_text()
        outcome = submit_one(peer.when(Answer.LOST), text)
        assert outcome.verdict is Verdict.IN_DOUBT
        assert peer.received(text.to) == [self.shown(text)]

    def test_an_answer_lost_on_a_kept_connection_is_no_second_text_either(
        self, peer: Peer
    ) -> None:
        kept = [self.a_text(number) for number in range(1, 21)]
        peer.when(Answer.ACCEPTED).submit(kept, may_start=always)
        # fewer than the silences after which an engine lets nothing more leave
        texts = [self.a_text(number) for number in range(21, 31)]
        outcomes = peer.when(Answer.LOST).submit(texts, may_start=always)
        assert {outcome.verdict for outcome in outcomes} == {Verdict.IN_DOUBT}
        came = [peer.received(text.to) for text in texts]
        assert came == [[self.shown(text)] for text in texts]

    @pytest.mark.parametrize("answer", [Answer.GARBAGE, Answer.HTML_502])
    def test_an_answer_that_cannot_be_read_is_a_doubt(
        self, peer: Peer, answer: Answer
    ) -> None:
        outcome = submit_one(peer.when(answer), self.a_text())
        assert outcome.verdict is Verdict.IN_DOUBT

    def test_a_code_nobody_knows_is_kept_and_tried_again(self, peer: Peer) -> None:
        outcome = submit_one(peer.when(Answer.UNKNOWN_CODE), self.a_text())
        assert (outcome.verdict, outcome.code) == (Verdict.LATER, self.unknown_code)

    def test_a_text_that_was_taken_can_be_looked_up(self, peer: Peer) -> None:
        gateway, text = peer.when(Answer.ACCEPTED), self.a_text()
        taken = submit_one(gateway, text)
        answer = gateway.lookup(replace(text, provider_id=taken.provider_id))
        if self.doubts is Doubts.UNCLEAR and answer is Unfound.UNCLEAR:
            return  # this telco keeps no records that can be asked for
        assert isinstance(answer, Receipt)
        assert answer.reference == str(text.reference)
        assert answer.status is not None

    def test_a_text_whose_answer_was_lost_is_settled_without_a_second(
        self, peer: Peer
    ) -> None:
        gateway, text = peer.when(Answer.LOST), self.a_text()
        submit_one(gateway, text)
        answer = gateway.lookup(text)
        if self.doubts is Doubts.FOUND:
            assert isinstance(answer, Receipt)
            assert answer.reference == str(text.reference)
            assert answer.provider_id
            assert answer.status in (ReceiptStatus.ACCEPTED, ReceiptStatus.DELIVERED)
        else:
            assert answer is Unfound.UNCLEAR
        assert (gateway.capabilities.duplicate_window is not None) == (
            self.doubts is Doubts.REPEATED
        )
        if self.doubts is Doubts.REPEATED:
            again = submit_one(peer.when(Answer.ACCEPTED), text)
            assert again.verdict is Verdict.ACCEPTED
            assert peer.received(text.to) == [self.shown(text)]

    def test_a_text_that_was_never_sent_is_not_found(self, peer: Peer) -> None:
        found = peer.when(Answer.ACCEPTED).lookup(self.a_text())
        is_told = self.doubts is Doubts.FOUND
        assert found is (Unfound.ABSENT if is_told else Unfound.UNCLEAR)

    def test_another_text_to_the_same_phone_is_not_taken_for_it(
        self, peer: Peer
    ) -> None:
        gateway, text = peer.when(Answer.ACCEPTED), self.a_text()
        other = replace(text, reference=uuid.uuid4(), text="Cat dien 8h-11h.")
        submit_one(gateway, other)
        assert not isinstance(gateway.lookup(text), Receipt)

    def test_a_signed_report_is_believed(self, peer: Peer) -> None:
        reference = str(uuid.uuid4())
        gateway = peer.when(Answer.ACCEPTED)
        callback = peer.sign(ReceiptStatus.DELIVERED, reference=reference)
        assert gateway.verify(callback) is self.reports
        if not self.reports:
            with pytest.raises(InputError):
                gateway.read_receipt(callback)
            return
        receipt = gateway.read_receipt(callback)
        assert receipt.reference == reference
        assert receipt.status is self.delivered

    def test_a_forged_report_is_not_believed(self, peer: Peer) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        good = peer.sign(ReceiptStatus.DELIVERED, reference=str(uuid.uuid4()))
        forgeries = peer.forge(good)
        assert len(forgeries) >= 2
        for forged in forgeries:
            assert not gateway.verify(forged)

    def test_reports_early_twice_and_of_unknown_texts_lose_nothing(
        self, peer: Peer, database: Database
    ) -> None:
        gateway = peer.when(Answer.ACCEPTED)
        with database.writing() as session:
            a_text(session, a_ward(session), gateway=gateway.name)
            [kept] = a_window(session, limit=1, now=NOW, gateway=gateway.name)
        text = replace(
            self.a_text(kept.message_id), reference=kept.reference, to=kept.to
        )

        def report(status: ReceiptStatus, reference: object) -> bool:
            callback = peer.sign(status, reference=str(reference))
            receipt = gateway.read_receipt(callback)
            return take_receipt(database, gateway.name, receipt, now=NOW)

        if not self.reports:
            with pytest.raises(InputError):
                report(ReceiptStatus.DELIVERED, text.reference)
            return
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
        assert message.state == MessageState(self.delivered)
        assert message.provider_id

    def test_numbers_and_words_never_reach_a_log(
        self, peer: Peer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        texts, away = [], []
        with structlog.testing.capture_logs() as events:
            for answer in Answer:
                gateway, text = peer.when(answer), self.a_text()
                gateway.submit([text], may_start=always)
                gateway.lookup(text)
                report = peer.sign(ReceiptStatus.DELIVERED, reference="r")
                try:
                    gateway.verify(report)
                except GatewayAwayError as error:
                    away.append(repr(error))
                texts.append(text)
        logged = caplog.text + repr(events) + repr(away)
        for text in texts:
            assert text.to[3:] not in logged
        assert BODY[:20] not in logged
