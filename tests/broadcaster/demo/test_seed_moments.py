"""The demo is the same for the same moment, and knows no future."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from broadcaster.services.closing import what_blocks_closing
from broadcaster.services.statements import recompute, stored_sums
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from subscriptions.months import next_month
from subscriptions.tables import Base
from subscriptions.tables.ledger import BillingMonth, MonthState, Payment
from tests.broadcaster.demo.seeding import NOW, seeded

BY_CHANCE = {"public_id", "password_hash", "idempotency_key"}
"""Columns that are random on purpose."""


def rows_of(database: Database, table: Table) -> list[tuple[Any, ...]]:
    columns = [column for column in table.columns if column.name not in BY_CHANCE]
    keys = list(table.primary_key.columns)
    with database.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(*keys))]


def test_the_same_moment_gives_the_same_demo(
    demo: Database, tmp_path: Path, migrated_file: Path
) -> None:
    again = seeded(tmp_path, migrated_file, now=NOW)
    for name, table in Base.metadata.tables.items():
        if name != "journal":  # names announcements by their random public ids
            assert rows_of(demo, table) == rows_of(again, table), name
    again.engine.dispose()


@pytest.mark.parametrize(
    "now",
    [
        dt.datetime(2027, 2, 28, 17, 1, tzinfo=dt.UTC),
        dt.datetime(2027, 1, 3, 1, 10, tzinfo=dt.UTC),
    ],
    ids=["a minute into March", "while pensions are told"],
)
def test_nothing_has_happened_in_the_future(
    tmp_path: Path, migrated_file: Path, now: dt.datetime
) -> None:
    database = seeded(tmp_path, migrated_file, now=now)
    with database.reading() as session:
        for moment in (Message.accepted_at, Message.finished_at, Payment.paid_at):
            latest = session.scalars(select(func.max(moment))).one()
            assert latest is not None
            assert latest <= now
        closed = session.scalars(
            select(BillingMonth).where(BillingMonth.state == MonthState.CLOSED)
        ).one()
        sums = recompute(session, closed.ward_id, closed.month)
        assert sums == stored_sums(closed)
        blockers = what_blocks_closing(
            session, closed.ward_id, next_month(closed.month), now=now
        )
        assert all(blocker.is_warning for blocker in blockers)
    database.engine.dispose()
