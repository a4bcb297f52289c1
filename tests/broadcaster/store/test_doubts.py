"""A window that was lost puts back what never left, and doubts what may have."""

import datetime as dt

from sqlalchemy.orm import Session

from broadcaster.ports import Outcome, Submission, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.retrying import LOOK_AFTER
from broadcaster.services.flights import LEASE
from broadcaster.store.doubts import (
    ask_later,
    end_lost_windows,
    list_doubts,
    list_emergencies,
    list_silent,
    note_asked,
    send_again,
)
from broadcaster.store.outbox import record
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message, SendWindow
from broadcaster.store.windows import Claim, claim
from tests.builders.messages import (
    GATEWAY,
    a_frozen_notice,
    a_text,
    a_window,
    lines_in,
    many_texts,
    texts_of,
)
from tests.builders.people import NOW, a_ward

SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)
LOST = NOW + LEASE


def take(session: Session, count: int, *, starts: bool = True) -> list[Submission]:
    """Claim as many new texts as one window."""
    many_texts(session, a_ward(session), count)
    asked = Claim(
        gateway=GATEWAY, worker="test", limit=count, lease=LEASE, starts=starts
    )
    window = claim(session, asked, now=NOW)
    assert window is not None
    return window.submissions


def told(text: Submission, verdict: Verdict) -> Outcome:
    return Outcome(message_id=text.message_id, verdict=verdict)


def read(session: Session, text: Submission) -> Message:
    session.expire_all()
    return session.get_one(Message, text.message_id)


def doubt(session: Session, texts: list[Submission], *, now: dt.datetime = NOW) -> None:
    record(session, [told(text, Verdict.IN_DOUBT) for text in texts], now=now)


def ids(texts: list[Submission]) -> list[int]:
    return [text.message_id for text in texts]


def test_a_window_that_had_started_leaves_its_texts_in_doubt(
    database: Database,
) -> None:
    with database.writing() as session:
        [text] = take(session, 1)
        assert end_lost_windows(session, LOST - SECOND) == (0, 0)
        assert end_lost_windows(session, LOST) == (0, 1)
        message = read(session, text)
        assert (message.state, message.attempts) == (MessageState.IN_DOUBT, 1)
        assert message.due_at == LOST + LOOK_AFTER
        assert a_window(session, limit=9, now=NOW + DAY) == []
        assert session.query(SendWindow).all() == []


def test_a_window_that_never_started_puts_its_texts_back_uncounted(
    database: Database,
) -> None:
    with database.writing() as session:
        [text] = take(session, 1, starts=False)
        assert end_lost_windows(session, LOST) == (1, 0)
        message = read(session, text)
        assert (message.state, message.attempts) == (MessageState.QUEUED, 0)
        assert ids(a_window(session, limit=9, now=LOST)) == [text.message_id]


def test_what_was_recorded_of_a_lost_window_stays_as_it_is(
    database: Database,
) -> None:
    with database.writing() as session:
        accepted, back, lost = take(session, 3)
        answers = [told(accepted, Verdict.ACCEPTED), told(back, Verdict.NOT_SENT)]
        record(session, answers, now=NOW)
        assert end_lost_windows(session, LOST) == (0, 1)
        found = [read(session, text).state for text in (accepted, back, lost)]
        assert found == [
            MessageState.ACCEPTED,
            MessageState.QUEUED,
            MessageState.IN_DOUBT,
        ]


def test_a_text_claimed_since_is_not_taken_from_its_new_window(
    database: Database,
) -> None:
    with database.writing() as session:
        [text] = take(session, 1)
        record(session, [told(text, Verdict.NOT_SENT)], now=NOW)
        later = NOW + 10 * SECOND
        assert ids(a_window(session, limit=1, now=later)) == [text.message_id]
        assert end_lost_windows(session, LOST) == (0, 0)
        assert read(session, text).state is MessageState.SUBMITTING


def test_an_answer_that_comes_after_the_lease_clears_the_doubt(
    database: Database,
) -> None:
    with database.writing() as session:
        [text] = take(session, 1)
        end_lost_windows(session, LOST)
        claimed = {text.message_id: text.submitted_at}
        record(session, [told(text, Verdict.ACCEPTED)], claimed=claimed, now=LOST)
        assert read(session, text).state is MessageState.ACCEPTED


def test_what_turns_out_not_to_have_left_goes_back_from_its_doubt(
    database: Database,
) -> None:
    with database.writing() as session:
        [text] = take(session, 1)
        end_lost_windows(session, LOST)
        claimed = {text.message_id: text.submitted_at}
        record(session, [told(text, Verdict.NOT_SENT)], claimed=claimed, now=LOST)
        message = read(session, text)
        assert (message.state, message.attempts) == (MessageState.QUEUED, 0)


def test_a_doubt_is_asked_about_after_a_while_and_ever_more_seldom(
    database: Database,
) -> None:
    with database.writing() as session:
        texts = take(session, 1)
        doubt(session, texts)
        now, asked = NOW, []
        while now < NOW + dt.timedelta(hours=1):
            if found := list_doubts(session, GATEWAY, limit=9, now=now):
                asked.append((now - NOW) / SECOND)
                ask_later(session, found, absent_after=None, now=now)
            now += 10 * SECOND
        assert asked == [10, 20, 40, 60, 120, 240, 480, 960, 1_920]


def test_the_moment_when_silence_proves_something_is_not_slept_through(
    database: Database,
) -> None:
    with database.writing() as session:
        doubt(session, take(session, 1))
        now, proves = NOW + 80 * SECOND, dt.timedelta(seconds=90)
        found = list_doubts(session, GATEWAY, limit=9, now=now)
        ask_later(session, found, absent_after=proves, now=now)
        soon = NOW + proves
        assert list_doubts(session, GATEWAY, limit=9, now=soon - SECOND) == []
        assert len(list_doubts(session, GATEWAY, limit=9, now=soon)) == 1


def test_only_what_still_is_in_doubt_is_sent_again(database: Database) -> None:
    with database.writing() as session:
        accepted, doubted = take(session, 2)
        doubt(session, [accepted, doubted])
        record(session, [told(accepted, Verdict.ACCEPTED)], now=NOW)
        assert send_again(session, ids([accepted, doubted]), now=LOST) == 1
        assert ids(a_window(session, limit=9, now=LOST)) == [doubted.message_id]


def test_emergencies_are_sent_again_after_a_minute_and_three_times_at_most(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_text(session, ward)
        storm = a_text(session, ward, lane=Lane.EMERGENCY).id
        texts, now = a_window(session, limit=9), NOW
        both, sent = ids(texts), 0
        while list_emergencies(session, both, now=now + 60 * SECOND) == [storm]:
            sent += 1
            assert list_emergencies(session, both, now=now + 59 * SECOND) == []
            doubt(session, texts, now=now)
            now += 60 * SECOND
            send_again(session, [storm], now=now)
            assert ids(a_window(session, limit=9, now=now)) == [storm]
        assert sent == 2
        assert session.get_one(Message, storm).attempts == 3


def test_what_was_taken_a_day_ago_without_a_word_is_asked_about_once_a_day(
    database: Database,
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        notice = a_frozen_notice(session, ward, lines_in(session, ward, 2))
        a_text(session, ward)
        texts = a_window(session, limit=9)
        record(session, [told(text, Verdict.ACCEPTED) for text in texts], now=NOW)
        texts_of(session, notice)[0].state = MessageState.DELIVERED
        session.flush()
        silent = sorted(ids(texts))[1:]

        def silent_at(now: dt.datetime) -> list[int]:
            return sorted(ids(list_silent(session, GATEWAY, limit=9, now=now)))

        assert silent_at(NOW + DAY - SECOND) == []
        assert silent_at(NOW + DAY) == silent
        note_asked(
            session,
            [
                t.message_id
                for t in list_silent(session, GATEWAY, limit=9, now=NOW + DAY)
            ],
            now=NOW + DAY,
        )
        assert silent_at(NOW + 2 * DAY - SECOND) == []
        assert silent_at(NOW + 2 * DAY) == silent
        assert silent_at(NOW + 30 * DAY) == []
