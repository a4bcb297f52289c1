"""Hear PostgreSQL say that texts are due, so that a bell need not wait for its second.

Hearing is only quicker: what is not heard is rung for by the clock's own beat.
"""

import threading
from collections.abc import Callable

import psycopg
import structlog
from sqlalchemy import Engine

from broadcaster.store.bells import CHANNEL

AGAIN_AFTER_S = 2.0
LOOK_UP_S = 1.0

log = structlog.get_logger()


def listen(engine: Engine, ring: Callable[[], object], stop: threading.Event) -> None:
    """Ring whenever a transaction that rang the bell commits, until `stop` is set.

    Returns at once on a database that cannot tell. A lost connection is opened again.
    """
    if engine.dialect.name != "postgresql":
        return
    while not stop.is_set():
        try:
            _hear(engine, ring, stop)
        except psycopg.OperationalError:
            log.warning("listener_lost")
            stop.wait(AGAIN_AFTER_S)


def _hear(engine: Engine, ring: Callable[[], object], stop: threading.Event) -> None:
    arguments, options = engine.dialect.create_connect_args(engine.url)
    with psycopg.connect(*arguments, autocommit=True, **options) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        ring()  # what was said while nobody listened
        while not stop.is_set():
            # several that came together are one reason to look
            if list(connection.notifies(timeout=LOOK_UP_S, stop_after=1)):
                ring()
