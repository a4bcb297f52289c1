"""A house on real servers whose telco is in memory and whose clock stands still."""

from collections.abc import Iterator

import pytest
from redis import Redis

from broadcaster.bootstrap import House, assemble
from broadcaster.config import Settings
from broadcaster.gateways.memory import MemoryGateway
from broadcaster.store.session import Database
from tests.builders.messages import a_text
from tests.builders.people import NOW, a_ward
from tests.fakes import HandClock


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def house(database: Database, redis_url: str) -> House:
    settings = Settings(
        demo=False,
        database_url="",
        redis_url=redis_url,
        secret_key="",
        public_url="",
        gateways=(),
        wall_url=None,
    )
    return assemble(settings, database, fixed=[MemoryGateway()], clock=HandClock(NOW))


def make_due(database: Database) -> None:
    """Put one text into the outbox that is due."""
    with database.writing() as session:
        a_text(session, a_ward(session))
