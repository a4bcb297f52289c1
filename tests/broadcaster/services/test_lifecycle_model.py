"""A notice's texts beside a model of them, through whatever workers and telco do.

The telco of the model is honest: it never takes what it refuses, and reports only what
it took. All else may happen: workers die before or after the wire, answers are lost or
come when a lease is long over, reports come in any order, and people call it off.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from broadcaster.ports import Outcome, ReceiptStatus, Submission, Verdict
from broadcaster.rules.lifecycle import LIFECYCLE, MessageState, may_move
from broadcaster.rules.permissions import Role
from broadcaster.rules.retrying import next_try
from broadcaster.services.announcements import call_off
from broadcaster.services.doubting import doubt_lost_windows, resolve_in_doubt
from broadcaster.services.receipts import interpret_waiting
from broadcaster.store.leases import start
from broadcaster.store.outbox import end_windows, record
from broadcaster.store.raw_receipts import keep_receipts
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, SendWindow
from broadcaster.store.windows import Claim, claim
from subscriptions.tables.ledger import Adjustment
from tests.broadcaster.services.honest_telco import (
    ABSENT_AFTER,
    FATES,
    NEVER_LEFT,
    STATES,
    VERDICTS,
    HonestTelco,
    a_receipt,
)
from tests.builders.accounts import an_account
from tests.builders.messages import a_frozen_notice, lines_in, texts_of
from tests.builders.people import NOW, a_ward

TEXTS = 2
LEASE = dt.timedelta(seconds=20)
_S = MessageState
SOME_FATES = st.lists(st.sampled_from(FATES), min_size=TEXTS, max_size=TEXTS)


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """A window in a worker's hands. `fates` once its texts have left."""

    id: int
    texts: Sequence[Submission]
    claimed_at: dt.datetime
    fates: Sequence[str] = ()


class Sending(RuleBasedStateMachine):
    """What may happen to a notice between its confirmation and its last receipt."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.now, self.telco = NOW, HonestTelco()
        self.held: list[Held] = []
        self.unread: list[tuple[int, ReceiptStatus]] = []
        self.kept: set[tuple[int, ReceiptStatus]] = set()
        self.booked: set[int] = set()
        self.is_called_off = False
        with self.database.writing() as session:
            ward = a_ward(session)
            self.ward_id = ward.id
            self.officer = an_account(
                session, Role.OFFICER, ward_id=ward.id, username=self.telco.name
            )
            lines = lines_in(session, ward, TEXTS)
            self.notice = a_frozen_notice(session, ward, lines, gateway=self.telco.name)
            self.states = {m.id: _S.QUEUED for m in texts_of(session, self.notice)}
        self.submissions: dict[int, Submission] = {}

    @rule(limit=st.integers(1, TEXTS), fates=st.none() | SOME_FATES)
    def a_worker_claims(self, limit: int, fates: list[str] | None) -> None:
        rows = self.rows()
        due = {
            row.id for row in rows if row.state is _S.QUEUED and row.due_at <= self.now
        }
        asked = Claim(
            gateway=self.telco.name,
            worker="test",
            limit=limit,
            lease=LEASE,
            starts=False,
        )
        with self.database.writing() as session:
            window = claim(session, asked, now=self.now)
        assert (window is None) == (not due)
        if window is None:
            return
        assert not (self.is_called_off and window.submissions)
        taken = {text.message_id for text in window.submissions}
        if self.is_called_off:
            gone = [row.id for row in self.rows() if row.state is _S.WITHHELD]
            assert len(due & set(gone)) == min(limit, len(due))
            self.states |= dict.fromkeys(due & set(gone), _S.WITHHELD)
            return
        assert taken <= due
        assert len(taken) == min(limit, len(due))
        self.states |= dict.fromkeys(taken, _S.SUBMITTING)
        self.submissions |= {text.message_id: text for text in window.submissions}
        assert window.id is not None
        held = Held(id=window.id, texts=window.submissions, claimed_at=self.now)
        self.held.append(held)
        if fates is not None:
            self.leave(held, fates)

    @precondition(lambda self: any(not held.fates for held in self.held))
    @rule(data=st.data(), fates=SOME_FATES)
    def a_window_leaves(self, data: st.DataObject, fates: list[str]) -> None:
        waiting = [held for held in self.held if not held.fates]
        self.leave(data.draw(st.sampled_from(waiting)), fates)

    def leave(self, held: Held, fates: list[str]) -> None:
        with self.database.writing() as session:
            is_ours = start(session, held.id, now=self.now)
        if not is_ours:
            self.held.remove(held)
            return
        held.fates = fates[: len(held.texts)]
        for text, fate in zip(held.texts, held.fates, strict=True):
            if fate.startswith("taken"):
                self.telco.taken[text.message_id] += 1

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def a_worker_records(self, data: st.DataObject) -> None:
        """Also when its lease ran out long ago."""
        held = data.draw(st.sampled_from(self.held))
        self.held.remove(held)
        attempts = {row.id: row.attempts for row in self.rows()}
        fates = held.fates or [NEVER_LEFT] * len(held.texts)
        outcomes = []
        for text, fate in zip(held.texts, fates, strict=True):
            verdict = VERDICTS[fate]
            outcomes.append(
                Outcome(
                    message_id=text.message_id,
                    verdict=verdict,
                    provider_id=f"SM{text.message_id}" if fate == "taken" else None,
                )
            )
            self.learn(text, verdict, held, attempts=attempts[text.message_id])
        claimed = dict.fromkeys((t.message_id for t in held.texts), held.claimed_at)
        with self.database.writing() as session:
            record(
                session,
                outcomes,
                ward_ids={self.ward_id},
                claimed=claimed,
                now=self.now,
            )
            end_windows(session, [held.id])

    def learn(
        self, text: Submission, verdict: Verdict, held: Held, *, attempts: int
    ) -> None:
        to = STATES[verdict]
        if verdict is Verdict.LATER and next_try(attempts) is None:
            to = _S.REFUSED
        is_last = self.submissions[text.message_id].submitted_at == held.claimed_at
        if is_last or LIFECYCLE[to].billable:
            self.move(text.message_id, to)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def a_worker_dies(self, data: st.DataObject) -> None:
        self.held.remove(data.draw(st.sampled_from(self.held)))

    @rule(seconds=st.sampled_from([25, 150, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)
        lost = self.lost()
        doubt_lost_windows(self.database, now=self.now)
        for message_id, state in lost.items():
            self.states[message_id] = state

    def lost(self) -> dict[int, MessageState]:
        """Say what becomes of the texts whose window's lease has run out."""
        query = select(Message.id, SendWindow.started_at).join(
            SendWindow, SendWindow.id == Message.window_id
        )
        with self.database.reading() as session:
            rows = session.execute(query.where(SendWindow.lease_until <= self.now))
            return {
                row.id: _S.QUEUED if row.started_at is None else _S.IN_DOUBT
                for row in rows
                if row.id in self.states
            }

    @rule()
    def the_telco_is_asked(self) -> None:
        asked = [
            row
            for row in self.rows()
            if row.state is _S.IN_DOUBT and row.due_at <= self.now
        ]
        resolve_in_doubt(self.database, self.telco, self.now)
        for row in asked:
            if self.telco.taken[row.id]:
                self.keep(row.id, ReceiptStatus.ACCEPTED)
            elif row.submitted_at and self.now - row.submitted_at >= ABSENT_AFTER:
                self.states[row.id] = _S.QUEUED

    @precondition(lambda self: self.telco.taken)
    @rule(data=st.data(), status=st.sampled_from(ReceiptStatus))
    def the_telco_reports(self, data: st.DataObject, status: ReceiptStatus) -> None:
        message_id = data.draw(st.sampled_from(sorted(self.telco.taken)))
        receipt = a_receipt(self.submissions[message_id], status)
        with self.database.writing() as session:
            keep_receipts(session, [(self.telco.name, receipt, self.now)])
        self.keep(message_id, status)

    def keep(self, message_id: int, status: ReceiptStatus) -> None:
        if (message_id, status) not in self.kept:
            self.kept.add((message_id, status))
            self.unread.append((message_id, status))

    @rule()
    def reports_are_read(self) -> None:
        interpret_waiting(self.database, now=self.now)
        for message_id, status in self.unread:
            self.move(message_id, _S(status.value))
        self.unread.clear()

    @precondition(lambda self: not self.is_called_off)
    @rule()
    def it_is_called_off(self) -> None:
        call_off(self.database, self.notice.public_id, actor=self.officer, now=self.now)
        self.is_called_off = True
        waiting = [text for text, state in self.states.items() if state is _S.QUEUED]
        self.states |= dict.fromkeys(waiting, _S.WITHHELD)

    def move(self, message_id: int, to: MessageState) -> None:
        if LIFECYCLE[to].billable:
            self.booked.add(message_id)
        if may_move(self.states[message_id], to):
            self.states[message_id] = to

    def rows(self) -> list[Message]:
        with self.database.reading() as session:
            return texts_of(session, self.notice)

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        rows = self.rows()
        assert {row.id: row.state for row in rows} == self.states
        assert len(rows) == self.notice.recipients
        assert {row.id for row in rows if row.usage_day is not None} == self.booked
        assert all((row.usage_month is None) == (row.usage_day is None) for row in rows)

    @invariant()
    def no_text_is_taken_twice(self) -> None:
        assert all(times == 1 for times in self.telco.taken.values())

    def teardown(self) -> None:
        """Nothing was booked as if its month had been closed."""
        with self.database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Adjustment)) == 0


def test_the_database_agrees_with_the_model_whatever_happens(
    database: Database,
) -> None:
    machine = type("SendingHere", (Sending,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
