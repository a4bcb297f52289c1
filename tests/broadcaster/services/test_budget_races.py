"""Sends that race for the last of a month: it is spent once."""

import threading

import pytest
from sqlalchemy import func, select

from broadcaster.errors import InputError
from broadcaster.services.announcements import (
    save_draft,
    submit_announcement,
    submit_draft,
)
from broadcaster.services.budgets import set_monthly_limit
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.builders.announcements import GATEWAY, a_draft, the_group
from tests.builders.budgets import a_priced_ward
from tests.builders.people import NOW

HOMES = 3
COST = 500 * HOMES


@pytest.mark.parametrize("saved", [False, True], ids=["at once", "as drafts"])
def test_of_many_that_race_for_the_last_of_a_budget_as_many_win_as_it_pays(
    database: Database, saved: bool
) -> None:
    staffed = a_priced_ward(database, homes=HOMES, vnd=500)
    limit = 2 * COST + 1
    set_monthly_limit(database, staffed.ward.id, limit, actor=None, now=NOW)
    drafts = [a_draft(the_group(staffed.group)) for _ in range(4)]
    if saved:
        kept = [
            save_draft(database, draft, actor=staffed.officer, now=NOW)
            for draft in drafts
        ]
    together = threading.Barrier(len(drafts))
    faults: list[tuple[str, str]] = []

    def send(place: int) -> None:
        together.wait(30)
        try:
            if saved:
                submit_draft(
                    database,
                    kept[place].public_id,
                    actor=staffed.officer,
                    gateway=GATEWAY,
                    now=NOW,
                )
            else:
                submit_announcement(
                    database,
                    drafts[place],
                    actor=staffed.officer,
                    gateway=GATEWAY,
                    now=NOW,
                )
        except InputError as fault:
            faults.append((fault.field, fault.reason))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(len(drafts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == [("budget", "exceeded")] * 2
    with database.reading() as session:
        assert session.scalar(select(func.count(Message.id))) == 2 * HOMES
