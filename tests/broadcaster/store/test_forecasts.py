"""What has not left is counted at the most it can come to, never at less."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.rules.tariffs import BY_USER_ID
from broadcaster.store.forecasts import Forecast, read_forecast
from broadcaster.store.routing import Routes
from broadcaster.store.session import Database
from broadcaster.store.tables.gateways import CarrierRoute, GatewaySetup
from broadcaster.store.tables.usage import Tariff
from broadcaster.store.tariffs import Prices
from broadcaster.store.zalo_terms import ZaloTerms
from tests.builders.people import NOW
from tests.builders.usage import TEMPLATE, ZALO_GATEWAY, a_price

TODAY = NOW.date()
MINUTES = dt.timedelta(minutes=30)


def a_route(session: Session, carrier: str, *gateways: str) -> None:
    share = 100 // len(gateways)
    session.add_all(
        CarrierRoute(
            channel=Channel.SMS,
            carrier=carrier,
            gateway=gateway,
            share=share,
            place=place,
        )
        for place, gateway in enumerate(gateways)
    )
    session.flush()


def a_gateway(session: Session, name: str, *, is_enabled: bool = True) -> None:
    session.add(
        GatewaySetup(
            name=name,
            kind="memory",
            channel=Channel.SMS,
            sender="",
            options={},
            locked_options="",
            place=1,
            is_enabled=is_enabled,
            created_at=NOW,
            changed_at=NOW,
        )
    )
    session.flush()


def test_a_carrier_costs_what_the_dearest_gateway_of_its_route_takes(
    database: Database,
) -> None:
    with database.writing() as session:
        a_price(session, 700, gateway="esms")
        a_price(session, 800, gateway="kannel")
        a_price(session, 900, gateway="twilio")
        a_route(session, "Viettel", "esms", "kannel")
        a_route(session, "", "esms")

        forecast = read_forecast(session, day=TODAY)

        assert forecast.find_sms_rate("Viettel") == 800
        assert forecast.find_sms_rate("iTel") == 700
        assert forecast.find_sms_rate("iTel", gateway="twilio") == 900


def test_without_a_route_any_gateway_may_carry_it(database: Database) -> None:
    with database.writing() as session:
        a_price(session, 600)
        a_price(session, 900, gateway="of_the_environment")
        assert read_forecast(session, day=TODAY).find_sms_rate("Viettel") == 900


def test_a_gateway_that_is_switched_off_is_not_counted(database: Database) -> None:
    with database.writing() as session:
        a_gateway(session, "esms")
        a_gateway(session, "kannel", is_enabled=False)
        a_price(session, 700, gateway="esms")
        a_price(session, 900, gateway="kannel")
        assert read_forecast(session, day=TODAY).find_sms_rate("Viettel") == 700
        a_route(session, "Viettel", "kannel", "esms")
        assert read_forecast(session, day=TODAY).find_sms_rate("Viettel") == 700


def test_a_carrier_of_which_nobody_knows_the_price_counts_nothing(
    database: Database,
) -> None:
    with database.writing() as session:
        a_price(session, 700, since=TODAY + dt.timedelta(days=1))
        forecast = read_forecast(session, day=TODAY)
        assert forecast.find_sms_rate("Viettel") is None
        assert forecast.sms_vnd(3, carrier="Viettel") == 0


def _forecast(*, sms: int, by_phone: int, by_user_id: int) -> Forecast:
    prices = {
        "care": sms,
        TEMPLATE: by_phone,
        f"{TEMPLATE}{BY_USER_ID}": by_user_id,
    }
    return Forecast(
        day=TODAY,
        prices=Prices(
            Tariff(
                gateway="", carrier="", kind=kind, valid_from=TODAY, vnd_per_segment=vnd
            )
            for kind, vnd in prices.items()
        ),
        routes=Routes(by_carrier={}, common=()),
        anywhere=frozenset({""}),
    )


def _terms(fall_back: dt.timedelta | None) -> ZaloTerms:
    return ZaloTerms(gateway=ZALO_GATEWAY, template_id=TEMPLATE, fall_back=fall_back)


@pytest.mark.parametrize(
    ("zalo", "most"),
    [
        pytest.param(None, 6 * 800, id="SMS alone"),
        pytest.param(_terms(None), 6 * 800, id="one or the other"),
        pytest.param(_terms(MINUTES), 6 * 800 + 3 * 200, id="one after the other"),
    ],
)
def test_a_notice_by_two_channels_is_counted_at_the_most(
    zalo: ZaloTerms | None, most: int
) -> None:
    forecast = _forecast(sms=800, by_phone=200, by_user_id=140)
    assert forecast.notice_vnd(3, carrier="iTel", segments=2, zalo=zalo) == most


rates = st.integers(0, 2000)
ends = st.tuples(st.sampled_from(["sms", "zalo", "both"]), st.sampled_from([0, 1]))


@given(
    sms=rates,
    zalo=st.tuples(rates, rates),
    segments=st.integers(1, 5),
    fall_back=st.sampled_from([None, MINUTES]),
    sent=st.lists(ends, max_size=30),
)
def test_no_send_costs_more_than_was_set_aside_for_it(
    sms: int,
    zalo: tuple[int, int],
    segments: int,
    fall_back: dt.timedelta | None,
    sent: list[tuple[str, int]],
) -> None:
    forecast = _forecast(sms=sms, by_phone=zalo[0], by_user_id=zalo[1])
    actual = 0
    for channel, way in sent:
        goes_by_zalo = channel != "sms"
        goes_by_sms = channel == "sms" or (channel == "both" and fall_back is not None)
        actual += zalo[way] * goes_by_zalo + segments * sms * goes_by_sms
    set_aside = forecast.notice_vnd(
        len(sent), carrier="Viettel", segments=segments, zalo=_terms(fall_back)
    )
    assert actual <= set_aside
