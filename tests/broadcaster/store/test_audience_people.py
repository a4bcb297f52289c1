"""The names behind a count are as many as the count says, page by page."""

import pytest

from broadcaster.store.audience_people import list_recipients, list_unserved
from broadcaster.store.session import Database
from subscriptions.audience import Audience, count, exclusions, recipients
from subscriptions.tables.consents import Purpose
from tests.builders.people import (
    NOTHING,
    a_group,
    a_household,
    a_number,
    a_ward,
)

SHARED = "0912999999"


@pytest.fixture
def ward_id(database: Database) -> int:
    """Give a ward with two phones, one of them of two homes, and two left out."""
    with database.writing() as session:
        ward = a_ward(session)
        group = a_group(session, ward)
        a_household(session, in_group=group, head="Lê Văn Đức", with_phone=SHARED)
        a_household(session, in_group=group, head="Vũ Thị Ân", with_phone=SHARED)
        a_household(session, in_group=group, with_phone=a_number())
        a_household(session, in_group=group, head="Phạm Thị Ánh")
        a_household(
            session,
            in_group=group,
            head="Trần Thị Bình",
            with_phone=a_number(),
            consenting_to=NOTHING,
        )
        return ward.id


def test_a_shared_phone_is_one_recipient_with_all_its_holders(
    database: Database, ward_id: int
) -> None:
    whole = Audience(group_ids=None)
    query = recipients(whole, ward_id=ward_id, purpose=Purpose.NOTICES)
    with database.reading() as session:
        first, second = list_recipients(session, query, limit=10)
        (alone,) = list_recipients(session, query, limit=1, offset=1)
    assert [holder.name for holder in first.holders] == ["Lê Văn Đức", "Vũ Thị Ân"]
    assert alone == second


def test_who_is_left_out_is_named_with_the_reason_and_as_many_as_counted(
    database: Database, ward_id: int
) -> None:
    whole = Audience(group_ids=None)
    query = exclusions(whole, ward_id=ward_id, purpose=Purpose.NOTICES)
    with database.reading() as session:
        found = list_unserved(session, query, limit=10)
        counted = count(session, whole, ward_id=ward_id, purpose=Purpose.NOTICES)
        (second,) = list_unserved(session, query, limit=1, offset=1)
    assert [(each.resident.name, each.reason) for each in found] == [
        ("Trần Thị Bình", "no_consent"),
        ("Phạm Thị Ánh", "no_line"),
    ]
    assert len(found) == sum(counted.excluded.values())
    assert second == found[1]
