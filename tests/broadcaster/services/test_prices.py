"""Prices have a first day: today or later, once for each gateway, carrier and kind."""

import datetime as dt
from dataclasses import replace

import pytest

from broadcaster.errors import InputError, NotAllowedError
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.prices import NewPrice, Phase, add_price, phases
from broadcaster.store.session import Database
from broadcaster.store.tariffs import list_tariffs
from tests.builders.accounts import an_account
from tests.builders.people import NOW, a_ward

TODAY = dt.date(2026, 10, 5)
DAY = dt.timedelta(days=1)
PRICE = NewPrice(
    gateway="esms",
    carrier="Viettel",
    kind="care",
    valid_from=TODAY,
    vnd_per_segment=650,
)


@pytest.fixture
def operator(database: Database) -> Actor:
    with database.writing() as session:
        return an_account(session, Role.OPERATOR, ward_id=None)


def refusal(database: Database, price: NewPrice, operator: Actor) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        add_price(database, price, actor=operator, now=NOW)
    return caught.value.field, caught.value.reason


def test_a_price_of_a_gateway_stands_beside_that_of_all(
    database: Database, operator: Actor
) -> None:
    add_price(database, PRICE, actor=operator, now=NOW)
    add_price(database, replace(PRICE, gateway=""), actor=operator, now=NOW)
    with database.reading() as session:
        assert [row.gateway for row in list_tariffs(session)] == ["", "esms"]


def test_a_day_has_one_price(database: Database, operator: Actor) -> None:
    add_price(database, PRICE, actor=operator, now=NOW)
    other = replace(PRICE, vnd_per_segment=700)
    assert refusal(database, other, operator) == ("valid_from", "taken")


@pytest.mark.parametrize(
    ("price", "field", "reason"),
    [
        (replace(PRICE, valid_from=TODAY - DAY), "valid_from", "past"),
        (replace(PRICE, vnd_per_segment=0), "vnd_per_segment", "out_of_range"),
        (replace(PRICE, vnd_per_segment=10_001), "vnd_per_segment", "out_of_range"),
        (replace(PRICE, kind="214"), "carrier", "not_by_zalo"),
    ],
    ids=["yesterday", "free", "too dear", "Zalo by carrier"],
)
def test_a_price_that_cannot_be_is_refused_at_its_field(
    database: Database, operator: Actor, price: NewPrice, field: str, reason: str
) -> None:
    assert refusal(database, price, operator) == (field, reason)


def test_an_answer_by_zalo_may_be_free(database: Database, operator: Actor) -> None:
    free = replace(PRICE, kind="zalo_reply", carrier="", vnd_per_segment=0)
    add_price(database, free, actor=operator, now=NOW)
    with database.reading() as session:
        assert [row.vnd_per_segment for row in list_tariffs(session)] == [0]


def test_today_is_the_wards_day_and_not_the_servers(
    database: Database, operator: Actor
) -> None:
    after_midnight = dt.datetime(2026, 10, 4, 17, 30, tzinfo=dt.UTC)
    with pytest.raises(InputError):
        add_price(
            database,
            replace(PRICE, valid_from=TODAY - DAY),
            actor=operator,
            now=after_midnight,
        )


def test_of_prices_alike_the_latest_begun_is_current(
    database: Database, operator: Actor
) -> None:
    for days in (0, 3, 9):
        price = replace(PRICE, valid_from=TODAY + days * DAY)
        add_price(database, price, actor=operator, now=NOW)
    other = replace(PRICE, carrier="MobiFone")
    add_price(database, other, actor=operator, now=NOW)
    with database.reading() as session:
        rows = list_tariffs(session)
    found = phases(rows, today=TODAY + 5 * DAY)
    told = {(row.carrier, row.valid_from.day): found[row.id] for row in rows}
    assert told == {
        ("Viettel", 5): Phase.PAST,
        ("Viettel", 8): Phase.CURRENT,
        ("Viettel", 14): Phase.FUTURE,
        ("MobiFone", 5): Phase.CURRENT,
    }


def test_only_an_operator_sets_prices(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        officer = an_account(session, Role.OFFICER, ward_id=ward.id)
    with pytest.raises(NotAllowedError):
        add_price(database, PRICE, actor=officer, now=NOW)
