"""A telco counts as down by what it did not answer, never by what it refused."""

import pytest

from broadcaster.rules.breaking import FEWEST, is_down, stays_open


@pytest.mark.parametrize(
    ("tried", "unreachable", "lost", "is_expected"),
    [
        pytest.param(0, 0, 0, False, id="nothing was tried"),
        pytest.param(100, 0, 0, False, id="everything was answered"),
        pytest.param(1, 1, 0, True, id="the only call was refused a connection"),
        pytest.param(2, 1, 0, True, id="half found no telco"),
        pytest.param(3, 1, 0, False, id="less than half found no telco"),
        pytest.param(FEWEST - 1, 0, FEWEST - 1, False, id="a few lost answers"),
        pytest.param(FEWEST, 0, FEWEST, True, id="enough lost answers"),
        pytest.param(2 * FEWEST, 0, FEWEST, True, id="half of the answers lost"),
        pytest.param(2 * FEWEST + 1, 0, FEWEST, False, id="less than half lost"),
    ],
)
def test_a_telco_is_down_when_half_met_nobody(
    tried: int, unreachable: int, lost: int, *, is_expected: bool
) -> None:
    found = is_down(tried=tried, unreachable=unreachable, lost=lost, probing=False)
    assert found is is_expected


def test_a_single_lost_answer_fails_a_probe() -> None:
    assert is_down(tried=1, unreachable=0, lost=1, probing=True)


def test_a_refused_probe_shows_that_the_telco_is_up() -> None:
    assert not is_down(tried=1, unreachable=0, lost=0, probing=True)


def test_a_pause_doubles_and_never_exceeds_a_minute() -> None:
    seconds = [stays_open(failures).total_seconds() for failures in range(1, 7)]
    assert seconds == [5, 10, 20, 40, 60, 60]
    assert stays_open(10_000).total_seconds() == 60
