"""Zalo tells of one person from several processes at once, and of two of one number."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from broadcaster.services.zalo_contacts import link_contacts
from broadcaster.store.session import Database
from broadcaster.store.tables.zalo import ZaloContact
from subscriptions.consents import ZALO, standings
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from tests.broadcaster.services.zalo_people import (
    AN,
    BINH,
    enrol,
    follow,
    journal,
    linked,
    names_of,
    said,
    share,
)
from tests.builders.people import NOW, a_group, a_ward, number_of
from tests.builders.zalo import uses_zalo

PHONE = "0912345678"
E164 = number_of(PHONE).e164


@pytest.fixture
def line(database: Database) -> Line:
    """Give a line of a ward that uses Zalo."""
    with database.writing() as session:
        ward = a_ward(session)
        uses_zalo(session, ward.id)
        homes = a_group(session, ward)
    return enrol(database, homes, PHONE)


def at_once(*acts: Callable[[], object]) -> None:
    ready = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        ready.wait()
        act()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(run, act) for act in acts]:
            done.result()


def test_a_person_told_of_by_many_at_once_is_one(
    database: Database, line: Line
) -> None:
    at_once(
        *[lambda: follow(database)] * 3,
        *[lambda: share(database, E164)] * 3,
    )
    assert linked(database) == {AN: line.id}
    assert journal(database) == [("zalo.linked", line.id)]
    names = names_of(said(database))
    assert names.count("zalo_linked") == 1
    assert names.count("zalo_welcome") <= 1
    with database.reading() as session:
        [words] = standings(session, [line.id], channel=ZALO).values()
        assert len(session.scalars(select(ZaloContact)).all()) == 1
    assert set(words) == set(Purpose)


def test_of_two_who_share_a_number_at_once_one_has_it(
    database: Database, line: Line
) -> None:
    at_once(
        lambda: share(database, E164),
        lambda: share(database, E164, user_id=BINH),
        lambda: link_contacts(database, now=NOW),
    )
    assert len(linked(database)) == 1
    with database.reading() as session:
        phones = [each.phone for each in session.scalars(select(ZaloContact))]
    assert sorted(phones, key=str) == [E164, None]
