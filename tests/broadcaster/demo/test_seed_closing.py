"""Whoever looks at the demo can close last month, once; the month before it is."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.services.accounts import Actor, actor_of
from broadcaster.services.closing import Obstacle, close_month, what_blocks_closing
from broadcaster.services.statements import recompute, statement, stored_sums
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.staff import Account, JournalEntry
from subscriptions.tables.ledger import BillingMonth, MonthState
from subscriptions.tables.places import Ward
from tests.broadcaster.demo.seeding import NOW, counted

FIRST, LAST, CURRENT = (dt.date(2026, month, 1) for month in (9, 10, 11))


@pytest.fixture
def own_demo(demo: Database, folder: Path, tmp_path: Path) -> Iterator[Database]:
    """Give a copy of the demo, to change."""
    copy = tmp_path / "loa.db"
    with (
        closing(sqlite3.connect(folder / "loa.db")) as theirs,
        closing(sqlite3.connect(copy)) as ours,
    ):
        theirs.backup(ours)
    database = Database(create_engine_for(f"sqlite:///{copy}"))
    yield database
    database.engine.dispose()


@pytest.fixture
def accountant(session: Session) -> Actor:
    """Give the accountant of the demo's larger ward."""
    accounts = select(Account).where(Account.username == "accountant")
    return actor_of(session, session.scalars(accounts).one())


def test_the_first_month_is_closed_and_recomputes_to_its_stored_sums(
    session: Session, ward: Ward
) -> None:
    months = session.scalars(
        select(BillingMonth)
        .where(BillingMonth.ward_id == ward.id)
        .order_by(BillingMonth.month)
    ).all()
    assert [(month.month, month.state) for month in months] == [
        (FIRST, MonthState.CLOSED),
        (LAST, MonthState.COLLECTING),
        (CURRENT, MonthState.COLLECTING),
    ]
    assert recompute(session, ward.id, FIRST) == stored_sums(months[0])


@pytest.mark.parametrize("month", [FIRST, LAST])
def test_a_month_that_is_over_earned_and_cost_what_a_month_does(
    session: Session, ward: Ward, month: dt.date
) -> None:
    sums = recompute(session, ward.id, month)
    assert sums.charged_vnd > 6_000_000
    assert sums.collected_vnd > 5_000_000
    assert sums.usage_vnd > 500_000


def test_a_leader_holds_six_thousand_of_last_month_and_nothing_else_is_open(
    session: Session, ward: Ward
) -> None:
    last = statement(session, ward.id, LAST)
    gaps = {group.name: group.difference_vnd for group in last.groups}
    assert {name: vnd for name, vnd in gaps.items() if vnd} == {"Tổ 7": 6000}
    blockers = what_blocks_closing(session, ward.id, LAST, now=NOW)
    assert [(each.reason, each.amount) for each in blockers] == [
        (Obstacle.CASH_IN_HAND, 6000)
    ]
    assert blockers[0].is_warning


def test_what_came_late_about_the_first_month_is_booked_in_the_next(
    session: Session, ward: Ward
) -> None:
    last = statement(session, ward.id, LAST)
    late = {(str(a.kind), a.concerns_month, a.entries) for a in last.adjustments}
    assert late == {("usage", FIRST, 3), ("payment", FIRST, 1)}


def test_last_month_is_closed_once_and_recomputes_to_its_stored_sums(
    own_demo: Database, accountant: Actor
) -> None:
    ward_id = accountant.ward_id
    for now in (NOW, NOW + dt.timedelta(hours=1)):
        closed = close_month(own_demo, ward_id, LAST, actor=accountant, now=now)
        assert (closed.state, closed.closed_at) == (MonthState.CLOSED, NOW)
        with own_demo.reading() as session:
            assert recompute(session, ward_id, LAST) == stored_sums(closed)
            entries = counted(
                session,
                JournalEntry,
                JournalEntry.ward_id == ward_id,
                JournalEntry.act == "month.closed",
            )
        assert entries == 2  # the first month's and this one


def test_the_current_month_cannot_be_closed(session: Session, ward: Ward) -> None:
    blockers = what_blocks_closing(session, ward.id, CURRENT, now=NOW)
    assert {Obstacle.NOT_OVER, Obstacle.OUT_OF_ORDER} <= {b.reason for b in blockers}
