"""A trial goes by its own gateway, and leaves no number behind in the journal."""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from broadcaster.errors import InputError, NotAllowedError, NotFoundError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.gateway_setups import Account, NewGateway, add_gateway
from broadcaster.services.gateway_trials import (
    VALID_FOR,
    Trial,
    get_trial,
    send_trial,
)
from broadcaster.store.carrier_routes import replace_route
from broadcaster.store.routing import Hop
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.vault import Vault
from subscriptions.tables.base import new_public_id
from subscriptions.tables.places import Ward
from tests.builders.accounts import an_account
from tests.builders.messages import a_text
from tests.builders.people import NOW, a_ward

KEY = uuid.UUID("0199b1f0-0000-7000-8000-000000000001")


@pytest.fixture
def ward(database: Database) -> Ward:
    with database.writing() as session:
        return a_ward(session)


@pytest.fixture
def operator(database: Database) -> Actor:
    with database.writing() as session:
        return an_account(session, Role.OPERATOR, ward_id=None)


def a_trial(ward: Ward) -> Trial:
    return Trial(
        key=KEY, gateway="esms-1", ward_id=ward.id, to="0912345678", text="Tin thu"
    )


def sent(database: Database) -> list[Message]:
    with database.reading() as session:
        return list(session.scalars(select(Message)))


def test_a_trial_goes_by_its_gateway_and_not_by_its_carriers_route(
    database: Database, operator: Actor, ward: Ward
) -> None:
    with database.writing() as session:
        hops = [Hop(gateway="twilio", share=100)]
        replace_route(session, Channel.SMS, "VinaPhone", hops=hops)
        replace_route(session, Channel.SMS, "", hops=hops)
    send_trial(database, a_trial(ward), actor=operator, now=NOW)
    (text,) = sent(database)
    assert text.gateway == "esms-1"
    assert text.valid_until == NOW + VALID_FOR


def test_a_gateway_with_a_sender_of_its_own_sends_as_that(
    database: Database, operator: Actor, ward: Ward
) -> None:
    new = NewGateway(
        key=new_public_id(),
        name="esms-1",
        kind="esms",
        channel=Channel.SMS,
        account=Account(sender="HANOI", options={}, secrets={}),
    )
    vault = Vault("a secret that is long enough for a test")
    add_gateway(database, new, vault=vault, reserved=(), actor=operator, now=NOW)
    send_trial(database, a_trial(ward), actor=operator, now=NOW)
    (text,) = sent(database)
    assert text.sender == "HANOI"


def test_the_journal_has_no_number_and_no_word_of_the_text(
    database: Database, operator: Actor, ward: Ward
) -> None:
    send_trial(database, a_trial(ward), actor=operator, now=NOW)
    with database.reading() as session:
        entry = session.scalars(
            select(JournalEntry).where(JournalEntry.act == "gateway.tried")
        ).one()
    assert entry.facts == {"name": "esms-1", "ward": "Phường Hoa Sữa"}


def test_a_trial_sent_twice_is_one_text(
    database: Database, operator: Actor, ward: Ward
) -> None:
    for _ in range(2):
        assert send_trial(database, a_trial(ward), actor=operator, now=NOW) == KEY
    assert [text.public_id for text in sent(database)] == [KEY]


def test_only_trials_are_shown(database: Database, operator: Actor, ward: Ward) -> None:
    send_trial(database, a_trial(ward), actor=operator, now=NOW)
    with database.writing() as session:
        reply = a_text(session, ward).public_id
    with database.reading() as session:
        assert get_trial(session, KEY).text == "Tin thu"
        with pytest.raises(NotFoundError):
            get_trial(session, reply)


def test_a_landline_gets_no_trial(
    database: Database, operator: Actor, ward: Ward
) -> None:
    trial = replace(a_trial(ward), to="02436577024")
    with pytest.raises(InputError):
        send_trial(database, trial, actor=operator, now=NOW)
    assert sent(database) == []


def test_only_an_operator_tries_a_gateway(database: Database, ward: Ward) -> None:
    with database.writing() as session:
        officer = an_account(session, Role.OFFICER, ward_id=ward.id)
    with pytest.raises(NotAllowedError):
        send_trial(database, a_trial(ward), actor=officer, now=NOW)
