"""A gateway of its own process is held, sent by and heard by that process alone."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select, text

from broadcaster.bootstrap import House, assemble
from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database
from broadcaster.store.tables.gateways import GatewaySetup
from broadcaster.store.tables.messages import InboundText, Message
from tests.broadcaster.gateways.smpp.ends import a_gateway
from tests.builders.messages import a_frozen_notice, a_text, lines_in
from tests.builders.people import NOW, a_ward
from tests.smsc import BIND_TRANSCEIVER, PASSWORD, SYSTEM_ID, UNBIND, Smsc, smsc
from tests.telco import until
from tests.workers.conftest import make_due
from tests.workers.processes import Office, open_office
from workers.links import Switchboard
from workers.process import work_with
from workers.relay import ring

WITHIN_S = 90.0
KINDS_OF_END = (MessageState.ACCEPTED, MessageState.IN_DOUBT)


@pytest.fixture
def centre() -> Iterator[Smsc]:
    with smsc() as running:
        yield running


@pytest.fixture
def office(
    database_url: str, redis_url: str, centre: Smsc, tmp_path: Path
) -> Iterator[Office]:
    environ = {
        "LOA_DATABASE_URL": database_url,
        "LOA_REDIS_URL": redis_url,
        "LOA_SECRET_KEY": "a secret of the tests, long enough for all",
        "LOA_PUBLIC_URL": "http://127.0.0.1:1",
        "LOA_GATEWAY": "smpp",
        "LOA_GATEWAY_HOST": "127.0.0.1",
        "LOA_GATEWAY_PORT": str(centre.port),
        "LOA_GATEWAY_SYSTEM_ID": SYSTEM_ID,
        "LOA_GATEWAY_PASSWORD": PASSWORD,
        "LOA_GATEWAY_RECEIPT_KIND": "handset",
        "LOA_GATEWAY_WINDOW": "10",
        "LOA_GATEWAY_RESPONSE_TIMEOUT_S": "3",
    }
    with open_office(environ, logs=tmp_path / "office.log") as office:
        yield office


@pytest.fixture
def board(house: House, centre: Smsc) -> Iterator[Switchboard]:
    """Give the lines of a house whose only gateway is that SMSC's."""
    gateway = a_gateway(centre.port)
    house = assemble(house.settings, house.database, fixed=[gateway], clock=house.clock)
    work_with(house)
    board = Switchboard(house)
    yield board
    board.close()


def confirm(database: Database, count: int) -> list[str]:
    """Confirm a notice to as many phones, and return their numbers."""
    with database.writing() as session:
        ward = a_ward(session)
        lines = lines_in(session, ward, count)
        a_frozen_notice(session, ward, lines, gateway="smpp")
        return [line.e164 for line in lines]


def states(database: Database) -> Counter[MessageState]:
    query = select(Message.state, func.count()).group_by(Message.state)
    with database.reading() as session:
        return Counter(dict(session.execute(query).all()))


def heard(centre: Smsc) -> Counter[str]:
    """Count what each handset was sent."""
    return Counter(f"+{sent['destination_addr']}" for sent in centre.texts())


def test_texts_leave_over_the_line_and_their_reports_come_back(
    office: Office, database: Database, centre: Smsc
) -> None:
    phones = confirm(database, 120)
    centre.script(receipts="after")
    for module in ("workers.links", "workers.clock", "workers.worker"):
        office.start(module)
    until(
        lambda: states(database)[MessageState.DELIVERED] == len(phones),
        within_s=WITHIN_S,
    )
    assert heard(centre) == Counter(phones)
    printed = office.log()
    assert '"event": "line_held"' in printed
    assert not any(phone[3:] in printed for phone in phones)


def test_a_killed_process_doubles_nothing_and_leaves_its_window_in_doubt(
    office: Office, database: Database, centre: Smsc
) -> None:
    phones = confirm(database, 300)
    centre.script(delay_s=0.05)
    office.start("workers.clock")
    killed = office.start("workers.links")
    until(lambda: centre.taken() > 60, within_s=WITHIN_S)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    answered = states(database)[MessageState.ACCEPTED]
    assert states(database)[MessageState.SUBMITTING] > 0
    office.start("workers.links")
    until(lambda: _ended(database) == len(phones), within_s=WITHIN_S)
    counted = states(database)
    assert counted[MessageState.IN_DOUBT] > 0
    assert counted[MessageState.ACCEPTED] >= answered
    sent = heard(centre)
    assert set(sent.values()) == {1}
    with database.reading() as session:
        accepted = session.scalars(
            select(Message.to).where(Message.state == MessageState.ACCEPTED)
        ).all()
    assert set(accepted) <= set(sent)
    assert '"event": "windows_lost"' in office.log()


def test_two_processes_that_hold_one_gateway_double_nothing(
    office: Office, database: Database, centre: Smsc
) -> None:
    office.start("workers.links")
    office.start("workers.links")
    until(lambda: centre.bound() == [BIND_TRANSCEIVER] * 2, within_s=WITHIN_S)
    centre.script(delay_s=0.02)
    phones = confirm(database, 300)
    until(
        lambda: states(database)[MessageState.ACCEPTED] == len(phones),
        within_s=WITHIN_S,
    )
    assert heard(centre) == Counter(phones)


def test_a_process_asked_to_stop_writes_down_what_was_out_and_says_goodbye(
    office: Office, database: Database, centre: Smsc
) -> None:
    phones = confirm(database, 300)
    centre.script(delay_s=0.05)
    links = office.start("workers.links")
    until(lambda: centre.taken() > 30, within_s=WITHIN_S)
    links.send_signal(signal.SIGTERM)
    assert links.wait(WITHIN_S) == 0
    counted = states(database)
    assert counted[MessageState.ACCEPTED] == len(heard(centre)) < len(phones)
    assert counted[MessageState.QUEUED] == len(phones) - counted[MessageState.ACCEPTED]
    assert centre.said(UNBIND) == 1
    assert centre.bound() == []


def test_a_residents_text_reaches_the_inbox(
    board: Switchboard, centre: Smsc, database: Database
) -> None:
    board.look()
    until(centre.bound)
    assert centre.answer_to(centre.deliver(b"TC", source_addr="0912000001")) == 0
    with database.reading() as session:
        kept = session.scalars(select(InboundText)).one()
    assert (kept.sender, kept.body, kept.gateway) == ("+84912000001", "TC", "smpp")


def test_what_cannot_be_kept_is_asked_for_again(
    board: Switchboard, centre: Smsc, database: Database
) -> None:
    board.look()
    until(centre.bound)
    with database.writing() as session:
        session.execute(text(f"DROP TABLE {InboundText.__tablename__}"))
    assert centre.answer_to(centre.deliver(b"TC")) == 0x64


def test_a_gateway_that_the_operator_adds_is_held_and_let_go_with_it(
    house: House, centre: Smsc
) -> None:
    work_with(house)
    board = Switchboard(house)
    board.look()
    with house.database.writing() as session:
        session.add(_a_setup(centre.port))
    house.gateways.look()
    board.look()
    until(lambda: centre.bound() == [BIND_TRANSCEIVER])
    with house.database.writing() as session:
        kept = session.scalars(select(GatewaySetup)).one()
        kept.is_enabled = False
        kept.changed_at = NOW.replace(year=NOW.year + 1)
    house.gateways.look()
    board.look()
    assert centre.bound() == []
    board.close()


def test_a_text_that_becomes_due_leaves_at_the_bell(
    board: Switchboard, centre: Smsc, database: Database
) -> None:
    board.look()
    until(centre.bound)
    with database.writing() as session:
        a_text(session, a_ward(session), gateway="smpp")
    board.ring()
    until(lambda: centre.taken() == 1)


def test_nobody_is_rung_for_a_gateway_of_its_own_process(
    house: House, redis: Redis
) -> None:
    held = MemoryGateway(capabilities=replace(CAPABILITIES, own_process=True))
    house = assemble(house.settings, house.database, fixed=[held], clock=house.clock)
    make_due(house.database)
    assert ring(house, redis) == []


def _ended(database: Database) -> int:
    counted = states(database)
    return sum(counted[state] for state in KINDS_OF_END)


def _a_setup(port: int) -> GatewaySetup:
    return GatewaySetup(
        name="carrier",
        kind="smpp",
        channel=Channel.SMS,
        sender="",
        options={
            "host": "127.0.0.1",
            "port": str(port),
            "system_id": SYSTEM_ID,
            "password": PASSWORD,
        },
        locked_options="",
        place=1,
        is_enabled=True,
        created_at=NOW,
        changed_at=NOW,
    )
