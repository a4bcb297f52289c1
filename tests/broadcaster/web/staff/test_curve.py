"""The curve stays inside its axes and says the same as its table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.web.staff.curve import HEIGHT, WIDTH, draw


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([], total=3) is None


@pytest.mark.parametrize(
    ("seconds", "unit", "last"),
    [
        (0.0, "seconds", "1"),
        (90, "seconds", "100"),
        (600, "minutes", "10"),
        (5 * 3600, "hours", "6"),
    ],
)
def test_the_axis_has_a_unit_that_people_use(
    seconds: float, unit: str, last: str
) -> None:
    curve = draw([(seconds, 3)], total=3)
    assert curve is not None
    assert (curve.unit, curve.across[-1].word) == (unit, last)


@given(
    st.lists(st.floats(0, 300_000), min_size=1, max_size=120),
    st.integers(0, 5000),
)
def test_every_point_is_inside_and_the_table_ends_with_the_last(
    times: list[float], waiting: int
) -> None:
    points = [(at, number) for number, at in enumerate(sorted(times), 1)]
    curve = draw(points, total=len(points) + waiting)
    assert curve is not None
    for pair in curve.points.split():
        x, y = map(float, pair.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    assert curve.rows[-1][1] == len(points)
    assert len(curve.rows) <= 13
