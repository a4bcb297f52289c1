"""Months that were charged, and their closing, for tests."""

import datetime as dt
from dataclasses import dataclass

from broadcaster.services.closing import close_month
from broadcaster.services.statements import recompute, stored_sums
from broadcaster.store.session import Database
from subscriptions.booking import find_month
from subscriptions.tables.households import Household
from subscriptions.tables.ledger import BillingMonth
from subscriptions.tables.places import ResidentialGroup, Ward
from tests.builders.ledger import (
    OCTOBER,
    a_paying_household,
    a_tariff,
    a_text,
    after,
    charge,
    in_month,
    pay,
)
from tests.builders.people import a_group, a_ward


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A ward with one group and one home in it."""

    ward: Ward
    group: ResidentialGroup
    home: Household


def a_charged_october(database: Database) -> Place:
    """Charge two lines, take 3,000 đ, send three segments for 1,650 đ."""
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        home = a_paying_household(session, in_group=group, lines=2)
        charge(session, ward, OCTOBER)
        pay(session, home, 3000, now=in_month(OCTOBER))
        a_tariff(session, 550)
        a_text(session, ward, day=OCTOBER, segments=3)
    return Place(ward=ward, group=group, home=home)


def close(database: Database, ward: Ward, month: dt.date) -> BillingMonth:
    """Close a month on the second day after it."""
    return close_month(database, ward.id, month, actor=None, now=after(month))


def assert_unchanged(database: Database, ward: Ward, month: dt.date) -> None:
    """Claim that a closed month still recomputes to its stored sums."""
    with database.reading() as session:
        row = find_month(session, ward.id, month)
        assert row is not None
        assert recompute(session, ward.id, month) == stored_sums(row)
