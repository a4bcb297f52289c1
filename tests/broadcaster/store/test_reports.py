"""Counts add up to the recipients whatever became of the messages."""

import datetime as dt

import pytest
from sqlalchemy import update

from broadcaster.ports import Channel
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.announcements import save_draft, submit_announcement
from broadcaster.store.reports import (
    CURVE_POINTS,
    Counts,
    count_states,
    list_announcements,
    progress,
)
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    bring_to,
    messages_of,
    the_group,
)
from tests.builders.people import NOW, a_household

S = MessageState
SECOND = dt.timedelta(seconds=1)


def _send(database: Database, staffed: StaffedWard) -> Announcement:
    return submit_announcement(
        database,
        a_draft(the_group(staffed.group)),
        actor=staffed.officer,
        gateway=GATEWAY,
        now=NOW,
    )


@pytest.mark.parametrize("state", MessageState)
def test_every_state_is_in_exactly_one_part(state: MessageState) -> None:
    assert count_states({state: 7}).total == 7


def test_the_parts_add_up_to_the_recipients(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=12)
    sent = _send(database, staffed)
    with database.writing() as session:
        bring_to(session, sent.id, [*MessageState, S.DELIVERED], now=NOW)
    with database.reading() as session:
        seen = progress(session, sent.id)
    assert seen.total == sent.recipients == 12
    assert (seen.waiting, seen.on_wire, seen.in_doubt) == (2, 1, 1)
    assert (seen.accepted, seen.acknowledged, seen.network_has_it) == (1, 1, 2)
    assert (seen.delivered, seen.failed, seen.withheld) == (2, 3, 1)
    assert sum(seen.by_state.values()) == 12


def test_the_carriers_add_up_to_the_whole(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=2)
    with database.writing() as session:
        a_household(session, in_group=staffed.group, with_phone="0981000001")
    sent = _send(database, staffed)
    with database.writing() as session:
        next(
            message
            for message in messages_of(session, sent.id)
            if message.carrier == "VinaPhone"
        ).state = S.DELIVERED
    with database.reading() as session:
        seen = progress(session, sent.id)
    assert seen.by_carrier == {
        "Viettel": Counts(waiting=1),
        "VinaPhone": Counts(waiting=1, delivered=1),
    }


@pytest.mark.parametrize(
    ("states", "networks", "settled"),
    [
        ([S.DELIVERED, S.UNDELIVERED], (), True),
        ([S.DELIVERED, S.ACKNOWLEDGED], (), False),
        ([S.DELIVERED, S.ACKNOWLEDGED], (GATEWAY,), True),
        ([S.DELIVERED, S.ACCEPTED], (GATEWAY,), False),
        ([S.DELIVERED, S.IN_DOUBT], (GATEWAY,), False),
    ],
)
def test_done_is_said_only_when_nothing_is_going_to_change(
    database: Database,
    states: list[MessageState],
    networks: tuple[str, ...],
    settled: bool,
) -> None:
    sent = _send(database, a_staffed_ward(database, homes=2))
    with database.writing() as session:
        bring_to(session, sent.id, states, now=NOW)
    with database.reading() as session:
        assert progress(session, sent.id, networks=networks).is_settled is settled


@pytest.mark.parametrize(("networks", "arrived"), [((), 1), ((GATEWAY,), 2)])
def test_what_a_network_took_has_arrived_only_where_that_is_its_last_word(
    database: Database, networks: tuple[str, ...], arrived: int
) -> None:
    staffed = a_staffed_ward(database, homes=len(MessageState))
    sent = _send(database, staffed)
    with database.writing() as session:
        bring_to(session, sent.id, list(MessageState), now=NOW)
    with database.reading() as session:
        seen = progress(session, sent.id, networks=networks)
        (row,) = list_announcements(session, staffed.ward.id, networks=networks)
    assert seen.arrived == row.counts.arrived == arrived
    assert seen.arrived + seen.under_way + seen.failed + seen.withheld == seen.total
    assert seen.total == row.counts.total == len(MessageState)


def test_the_channels_add_up_to_the_whole(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=3)
    sent = _send(database, staffed)
    with database.writing() as session:
        first = messages_of(session, sent.id)[0]
        first.channel, first.gateway = Channel.ZALO, "zalo"
        first.state = S.ACKNOWLEDGED
    with database.reading() as session:
        seen = progress(session, sent.id, networks=(GATEWAY,))
        (row,) = list_announcements(session, staffed.ward.id)
    assert seen.by_channel == {
        Channel.SMS: Counts(waiting=2),
        Channel.ZALO: Counts(acknowledged=1),
    }
    assert row.by_channel == {Channel.SMS: 2, Channel.ZALO: 1}
    assert seen.gateways == {GATEWAY, "zalo"}


def test_the_curve_rises_from_the_first_text_due_to_all_that_ended(
    database: Database,
) -> None:
    sent = _send(database, a_staffed_ward(database, homes=6))
    with database.writing() as session:
        bring_to(session, sent.id, [S.DELIVERED] * 3, now=NOW + 2 * SECOND)
        bring_to(session, sent.id, [S.DELIVERED], now=NOW + SECOND)
    with database.reading() as session:
        assert progress(session, sent.id).s_curve == ((1.0, 1), (2.0, 3))


def test_the_curve_of_nothing_ended_is_empty(database: Database) -> None:
    sent = _send(database, a_staffed_ward(database, homes=1))
    with database.reading() as session:
        assert progress(session, sent.id).s_curve == ()


def test_the_curve_of_many_has_few_points_and_the_right_end(
    database: Database,
) -> None:
    sent = _send(database, a_staffed_ward(database, homes=CURVE_POINTS + 7))
    with database.writing() as session:
        for place, message in enumerate(messages_of(session, sent.id)):
            message.state = S.DELIVERED
            message.finished_at = NOW + place * SECOND
    with database.reading() as session:
        curve = progress(session, sent.id).s_curve
    assert len(curve) == CURVE_POINTS
    assert list(curve) == sorted(curve)
    assert curve[-1] == (float(CURVE_POINTS + 6), CURVE_POINTS + 7)


def test_the_list_has_the_newest_first_with_its_author_and_counts(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, homes=2)
    sent = _send(database, staffed)
    draft = save_draft(
        database, a_draft(the_group(staffed.group)), actor=staffed.officer, now=NOW
    )
    with database.writing() as session:
        bring_to(session, sent.id, [S.REFUSED], now=NOW)
    with database.reading() as session:
        rows = list_announcements(session, staffed.ward.id)
    assert [row.announcement.id for row in rows] == [draft.id, sent.id]
    assert rows[0].counts == Counts()
    assert rows[1].counts == Counts(waiting=1, failed=1)
    assert rows[1].author == staffed.officer.display_name


def test_the_list_is_paged_and_held_to_its_states(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=1)
    ids = [_send(database, staffed).id for _ in range(5)]
    with database.writing() as session:
        session.execute(
            update(Announcement)
            .where(Announcement.id == ids[2])
            .values(state=AnnouncementState.FINISHED)
        )
    with database.reading() as session:
        first = list_announcements(session, staffed.ward.id, limit=2)
        rest = list_announcements(
            session, staffed.ward.id, before=first[-1].announcement.id
        )
        finished = list_announcements(
            session, staffed.ward.id, states=[AnnouncementState.FINISHED]
        )
    assert [row.announcement.id for row in [*first, *rest]] == ids[::-1]
    assert [row.announcement.id for row in finished] == [ids[2]]


def test_the_list_shows_nothing_of_another_ward(database: Database) -> None:
    staffed = a_staffed_ward(database, homes=1)
    _send(database, staffed)
    with database.reading() as session:
        assert list_announcements(session, staffed.ward.id + 1) == []
