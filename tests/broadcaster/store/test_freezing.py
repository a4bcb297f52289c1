"""A frozen audience is exactly as many messages as lines, each with its own id."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.services.drafts import write_announcement
from broadcaster.store.freezing import (
    ChangedMeanwhileError,
    Terms,
    count_recipients,
    freeze,
    snapshot,
)
from broadcaster.store.public_ids import new_public_ids
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Lane,
)
from broadcaster.store.tables.messages import Message
from subscriptions.audience import exclusions, recipients
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.people import NOW


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward of five homes."""
    return a_staffed_ward(database, homes=5)


def test_public_ids_are_uuid7_of_the_moment(
    database: Database, staffed: StaffedWard
) -> None:
    with database.reading() as session:
        made = session.scalars(select(new_public_ids(NOW)).select_from(Line)).all()
    assert len(set(made)) == 5
    for public_id in made:
        assert public_id.version == 7
        assert public_id.variant == uuid.RFC_4122
        assert public_id.int >> 80 == int(NOW.timestamp() * 1000)


def test_public_ids_made_by_the_database_sort_among_those_made_before_the_insert(
    database: Database, staffed: StaffedWard
) -> None:
    later = NOW + dt.timedelta(milliseconds=1)
    with database.reading() as session:
        now = session.scalars(select(new_public_ids(NOW)).select_from(Line)).all()
        then = session.scalars(select(new_public_ids(later)).select_from(Line)).all()
    assert max(now) < min(then)


def test_every_line_has_one_message_and_its_own_id(
    database: Database, staffed: StaffedWard
) -> None:
    assert _freeze(database, staffed, lines=5) == 5
    with database.reading() as session:
        assert session.scalar(select(func.count(Message.public_id.distinct()))) == 5
        assert session.scalar(select(func.count(Message.line_id.distinct()))) == 5


@pytest.mark.parametrize("lines", [4, 6])
def test_a_count_that_differs_from_the_messages_undoes_everything(
    database: Database, staffed: StaffedWard, lines: int
) -> None:
    with pytest.raises(ChangedMeanwhileError):
        _freeze(database, staffed, lines=lines)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0
        assert session.scalar(select(func.count()).select_from(Announcement)) == 0


def test_who_was_slower_is_told_and_changes_nothing(postgres_url: str) -> None:
    # SQLite has one writer at a time, and so no loser
    database = Database(create_engine_for(postgres_url))
    staffed = a_staffed_ward(database)
    with snapshot(database) as session:
        public_id = _announcement(session, staffed).public_id
    mine = select(Announcement).where(Announcement.public_id == public_id)

    def come_second() -> None:
        with snapshot(database) as slower:
            slower.scalar(select(func.count()).select_from(Announcement))
            with database.writing() as quicker:
                quicker.scalars(mine).one().state = AnnouncementState.CALLED_OFF
            slower.scalars(mine.with_for_update()).one().text = "quá muộn"

    with pytest.raises(ChangedMeanwhileError):
        come_second()
    with database.reading() as session:
        assert session.scalars(mine).one().text != "quá muộn"
    database.engine.dispose()


def _announcement(session: Session, staffed: StaffedWard) -> Announcement:
    announcement = write_announcement(
        a_draft(the_group(staffed.group)),
        ward_id=staffed.ward.id,
        author_id=staffed.officer.account_id,
        now=NOW,
    )
    session.add(announcement)
    session.flush()
    return announcement


def test_without_a_gateway_nothing_is_frozen(
    database: Database, staffed: StaffedWard
) -> None:
    with pytest.raises(InputError) as refused:
        _freeze(database, staffed, lines=5, route=("",))
    assert refused.value.field == "gateway"
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def _freeze(
    database: Database,
    staffed: StaffedWard,
    *,
    lines: int,
    route: tuple[str, ...] = (GATEWAY,),
) -> int:
    audience, ward_id = the_group(staffed.group), staffed.ward.id
    whom = recipients(audience, ward_id=ward_id, purpose=Purpose.NOTICES)
    terms = Terms(
        lines=lines,
        sender="PHOASUA",
        route=route,
        lane=Lane.NOTICE,
        encoding="GSM7",
        segments=1,
        due_at=NOW,
    )
    with snapshot(database) as session:
        assert count_recipients(session, whom) == 5
        return freeze(
            session,
            _announcement(session, staffed),
            recipients=whom,
            left_out=exclusions(audience, ward_id=ward_id, purpose=Purpose.NOTICES),
            terms=terms,
            now=NOW,
        )
