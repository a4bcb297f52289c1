"""Each line's outcome names the people behind it; who was left out is named too."""

import pytest

from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.announcements import submit_announcement
from broadcaster.store.outcomes import (
    Pile,
    count_exclusions,
    exclusions_of,
    outcomes,
)
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement
from broadcaster.store.tables.messages import WithheldReason
from subscriptions.exclusion_reasons import ExclusionReason
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    bring_to,
    the_group,
)
from tests.builders.people import NOTHING, NOW, a_household, a_number

S = MessageState


def test_a_line_shows_its_people_its_state_and_a_masked_phone(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, homes=0)
    with database.writing() as session:
        home = a_household(
            session,
            in_group=staffed.group,
            head="Trần Thị Bình",
            with_phone="0912345678",
        )
    sent = _send(database, staffed)
    with database.writing() as session:
        bring_to(session, sent.id, [S.WITHHELD], now=NOW)
    with database.reading() as session:
        (line,) = outcomes(session, sent.id)
    (holder,) = line.holders
    assert (holder.name, holder.address, holder.group) == (
        "Trần Thị Bình",
        home.address,
        "Tổ 5",
    )
    assert str(line.phone) == "091***5678"
    assert "912345678" not in repr(line)
    assert line.phone.national == "0912 345 678"
    assert line.state is S.WITHHELD
    assert line.withheld_reason is WithheldReason.CONSENT
    assert line.finished_at == NOW


def test_a_shared_phone_is_one_line_with_both_homes(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=0)
    phone = a_number()
    with database.writing() as session:
        a_household(session, in_group=staffed.group, head="An", with_phone=phone)
        a_household(session, in_group=staffed.group, head="Bình", with_phone=phone)
    sent = _send(database, staffed)
    with database.reading() as session:
        (line,) = outcomes(session, sent.id)
    assert [holder.name for holder in line.holders] == ["An", "Bình"]


def test_pages_follow_one_another_without_gap_or_repeat(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=5)
    sent = _send(database, staffed)
    with database.reading() as session:
        first = outcomes(session, sent.id, limit=2)
        rest = outcomes(session, sent.id, after=first[-1].id)
    assert len({line.public_id for line in [*first, *rest]}) == 5


def test_failures_are_listed_alone(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=4)
    sent = _send(database, staffed)
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED, S.REFUSED, S.UNDELIVERED], now=NOW)
    with database.reading() as session:
        failed = outcomes(session, sent.id, pile=Pile.FAILED)
    assert [line.state for line in failed] == [S.REFUSED, S.UNDELIVERED]


@pytest.mark.parametrize(("networks", "arrived"), [((), 1), ((GATEWAY,), 2)])
def test_each_text_is_in_exactly_one_pile(
    database: Database, networks: tuple[str, ...], arrived: int
) -> None:
    staffed = a_staffed_ward(database, homes=len(MessageState))
    sent = _send(database, staffed)
    with database.writing() as session:
        bring_to(session, sent.id, list(MessageState), now=NOW)
    piles = [Pile.FAILED, Pile.WAITING, Pile.ARRIVED, Pile.WITHHELD]
    with database.reading() as session:
        found = {
            pile: outcomes(session, sent.id, pile=pile, networks=networks)
            for pile in piles
        }
        doubted = outcomes(session, sent.id, pile=Pile.IN_DOUBT)
    ids = [line.id for lines in found.values() for line in lines]
    assert len(ids) == len(set(ids)) == len(MessageState)
    assert len(found[Pile.ARRIVED]) == arrived
    assert {line.id for line in doubted} < {line.id for line in found[Pile.WAITING]}


def test_who_was_left_out_is_named_with_the_reason(database: Database) -> None:
    staffed = a_staffed_ward(database)
    with database.writing() as session:
        a_household(session, in_group=staffed.group, head="Không Máy")
        a_household(
            session,
            in_group=staffed.group,
            head="Không Đồng Ý",
            with_phone=a_number(),
            consenting_to=NOTHING,
        )
    sent = _send(database, staffed)
    with database.reading() as session:
        every = exclusions_of(session, sent.id)
        without = exclusions_of(session, sent.id, reason=ExclusionReason.NO_LINE)
        rest = exclusions_of(session, sent.id, after=every[0].id)
        counted = count_exclusions(session, sent.id)
    assert {(one.resident.name, one.reason) for one in every} == {
        ("Không Máy", ExclusionReason.NO_LINE),
        ("Không Đồng Ý", ExclusionReason.NO_CONSENT),
    }
    assert [one.resident.name for one in without] == ["Không Máy"]
    assert rest == every[1:]
    assert sum(counted.values()) == len(every)


def _send(database: Database, staffed: StaffedWard) -> Announcement:
    return submit_announcement(
        database,
        a_draft(the_group(staffed.group)),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=NOW,
    )
