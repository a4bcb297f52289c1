"""A window leaves in slices, no larger than the telco's pace, and can be given back."""

from dataclasses import replace

import pytest

from broadcaster.gateways.memory import CAPABILITIES
from broadcaster.ports import Outcome, Submission, Verdict
from broadcaster.services.flights import (
    LEASE,
    UNREACHABLE,
    Flight,
    Speed,
    Tally,
    answers,
    fence_from,
)
from broadcaster.store.windows import Window
from subscriptions.tables.base import new_public_id
from tests.builders.people import NOW


def texts(count: int) -> list[Submission]:
    return [
        Submission(
            message_id=number,
            reference=new_public_id(),
            to="+84912000001",
            text="Moi ong/ba hop.",
            sender="PHOASUA",
            submitted_at=NOW,
        )
        for number in range(count)
    ]


def a_flight(count: int, *, size: int) -> Flight:
    window = Window(
        id=1, submissions=texts(count), ward_ids=frozenset({1}), last_ward_id=1
    )
    return Flight.of(window, window_id=1, size=size, is_started=True, fence=0.0)


def told(*verdicts: Verdict, code: str | None = None) -> Tally:
    tally = Tally()
    tally.count(
        [
            Outcome(message_id=number, verdict=verdict, code=code)
            for number, verdict in enumerate(verdicts)
        ]
    )
    return tally


def test_a_window_is_cut_into_slices_and_nothing_is_left_out() -> None:
    flight = a_flight(25, size=10)
    assert [len(those) for those in flight.slices] == [10, 10, 5]
    assert flight.open == 25


def test_what_was_not_handed_over_is_said_not_to_have_left() -> None:
    flight = a_flight(25, size=10)
    flight.slices.popleft()
    given = flight.give_back()
    assert {outcome.verdict for outcome in given} == {Verdict.NOT_SENT}
    assert [outcome.message_id for outcome in given] == list(range(10, 25))
    assert flight.open == 25
    assert flight.give_back() == []


def test_what_others_put_back_already_is_not_told_again() -> None:
    flight = a_flight(25, size=10)
    flight.slices.popleft()
    flight.is_lost = True
    assert flight.give_back() == []
    assert flight.open == 10


def test_a_fence_comes_before_the_end_of_the_lease() -> None:
    assert 100 < fence_from(100.0) < 100 + LEASE.total_seconds()


def test_every_text_has_one_answer_and_the_untold_are_in_doubt() -> None:
    told_of = [
        Outcome(message_id=1, verdict=Verdict.ACCEPTED),
        Outcome(message_id=7, verdict=Verdict.ACCEPTED),
    ]
    given = answers(texts(3), told_of)
    assert [(outcome.message_id, outcome.verdict) for outcome in given] == [
        (0, Verdict.IN_DOUBT),
        (1, Verdict.ACCEPTED),
        (2, Verdict.IN_DOUBT),
    ]


@pytest.mark.parametrize(
    ("per_second", "window", "slice_"), [(100.0, 50, 10), (4.0, 2, 1), (0.5, 1, 1)]
)
def test_a_paced_window_holds_half_a_second_of_the_pace(
    per_second: float, window: int, slice_: int
) -> None:
    speed = Speed(capabilities=replace(CAPABILITIES, segments_per_second=per_second))
    assert (speed.window(), speed.slice()) == (window, slice_)


def test_a_paced_window_is_never_larger_than_the_gateways() -> None:
    fast = replace(CAPABILITIES, segments_per_second=1e6)
    assert Speed(capabilities=fast).window() == CAPABILITIES.window


def test_the_first_window_is_twice_what_goes_at_once() -> None:
    speed = Speed(capabilities=CAPABILITIES)
    assert speed.window() == 2 * CAPABILITIES.connections


def test_a_slow_telco_gets_small_windows() -> None:
    speed = Speed(capabilities=CAPABILITIES)
    speed.began -= 10
    speed.done = 20  # two a second
    assert speed.window() == CAPABILITIES.connections // 2
    speed.done = 100_000
    assert speed.window() == CAPABILITIES.window


def test_a_telco_that_answers_late_gets_no_full_window_for_its_first_answers() -> None:
    speed = Speed(capabilities=CAPABILITIES)
    speed.began -= 0.2
    speed.done = 8  # forty a second
    assert speed.window() == CAPABILITIES.connections // 2


def test_texts_we_stopped_ourselves_say_nothing_of_the_telco() -> None:
    tally = told(*[Verdict.NOT_SENT] * 20, code="stopped")
    assert not tally.is_down(probing=False)
    assert not tally.came_through()
    assert tally.as_facts() == {}


def test_texts_that_met_no_telco_show_that_it_is_down() -> None:
    tally = told(Verdict.NOT_SENT, code=UNREACHABLE)
    assert tally.is_down(probing=False)
    assert not tally.came_through()
    assert tally.as_facts() == {UNREACHABLE: 1}


@pytest.mark.parametrize(
    "verdict", [Verdict.ACCEPTED, Verdict.NEVER, Verdict.LATER, Verdict.ELSEWHERE]
)
def test_whatever_the_telco_answers_it_is_up(verdict: Verdict) -> None:
    tally = told(verdict)
    assert tally.came_through()
    assert not tally.is_down(probing=True)
    assert tally.as_facts() == {verdict.value: 1}
