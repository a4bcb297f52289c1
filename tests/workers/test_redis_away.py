"""Redis dies under running processes and comes back empty: nothing is lost for it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoRedisError
from sqlalchemy import func, select

from broadcaster.demo import embedded_redis
from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.messages import Message
from tests.builders.messages import a_frozen_notice, lines_in
from tests.builders.people import a_ward
from tests.telco import Telco, until
from tests.workers.processes import environ_of, open_office

WITHIN_S = 90.0


class CarriedRedis:
    """The demo's own Redis on a socket: killed, emptied and started again."""

    def __init__(self, folder: Path) -> None:
        self._at, self._folder = folder / "redis.sock", folder / "redis"
        self.url = embedded_redis.url(self._at)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = embedded_redis.command(self._at, self._folder)
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self._answers)

    def kill(self) -> None:
        """End it as a power cut would, and lose what it kept."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder)

    def _answers(self) -> bool:
        with Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except NoRedisError:
                return False


@pytest.fixture
def carried() -> Iterator[CarriedRedis]:
    with tempfile.TemporaryDirectory(prefix="loa-") as name:  # sockets' paths are short
        redis = CarriedRedis(Path(name))
        redis.start()
        yield redis
        redis.kill()


def test_texts_confirmed_while_redis_is_away_leave_when_it_is_back(
    carried: CarriedRedis, sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(create_engine_for(sqlite_url))
    telco = Telco.start(tmp_path, weather={"lose_receipts": 1.0})
    environ = environ_of(
        database_url=sqlite_url,
        redis_url=carried.url,
        telco=telco,
        public_url="http://127.0.0.1:9",
    )

    def accepted() -> int:
        query = select(func.count()).where(Message.state == MessageState.ACCEPTED)
        with database.reading() as session:
            return session.scalar(query) or 0

    def confirm(texts: int, group: int) -> None:
        with database.writing() as session:
            ward = a_ward(session, name=f"Phường {group}")
            lines = lines_in(session, ward, texts, group=group)
            a_frozen_notice(session, ward, lines, gateway="twilio")

    try:
        with open_office(environ, logs=tmp_path / "office.log") as office:
            worker, clock = map(office.start, ("workers.worker", "workers.clock"))
            confirm(20, group=1)
            until(lambda: accepted() == 20, within_s=WITHIN_S)
            carried.kill()
            # a drain that still runs needs no Redis to send what comes meanwhile
            until(lambda: '"redis_lost"' in office.log(), within_s=WITHIN_S)
            confirm(30, group=2)
            until(lambda: '"beat": "ring"' in office.log(), within_s=WITHIN_S)
            assert accepted() == 20
            carried.start()
            until(lambda: accepted() == 50, within_s=WITHIN_S)
            assert (worker.poll(), clock.poll()) == (None, None)
            assert len(telco.received()) <= 50
            until(lambda: len(telco.received()) == 50)
    finally:
        telco.stop()
        database.engine.dispose()
