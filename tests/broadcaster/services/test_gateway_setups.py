"""Gateways are added, changed, switched and put in order, each with its entry."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from broadcaster.errors import InputError, NotAllowedError, NotFoundError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.gateway_setups import (
    Account,
    NewGateway,
    add_gateway,
    change_gateway,
    move_gateway,
    reserved_names,
    saved_secrets,
    switch_gateway,
)
from broadcaster.store.gateway_setups import get_setup, list_setups
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.vault import Vault
from subscriptions.tables.base import new_public_id
from tests.builders.accounts import an_account
from tests.builders.people import NOW, a_ward

VAULT = Vault("a secret that is long enough for a test")
ACCOUNT = Account(
    sender="HANOI",
    options={"username": "loa", "window": "50"},
    secrets={"password": "nobody's word"},
)


@pytest.fixture
def operator(database: Database) -> Actor:
    with database.writing() as session:
        return an_account(session, Role.OPERATOR, ward_id=None)


def add(
    database: Database,
    operator: Actor,
    *,
    name: str = "kannel",
    channel: Channel = Channel.SMS,
    account: Account = ACCOUNT,
) -> str:
    new = NewGateway(
        key=new_public_id(),
        name=name,
        kind="kannel",
        channel=channel,
        account=account,
    )
    return add_gateway(database, new, vault=VAULT, reserved=(), actor=operator, now=NOW)


def order(database: Database) -> list[str]:
    with database.reading() as session:
        return [setup.name for setup in list_setups(session)]


def entries(database: Database, act: str) -> list[dict[str, object]]:
    with database.reading() as session:
        rows = select(JournalEntry).where(JournalEntry.act == act)
        return [entry.facts for entry in session.scalars(rows)]


def test_secrets_are_locked_and_the_rest_is_read(
    database: Database, operator: Actor
) -> None:
    add(database, operator)
    with database.reading() as session:
        setup = get_setup(session, "kannel")
    assert setup.options == {"username": "loa", "window": "50"}
    assert "nobody" not in setup.locked_options
    assert json.loads(VAULT.open(setup.locked_options)) == ACCOUNT.secrets


def test_a_change_keeps_the_secrets_that_were_not_typed_anew(
    database: Database, operator: Actor
) -> None:
    more = replace(ACCOUNT, secrets={"password": "old", "inbound_secret": "kept"})
    add(database, operator, account=more)
    change = Account(sender="", options={}, secrets={"password": "new"})
    change_gateway(database, "kannel", change, vault=VAULT, actor=operator, now=NOW)
    with database.reading() as session:
        setup = get_setup(session, "kannel")
    kept = saved_secrets(setup, VAULT)
    assert kept == {"password": "new", "inbound_secret": "kept"}
    assert (setup.sender, setup.options) == ("", {})


def test_every_change_is_seen_by_who_keeps_the_gateway_made(
    database: Database, operator: Actor
) -> None:
    add(database, operator)
    moments = []
    for on in (False, True):
        switch_gateway(database, "kannel", on=on, actor=operator, now=NOW)
        with database.reading() as session:
            moments.append(get_setup(session, "kannel").changed_at)
    assert NOW < moments[0] < moments[1]


def test_the_journal_names_what_was_changed_and_never_the_words(
    database: Database, operator: Actor
) -> None:
    add(database, operator)
    change = Account(
        sender="HANOI",
        options={"username": "other", "window": "50"},
        secrets={"password": "new word"},
    )
    change_gateway(database, "kannel", change, vault=VAULT, actor=operator, now=NOW)
    assert entries(database, "gateway.changed") == [
        {"name": "kannel", "options": "password, username"}
    ]


def test_switching_twice_is_one_change(database: Database, operator: Actor) -> None:
    add(database, operator)
    for _ in range(2):
        switch_gateway(database, "kannel", on=False, actor=operator, now=NOW)
    assert entries(database, "gateway.switched_off") == [{"name": "kannel"}]


def test_places_are_counted_channel_by_channel(
    database: Database, operator: Actor
) -> None:
    for name in ("one", "two", "three"):
        add(database, operator, name=name)
    add(database, operator, name="zalo-1", channel=Channel.ZALO)
    move_gateway(database, "one", to=2, actor=operator, now=NOW)
    assert order(database) == ["two", "one", "three", "zalo-1"]
    move_gateway(database, "two", to=99, actor=operator, now=NOW)
    assert order(database) == ["one", "three", "two", "zalo-1"]


def test_a_name_belongs_to_one_gateway(database: Database, operator: Actor) -> None:
    add(database, operator)
    with pytest.raises(InputError) as caught:
        add(database, operator)
    assert (caught.value.field, caught.value.reason) == ("name", "taken")


def test_names_of_the_environments_gateways_are_kept_for_their_kinds() -> None:
    kept = reserved_names("kannel", kinds={"kannel", "twilio"}, fixed={"kannel"})
    assert {"twilio", "twilio2", "twilio9", "kannel"} <= kept
    assert "kannel2" not in kept
    assert "twilio-hanoi" not in kept


@pytest.mark.parametrize("name", ["", "a", "1st", "Kannel", "a_b", "a/b", "a" * 25])
def test_a_name_that_cannot_stand_in_an_address_is_refused(
    database: Database, operator: Actor, name: str
) -> None:
    with pytest.raises(InputError) as caught:
        add(database, operator, name=name)
    assert caught.value.reason == "not_a_name"


def test_a_gateway_that_is_not_there_is_not_changed(
    database: Database, operator: Actor
) -> None:
    with pytest.raises(NotFoundError):
        switch_gateway(database, "kannel", on=True, actor=operator, now=NOW)


def test_nobody_but_an_operator_touches_a_gateway(
    database: Database, operator: Actor
) -> None:
    add(database, operator)
    with database.writing() as session:
        ward = a_ward(session)
        officer = an_account(session, Role.OFFICER, ward_id=ward.id)
    with pytest.raises(NotAllowedError):
        add(database, officer, name="other")
    with pytest.raises(NotAllowedError):
        switch_gateway(database, "kannel", on=False, actor=officer, now=NOW)
    with pytest.raises(NotAllowedError):
        move_gateway(database, "kannel", to=1, actor=officer, now=NOW)
    with pytest.raises(NotAllowedError):
        change_gateway(database, "kannel", ACCOUNT, vault=VAULT, actor=officer, now=NOW)


def test_secrets_locked_with_another_key_are_as_good_as_none(
    database: Database, operator: Actor
) -> None:
    add(database, operator)
    with database.reading() as session:
        setup = get_setup(session, "kannel")
    assert saved_secrets(setup, Vault("another secret, long enough")) == {}
