"""A route is written down whole, and its shares are a hundred."""

import pytest

from broadcaster.errors import InputError, NotAllowedError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.gateway_routes import NewRoute, remove_route, save_route
from broadcaster.store.carrier_routes import list_routes
from broadcaster.store.routing import Hop, read_routes
from broadcaster.store.session import Database
from tests.builders.accounts import an_account
from tests.builders.people import NOW, a_ward

OFFERED = ("esms", "kannel", "twilio")
HOPS = (
    Hop(gateway="kannel", share=30),
    Hop(gateway="esms", share=70),
    Hop(gateway="twilio", share=0),
)


@pytest.fixture
def operator(database: Database) -> Actor:
    with database.writing() as session:
        return an_account(session, Role.OPERATOR, ward_id=None)


def save(
    database: Database, operator: Actor, *hops: Hop, carrier: str = "Viettel"
) -> None:
    route = NewRoute(channel=Channel.SMS, carrier=carrier, hops=hops)
    save_route(database, route, offered=OFFERED, actor=operator, now=NOW)


def test_a_route_holds_for_its_carrier_in_its_order(
    database: Database, operator: Actor
) -> None:
    save(database, operator, *HOPS)
    with database.reading() as session:
        assert list_routes(session, Channel.SMS) == {"Viettel": HOPS}
        routes = read_routes(session, ["twilio"])
    assert routes.hops("Viettel") == HOPS
    assert [hop.gateway for hop in routes.hops("MobiFone")] == ["twilio"]


def test_a_new_route_replaces_the_old_one_whole(
    database: Database, operator: Actor
) -> None:
    save(database, operator, *HOPS)
    save(database, operator, Hop(gateway="twilio", share=100))
    with database.reading() as session:
        found = list_routes(session, Channel.SMS)
    assert found == {"Viettel": (Hop(gateway="twilio", share=100),)}


def test_a_route_that_is_removed_leaves_the_others(
    database: Database, operator: Actor
) -> None:
    save(database, operator, *HOPS)
    save(database, operator, *HOPS, carrier="")
    for _ in range(2):
        remove_route(database, Channel.SMS, "Viettel", actor=operator, now=NOW)
    with database.reading() as session:
        assert list_routes(session, Channel.SMS) == {"": HOPS}


@pytest.mark.parametrize(
    ("hops", "reason"),
    [
        ((), "empty"),
        ((Hop(gateway="esms", share=99),), "not_a_hundred"),
        ((Hop(gateway="esms", share=0),), "not_a_hundred"),
        ((*HOPS, Hop(gateway="esms", share=0)), "unknown"),
        ((Hop(gateway="zalo", share=100),), "unknown"),
        (
            (Hop(gateway="esms", share=150), Hop(gateway="kannel", share=-50)),
            "not_a_percentage",
        ),
    ],
    ids=["nobody", "99", "only spare", "twice", "other channel", "below nothing"],
)
def test_a_route_that_does_not_add_up_is_refused(
    database: Database, operator: Actor, hops: tuple[Hop, ...], reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        save(database, operator, *hops)
    assert caught.value.reason == reason
    with database.reading() as session:
        assert list_routes(session, Channel.SMS) == {}


def test_only_an_operator_sets_routes(database: Database) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        officer = an_account(session, Role.OFFICER, ward_id=ward.id)
    with pytest.raises(NotAllowedError):
        save(database, officer, *HOPS)
    with pytest.raises(NotAllowedError):
        remove_route(database, Channel.SMS, "Viettel", actor=officer, now=NOW)
