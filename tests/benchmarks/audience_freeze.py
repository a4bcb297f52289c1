"""How long it takes to count an audience of 100,000 lines and to freeze it."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from broadcaster.rules.permissions import Role
from broadcaster.store.freezing import Terms, freeze, snapshot
from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.announcements import Announcement, Lane, Topic
from subscriptions.audience import (
    Audience,
    AudienceCount,
    count,
    exclusions,
    recipients,
)
from subscriptions.tables.consents import Purpose
from tests.builders.accounts import an_account
from tests.builders.crowds import a_crowd
from tests.builders.people import NOW, a_ward
from tests.servers import postgres_server

TITLE = "Counting and freezing an audience of 100,000 lines"
HOMES = 115_000
"""So many, because some share a phone, withdrew or cannot be reached."""

GROUPS = 250
ROUNDS = 3

WHOLE_WARD = Audience(group_ids=None)
ONE_GROUP = Audience(group_ids=frozenset({1}))

Result = TypeVar("Result")


def run(report: Callable[[str], None]) -> None:
    """Measure both databases and print a table through `report`.

    Counting is the best of three rounds, as the composer does it while one writes.
    Freezing is measured once, for it changes the database.
    """
    report(f"One ward of {HOMES:,} homes in {GROUPS} groups, four consents on a line.")
    report("")
    report("| database | count the ward | count one group | freeze | messages | out |")
    report("|---|--:|--:|--:|--:|--:|")
    for name, database in _databases():
        report(f"| {name} | {_measure(database)} |")


def _databases() -> Iterator[tuple[str, Database]]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _migrated("SQLite, WAL", f"sqlite:///{Path(folder) / 'ward.db'}")
    with postgres_server() as server:
        yield from _migrated("PostgreSQL, fsync off", server.create_database("ward"))


def _migrated(name: str, url: str) -> Iterator[tuple[str, Database]]:
    upgrade(url)
    database = Database(create_engine_for(url))
    yield name, database
    database.engine.dispose()


def _measure(database: Database) -> str:
    announcement_id = _populate(database)
    with database.reading() as session:

        def counted(audience: Audience) -> AudienceCount:
            return count(session, audience, ward_id=1, purpose=Purpose.NOTICES)

        ward, ward_seconds = _timed(lambda: counted(WHOLE_WARD), rounds=ROUNDS)
        _, group_seconds = _timed(lambda: counted(ONE_GROUP), rounds=ROUNDS)
    messages, freeze_seconds = _timed(
        lambda: _freeze(database, announcement_id, lines=ward.lines), rounds=1
    )
    out = sum(ward.excluded.values())
    times = f"{ward_seconds:.2f} s | {group_seconds:.3f} s | {freeze_seconds:.2f} s"
    return f"{times} | {messages:,} | {out:,}"


def _populate(database: Database) -> int:
    with database.writing() as session:
        ward = a_ward(session)
        a_crowd(session, ward, homes=HOMES, groups=GROUPS)
        officer = an_account(session, Role.OFFICER, ward_id=ward.id)
        announcement = Announcement(
            ward_id=ward.id,
            topic=Topic.GENERAL,
            purpose=Purpose.NOTICES,
            body="Thông báo mất nước",
            accented=False,
            text="Thong bao mat nuoc",
            audience=WHOLE_WARD.to_json(),
            author_id=officer.account_id,
            created_at=NOW,
            idempotency_key="benchmark",
        )
        session.add(announcement)
        session.flush()
        announcement_id = announcement.id
    with database.writing() as session:
        # what autovacuum has long done in a ward that was not made a second ago
        session.execute(text("ANALYZE"))
    return announcement_id


def _freeze(database: Database, announcement_id: int, *, lines: int) -> int:
    terms = Terms(
        lines=lines,
        sender="PHOASUA",
        route=("memory",),
        lane=Lane.NOTICE,
        encoding="GSM7",
        segments=1,
        due_at=NOW,
    )
    with snapshot(database) as session:
        return freeze(
            session,
            session.get_one(Announcement, announcement_id),
            recipients=recipients(WHOLE_WARD, ward_id=1, purpose=Purpose.NOTICES),
            left_out=exclusions(WHOLE_WARD, ward_id=1, purpose=Purpose.NOTICES),
            terms=terms,
            now=NOW,
        )


def _timed(work: Callable[[], Result], *, rounds: int) -> tuple[Result, float]:
    results: list[Result] = []
    seconds: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        results.append(work())
        seconds.append(time.perf_counter() - began)
    return results[-1], min(seconds)
