"""Real processes, servers and wire: each phone gets its text once, kills included."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.broadcaster.gateways.stub import Stub, stub_server
from tests.builders.messages import NOTICE, a_frozen_notice, lines_in
from tests.builders.people import a_ward
from tests.telco import Telco, until
from tests.workers.processes import Office, environ_of, open_office

WITHIN_S = 90.0
TAKEN = (MessageState.ACCEPTED, MessageState.ACKNOWLEDGED, MessageState.DELIVERED)


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
    assert '"event": "texts_recorded"' in printed
    assert NOTICE not in printed
    assert not any(phone[3:] in printed for phone in phones)


def test_a_killed_worker_neither_doubles_nor_loses_a_text(
    office: Office, database: Database, telco: Telco
) -> None:
    phones = confirm(database, 600)
    telco.weather(answer_ms=60)
    office.environ["LOA_GATEWAY_ABSENT_AFTER_S"] = "25"
    office.start("workers.clock")
    killed = office.start("workers.worker")
    until(lambda: telco.stats()["taken"] > 230, within_s=WITHIN_S)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    left_behind = states(database)
    assert left_behind[MessageState.SUBMITTING] > 0
    office.start("workers.worker")

    def taken() -> int:
        counted = states(database)
        return sum(counted[state] for state in TAKEN)

    until(lambda: taken() == len(phones), within_s=WITHIN_S)
    assert heard(telco) == Counter(phones)
    assert '"event": "windows_lost"' in office.log()


def test_a_worker_asked_to_stop_writes_what_was_out_and_leaves_the_rest(
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
