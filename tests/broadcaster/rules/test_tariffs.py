"""A segment costs what it cost on its day."""

import datetime as dt

import pytest

from broadcaster.rules.tariffs import NoTariffError, Tariff, cost, rate_on

TARIFFS = [
    Tariff(carrier="Viettel", valid_from=dt.date(2026, 7, 1), vnd_per_segment=790),
    Tariff(carrier="Viettel", valid_from=dt.date(2026, 1, 1), vnd_per_segment=650),
    Tariff(carrier="MobiFone", valid_from=dt.date(2026, 1, 1), vnd_per_segment=700),
    Tariff(
        carrier="Viettel",
        kind="ad",
        valid_from=dt.date(2026, 1, 1),
        vnd_per_segment=900,
    ),
]


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (dt.date(2026, 1, 1), 650),
        (dt.date(2026, 6, 30), 650),
        (dt.date(2026, 7, 1), 790),
        (dt.date(2030, 1, 1), 790),
    ],
)
def test_the_latest_rate_begun_by_the_day_holds(day: dt.date, rate: int) -> None:
    assert rate_on(TARIFFS, "Viettel", day=day) == rate


def test_carriers_and_kinds_have_their_own_rates() -> None:
    day = dt.date(2026, 8, 1)

    assert rate_on(TARIFFS, "MobiFone", day=day) == 700
    assert rate_on(TARIFFS, "Viettel", day=day, kind="ad") == 900


@pytest.mark.parametrize(
    ("carrier", "day"),
    [("Viettel", dt.date(2025, 12, 31)), ("iTel", dt.date(2026, 8, 1))],
)
def test_a_text_without_a_rate_is_an_error_that_says_which(
    carrier: str, day: dt.date
) -> None:
    with pytest.raises(NoTariffError) as caught:
        rate_on(TARIFFS, carrier, day=day)

    assert (caught.value.carrier, caught.value.day) == (carrier, day)


def test_cost_is_whole_dong() -> None:
    assert cost(3, 790) == 2370


@pytest.mark.parametrize(("segments", "rate"), [(-1, 790), (1, -790)])
def test_cost_is_never_negative(segments: int, rate: int) -> None:
    with pytest.raises(ValueError, match="never negative"):
        cost(segments, rate)
