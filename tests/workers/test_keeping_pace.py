"""All workers together send no faster than the account may."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.store.session import Database
from tests.builders.messages import a_frozen_notice, lines_in
from tests.builders.people import a_ward
from tests.telco import Telco, until
from tests.workers.processes import environ_of, open_office

PER_SECOND = 40
TEXTS = 160
SHORTEST_S = 3.0
"""160 texts in slices of 4 take 3.9 s by the account's line; less for a late first."""


@pytest.fixture
def telco(tmp_path: Path) -> Iterator[Telco]:
    network = Telco.start(tmp_path)
    yield network
    network.stop()


def test_two_workers_share_the_pace_of_one_account(
    database: Database, database_url: str, redis_url: str, telco: Telco, tmp_path: Path
) -> None:
    with database.writing() as session:
        ward = a_ward(session)
        a_frozen_notice(session, ward, lines_in(session, ward, TEXTS), gateway="twilio")
    environ = environ_of(
        database_url=database_url,
        redis_url=redis_url,
        telco=telco,
        public_url="http://127.0.0.1:9",
    )
    environ["LOA_GATEWAY_SEGMENTS_PER_SECOND"] = str(PER_SECOND)
    with open_office(environ, logs=tmp_path / "office.log") as office:
        for module in ("workers.worker", "workers.worker", "workers.clock"):
            office.start(module)
        until(lambda: telco.stats()["taken"] == TEXTS, within_s=60)
    until(lambda: telco.stats()["waiting"] == 0)
    taken = sorted(float(text["taken_at"]) for text in telco.received())
    assert len(taken) == TEXTS
    assert taken[-1] - taken[0] > SHORTEST_S
