"""The sentence above the figures, and sums that add up whatever the states."""

import datetime as dt
import itertools
import re

import pytest

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.reports import Progress, count_states
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from broadcaster.web.staff.standing import (
    LOOKS,
    Phase,
    duration,
    seconds_left,
    stand,
    stop_sums,
)
from tests.builders.people import NOW

S = MessageState
A = AnnouncementState
SECOND = dt.timedelta(seconds=1)


def reached(
    by_state: dict[MessageState, int],
    *,
    next_due_at: dt.datetime | None = None,
    lately: int = 0,
    lately_from: dt.datetime | None = None,
) -> Progress:
    counts = count_states(by_state)
    return Progress(
        **{name: getattr(counts, name) for name in counts.__slots__},
        by_state=by_state,
        by_carrier={},
        by_channel={},
        gateways=frozenset(),
        s_curve=(),
        next_due_at=next_due_at,
        doubted_since=None,
        next_question_at=None,
        silent=0,
        lately=lately,
        lately_from=lately_from,
    )


def phase(state: AnnouncementState, progress: Progress) -> Phase:
    one = Announcement(state=state, due_at=NOW)
    return stand(one, progress, settled=False, now=NOW + SECOND).phase


@pytest.mark.parametrize(
    ("state", "by_state", "expected"),
    [
        (A.SENDING, {S.QUEUED: 1}, Phase.SENDING),
        (A.SENDING, {S.HELD: 1}, Phase.SENDING),
        (A.SENDING, {S.SUBMITTING: 1}, Phase.SENDING),
        (A.SENDING, {S.IN_DOUBT: 1, S.ACCEPTED: 1}, Phase.DOUBTFUL),
        (A.SENDING, {S.ACCEPTED: 1}, Phase.TAKEN),
        (A.PAUSED, {S.HELD: 1, S.SUBMITTING: 1}, Phase.PAUSING),
        (A.PAUSED, {S.QUEUED: 1, S.IN_DOUBT: 1}, Phase.PAUSED),
        (A.CALLED_OFF, {S.SUBMITTING: 1}, Phase.STOPPING),
    ],
)
def test_how_it_stands_follows_from_its_state_and_its_texts(
    state: AnnouncementState, by_state: dict[MessageState, int], expected: Phase
) -> None:
    assert phase(state, reached(by_state)) is expected


def test_what_waits_for_the_morning_is_not_called_being_sent() -> None:
    later = NOW + dt.timedelta(hours=9)
    waits = reached({S.ACCEPTED: 1, S.QUEUED: 2}, next_due_at=later)
    one = Announcement(state=A.SENDING, due_at=NOW)
    said = stand(one, waits, settled=False, now=NOW + SECOND)
    assert said.sentence == "Còn 2 tin, gửi tiếp lúc 18:00 T2 05/10/2026"


def test_every_phase_has_a_look() -> None:
    assert set(LOOKS) == set(Phase)


@pytest.mark.parametrize("is_paused", [True, False])
def test_the_sums_of_a_stop_add_up_to_all_texts_whatever_their_states(
    is_paused: bool,
) -> None:
    for states in itertools.combinations(MessageState, 4):
        by_state = dict(zip(states, (1, 20, 300, 4000), strict=True))
        said = stop_sums(reached(by_state), is_paused=is_paused)
        numbers = re.findall(r"[\d.]+", said)
        assert sum(int(each.replace(".", "")) for each in numbers) == 4321, said


@pytest.mark.parametrize("in_flight", [S.SUBMITTING, S.IN_DOUBT])
def test_the_sums_are_final_only_when_nothing_of_them_can_change(
    in_flight: MessageState,
) -> None:
    one = Announcement(state=A.PAUSED, due_at=NOW)
    moving = reached({S.HELD: 2, in_flight: 1})
    still = reached({S.HELD: 2, S.ACCEPTED: 1})
    assert not stand(one, moving, settled=False, now=NOW).are_final
    assert stand(one, still, settled=False, now=NOW).are_final


def test_the_rest_takes_as_long_as_the_pace_says() -> None:
    going = reached(
        {S.ACCEPTED: 60, S.QUEUED: 100}, lately=60, lately_from=NOW - 60 * SECOND
    )
    assert seconds_left(going, now=NOW) == 100
    assert seconds_left(reached({S.QUEUED: 100}), now=NOW) is None
    just_begun = reached({S.QUEUED: 100}, lately=9, lately_from=NOW - SECOND)
    assert seconds_left(just_begun, now=NOW) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "10 giây"),
        (41, "50 giây"),
        (60, "1 phút"),
        (100, "1 phút 40 giây"),
        (11 * 60 + 1, "12 phút"),
        (3 * 3600 - 1, "3 giờ"),
    ],
)
def test_a_time_to_wait_is_said_the_rounder_the_longer(
    seconds: float, said: str
) -> None:
    assert duration(seconds) == said
