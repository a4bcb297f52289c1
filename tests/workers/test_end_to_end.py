"""Real processes, servers and wire: each phone gets its text once, kills included."""

import datetime as dt
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broadcaster.bootstrap import build_house
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.dispatch import doubt_lost_windows, resolve_in_doubt
from broadcaster.services.receipts import interpret_waiting
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.builders.messages import NOTICE, a_frozen_notice, lines_in
from tests.builders.people import a_ward
from tests.telco import Telco, until
from tests.workers.processes import Office, environ_of, open_office

WITHIN_S = 90.0
WINDOW = 200
TAKEN = (MessageState.ACCEPTED, MessageState.DELIVERED)
ENDS = (MessageState.ACCEPTED, MessageState.IN_DOUBT)


@pytest.fixture
def telco(tmp_path: Path) -> Iterator[Telco]:
    network = Telco.start(tmp_path)
    yield network
    network.stop()


@pytest.fixture
def web() -> Iterator[Stub]:
    """Give where the telco reports to; nobody reads it."""
    with stub_server() as stub:
        stub.answer(204)
        yield stub


@pytest.fixture
def office(
    database_url: str, redis_url: str, telco: Telco, web: Stub, tmp_path: Path
) -> Iterator[Office]:
    environ = environ_of(
        database_url=database_url,
        redis_url=redis_url,
        telco=telco,
        public_url=web.url,
    )
    with open_office(environ, logs=tmp_path / "office.log") as office:
        yield office


def confirm(database: Database, count: int) -> list[str]:
    """Confirm a notice to as many phones, and return their numbers."""
    with database.writing() as session:
        ward = a_ward(session)
        lines = lines_in(session, ward, count)
        a_frozen_notice(session, ward, lines, gateway="twilio")
        return [line.e164 for line in lines]


def states(database: Database) -> Counter[MessageState]:
    query = select(Message.state, func.count()).group_by(Message.state)
    with database.reading() as session:
        return Counter(dict(session.execute(query).all()))


def heard(telco: Telco) -> Counter[str]:
    """Count what each handset received, once nothing is on its way."""
    until(lambda: telco.stats()["waiting"] == 0)
    received = telco.received()
    assert {text["body"] for text in received} <= {NOTICE}
    return Counter(str(text["to"]) for text in received)


def test_every_phone_gets_its_text_exactly_once(
    office: Office, database: Database, telco: Telco
) -> None:
    phones = confirm(database, 200)
    office.start("workers.worker")
    office.start("workers.clock")
    until(
        lambda: states(database)[MessageState.ACCEPTED] == len(phones),
        within_s=WITHIN_S,
    )
    assert heard(telco) == Counter(phones)
    printed = office.log()
    assert '"event": "window_recorded"' in printed
    assert NOTICE not in printed
    assert not any(phone[3:] in printed for phone in phones)


def test_a_killed_worker_doubles_nothing_and_loses_nothing_from_sight(
    office: Office, database: Database, telco: Telco
) -> None:
    phones = confirm(database, 600)
    telco.weather(answer_ms=60)
    office.start("workers.clock")
    killed = office.start("workers.worker")
    until(lambda: telco.stats()["taken"] > 230, within_s=WITHIN_S)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    office.start("workers.worker")
    until(
        lambda: states(database)[MessageState.ACCEPTED] >= len(phones) - WINDOW,
        within_s=WITHIN_S,
    )
    office.close()
    an_hour_on = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    lost = doubt_lost_windows(database, now=an_hour_on)
    counted = states(database)
    assert 0 < lost <= WINDOW
    assert counted[MessageState.IN_DOUBT] == lost
    assert counted.total() == sum(counted[state] for state in ENDS) == len(phones)
    once = heard(telco)
    assert set(once.values()) == {1}
    assert counted[MessageState.ACCEPTED] <= len(once) < len(phones)

    house = build_house(office.environ)
    two_hours_on = an_hour_on + dt.timedelta(hours=1)
    while resolve_in_doubt(house.database, house.gateways["twilio"], two_hours_on):
        interpret_waiting(house.database, now=two_hours_on)
    resolved = states(database)
    assert sum(resolved[state] for state in TAKEN) == len(once)
    assert resolved[MessageState.IN_DOUBT] == len(phones) - len(once)
    assert heard(telco) == once
    house.database.engine.dispose()


def test_a_worker_asked_to_stop_finishes_its_window_and_leaves_the_rest(
    office: Office, database: Database, telco: Telco
) -> None:
    phones = confirm(database, 600)
    telco.weather(answer_ms=60)
    office.start("workers.clock")
    worker = office.start("workers.worker")
    until(lambda: telco.stats()["taken"] > 30, within_s=WITHIN_S)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(WITHIN_S) == 0
    counted = states(database)
    assert counted[MessageState.SUBMITTING] == 0
    assert 0 < counted[MessageState.ACCEPTED] < len(phones)
    assert counted[MessageState.ACCEPTED] == len(heard(telco))
    assert counted[MessageState.QUEUED] == len(phones) - counted[MessageState.ACCEPTED]
