"""A segment costs what it cost on its day, by the price that is most its own."""

import datetime as dt

import pytest

from broadcaster.rules.tariffs import (
    NoTariffError,
    Tariff,
    TariffKind,
    at_most,
    cost,
    rate_on,
    template_kinds,
    template_of,
)

YEAR = dt.date(2026, 1, 1)
JULY = dt.date(2026, 7, 1)
AUGUST = dt.date(2026, 8, 1)

TARIFFS = [
    Tariff(carrier="Viettel", valid_from=JULY, vnd_per_segment=790),
    Tariff(carrier="Viettel", valid_from=YEAR, vnd_per_segment=650),
    Tariff(carrier="MobiFone", valid_from=YEAR, vnd_per_segment=700),
    Tariff(carrier="Viettel", kind="ad", valid_from=YEAR, vnd_per_segment=900),
    Tariff(carrier="", kind="214", valid_from=YEAR, vnd_per_segment=200),
    Tariff(carrier="", kind="214/user", valid_from=YEAR, vnd_per_segment=140),
]


def find(
    *tariffs: Tariff,
    gateway: str = "esms",
    carrier: str = "Viettel",
    kind: str = "care",
    day: dt.date = AUGUST,
) -> int:
    return rate_on(
        tariffs or TARIFFS, gateway=gateway, carrier=carrier, kind=kind, day=day
    )


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
    assert find(day=day) == rate


def test_carriers_and_kinds_have_their_own_rates() -> None:
    assert find(carrier="MobiFone") == 700
    assert find(kind="ad") == 900


def test_a_zalo_template_costs_the_same_to_every_carrier_and_less_by_user_id() -> None:
    by_phone, by_user_id = template_kinds("214")
    for carrier in ("Viettel", "iTel", ""):
        assert find(carrier=carrier, kind=by_phone) == 200
        assert find(carrier=carrier, kind=by_user_id) == 140


BROAD = Tariff(carrier="", valid_from=AUGUST, vnd_per_segment=1)
OF_CARRIER = Tariff(carrier="Viettel", valid_from=JULY, vnd_per_segment=2)
OF_GATEWAY = Tariff(gateway="esms", carrier="", valid_from=YEAR, vnd_per_segment=3)
OF_BOTH = Tariff(gateway="esms", carrier="Viettel", valid_from=YEAR, vnd_per_segment=4)


@pytest.mark.parametrize(
    ("gateway", "carrier", "rate"),
    [
        pytest.param("esms", "Viettel", 4, id="both"),
        pytest.param("esms", "iTel", 3, id="gateway"),
        pytest.param("kannel", "Viettel", 2, id="carrier"),
        pytest.param("kannel", "iTel", 1, id="neither"),
        pytest.param("", "", 1, id="unknown"),
    ],
)
def test_the_price_most_its_own_wins_however_old(
    gateway: str, carrier: str, rate: int
) -> None:
    prices = BROAD, OF_CARRIER, OF_GATEWAY, OF_BOTH
    assert find(*prices, gateway=gateway, carrier=carrier) == rate
    assert find(*reversed(prices), gateway=gateway, carrier=carrier) == rate


def test_a_gateways_price_for_all_goes_before_a_carriers_everywhere() -> None:
    assert find(OF_CARRIER, OF_GATEWAY) == 3


def test_a_price_of_its_own_that_has_not_begun_leaves_the_broader_one() -> None:
    future = Tariff(gateway="esms", carrier="", valid_from=AUGUST, vnd_per_segment=9)
    assert find(OF_CARRIER, future, day=JULY) == 2


@pytest.mark.parametrize(
    ("carrier", "kind", "day"),
    [
        pytest.param("Viettel", "care", dt.date(2025, 12, 31), id="too early"),
        pytest.param("iTel", "care", AUGUST, id="another carrier"),
        pytest.param("Viettel", "215", AUGUST, id="another template"),
    ],
)
def test_a_text_without_a_rate_is_an_error_that_says_which(
    carrier: str, kind: str, day: dt.date
) -> None:
    with pytest.raises(NoTariffError) as caught:
        find(carrier=carrier, kind=kind, day=day)

    error = caught.value
    assert (error.gateway, error.carrier) == ("esms", carrier)
    assert (error.kind, error.day) == (kind, day)


def test_an_answer_by_zalo_is_free_until_a_tariff_says_otherwise() -> None:
    assert find(kind=TariffKind.ZALO_REPLY) == 0
    priced = Tariff(
        carrier="", kind="zalo_reply", valid_from=AUGUST, vnd_per_segment=55
    )
    assert find(priced, kind=TariffKind.ZALO_REPLY) == 55
    assert find(priced, kind=TariffKind.ZALO_REPLY, day=JULY) == 0


@pytest.mark.parametrize(
    ("kind", "template_id"),
    [("214", "214"), ("214/user", "214"), ("care", None), ("zalo_reply", None)],
)
def test_a_class_of_price_knows_its_template(
    kind: str, template_id: str | None
) -> None:
    assert template_of(kind) == template_id


def test_a_notice_that_may_go_by_both_channels_may_be_paid_for_twice() -> None:
    assert at_most(zalo_vnd=200, sms_vnd=1600, may_go_by_both=True) == 1800
    assert at_most(zalo_vnd=200, sms_vnd=1600, may_go_by_both=False) == 1600
    assert at_most(zalo_vnd=900, sms_vnd=500, may_go_by_both=False) == 900


def test_cost_is_whole_dong() -> None:
    assert cost(3, 790) == 2370


@pytest.mark.parametrize(("segments", "rate"), [(-1, 790), (1, -790)])
def test_cost_is_never_negative(segments: int, rate: int) -> None:
    with pytest.raises(ValueError, match="never negative"):
        cost(segments, rate)
