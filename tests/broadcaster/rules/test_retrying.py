"""What was refused for now is tried ever more seldom; what is unknown is looked up."""

import datetime as dt

import pytest

from broadcaster.rules.retrying import next_look, next_try

MINUTE = dt.timedelta(minutes=1)


def test_five_pauses_grow_and_then_the_trying_ends() -> None:
    pauses = [next_try(attempts) for attempts in range(1, 7)]
    assert pauses == [MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE, None]


@pytest.mark.parametrize("seconds", [1, 10, 3_600])
def test_what_waits_is_looked_at_again_when_it_has_waited_as_long(
    seconds: int,
) -> None:
    age = dt.timedelta(seconds=seconds)
    assert next_look(age) == age


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 0.2])
def test_nothing_is_looked_at_more_than_once_a_second(seconds: float) -> None:
    assert next_look(dt.timedelta(seconds=seconds)) == dt.timedelta(seconds=1)


def test_a_month_of_not_knowing_costs_some_twenty_looks() -> None:
    age, looks = dt.timedelta(seconds=10), 0
    while age < dt.timedelta(days=30):
        age += next_look(age)
        looks += 1
    assert 15 <= looks <= 25
