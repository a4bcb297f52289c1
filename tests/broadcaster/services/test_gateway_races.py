"""Buttons of the gateways' pages that are pressed at the same moment."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from broadcaster.errors import InputError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.gateway_routes import NewRoute, save_route
from broadcaster.services.gateway_setups import Account, NewGateway, add_gateway
from broadcaster.services.gateway_trials import Trial, send_trial
from broadcaster.store.carrier_routes import list_routes
from broadcaster.store.gateway_setups import list_setups
from broadcaster.store.routing import Hop
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.vault import Vault
from subscriptions.tables.base import new_public_id
from tests.builders.accounts import an_account
from tests.builders.people import NOW, a_ward

PRESSES = 4
VAULT = Vault("a secret that is long enough for a test")


@pytest.fixture
def operator(database: Database) -> Actor:
    with database.writing() as session:
        return an_account(session, Role.OPERATOR, ward_id=None)


def press_together(*presses: Callable[[], object]) -> list[object]:
    """Press all at the same moment; a refusal is returned as its reason."""
    together = threading.Barrier(len(presses))

    def press(one: Callable[[], object]) -> object:
        together.wait(30)
        try:
            return one()
        except InputError as fault:
            return fault.reason

    with ThreadPoolExecutor(len(presses)) as hands:
        return list(hands.map(press, presses))


def adding(database: Database, operator: Actor, key: uuid.UUID) -> Callable[[], str]:
    new = NewGateway(
        key=key,
        name="kannel",
        kind="kannel",
        channel=Channel.SMS,
        account=Account(sender="", options={}, secrets={}),
    )
    return lambda: add_gateway(
        database, new, vault=VAULT, reserved=(), actor=operator, now=NOW
    )


def test_one_form_pressed_at_once_adds_one_gateway(
    database: Database, operator: Actor
) -> None:
    press = adding(database, operator, new_public_id())
    assert press_together(*[press] * PRESSES) == ["kannel"] * PRESSES
    with database.reading() as session:
        assert len(list_setups(session)) == 1


def test_of_two_who_take_one_name_at_once_one_has_it(
    database: Database, operator: Actor
) -> None:
    presses = [adding(database, operator, new_public_id()) for _ in range(PRESSES)]
    told = press_together(*presses)
    assert sorted(map(str, told)) == ["kannel", *["taken"] * (PRESSES - 1)]


def test_one_trial_pressed_at_once_is_one_text(
    database: Database, operator: Actor
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
    trial = Trial(
        key=new_public_id(),
        gateway="kannel",
        ward_id=ward.id,
        to="0912345678",
        text="Tin thu",
    )

    def press() -> uuid.UUID:
        return send_trial(database, trial, actor=operator, now=NOW)

    assert press_together(*[press] * PRESSES) == [trial.key] * PRESSES
    with database.reading() as session:
        assert len(session.scalars(select(Message)).all()) == 1


def test_routes_saved_at_once_leave_one_of_them_whole(
    database: Database, operator: Actor
) -> None:
    names = [f"gateway-{number}" for number in range(PRESSES)]
    routes = [
        NewRoute(
            channel=Channel.SMS,
            carrier="Viettel",
            hops=(Hop(gateway=name, share=100),),
        )
        for name in names
    ]

    def saving(route: NewRoute) -> Callable[[], None]:
        return lambda: save_route(
            database, route, offered=names, actor=operator, now=NOW
        )

    assert press_together(*map(saving, routes)) == [None] * PRESSES
    with database.reading() as session:
        found = list_routes(session, Channel.SMS)
    assert found["Viettel"] in [route.hops for route in routes]
