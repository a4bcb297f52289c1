"""A notice's other rendering is checked, approved and repeated along with its text."""

import datetime as dt
import unicodedata
from dataclasses import replace

import pytest
from sqlalchemy import select

from broadcaster.errors import InputError, StateError
from broadcaster.ports import TemplateState
from broadcaster.rules.renderings import Fault, TemplateRendering
from broadcaster.services.announcements import (
    edit_draft,
    save_draft,
    submit_announcement,
    submit_draft,
)
from broadcaster.services.approvals import approve
from broadcaster.services.drafts import Draft, hash_of_announcement
from broadcaster.services.firing import fire_due
from broadcaster.services.reviews import review
from broadcaster.services.schedules import approve_schedule, create_schedule
from broadcaster.services.zalo_renderings import BlanksError
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    Topic,
)
from broadcaster.store.tables.zalo import WardChannels
from broadcaster.store.zalo_templates import (
    keep_templates,
    last_template,
    last_used,
)
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.people import NOW
from tests.builders.zalo import ACCOUNT, MEETING, VALUES, a_template, uses_zalo

HOUR = dt.timedelta(hours=1)
RENDERING = TemplateRendering(template_id=MEETING, data=VALUES)


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    """Give a ward with a Zalo account where more than two phones need approval."""
    staffed = a_staffed_ward(database, homes=3, approval_over=2)
    with database.writing() as session:
        uses_zalo(session, staffed.ward.id)
    return staffed


def _draft(staffed: StaffedWard, **values: str) -> Draft:
    rendering = TemplateRendering(template_id=MEETING, data=VALUES | values)
    return replace(a_draft(the_group(staffed.group)), zalo=rendering)


def _submit(database: Database, staffed: StaffedWard, draft: Draft) -> Announcement:
    return submit_announcement(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )


def test_both_renderings_are_kept_composed(
    database: Database, staffed: StaffedWard
) -> None:
    decomposed = unicodedata.normalize("NFD", " họp tổ dân phố ")
    kept = _submit(database, staffed, _draft(staffed, noi_dung=decomposed))
    assert kept.zalo == RENDERING.to_json()


def test_what_stays_empty_is_not_kept(database: Database, staffed: StaffedWard) -> None:
    kept = _submit(database, staffed, _draft(staffed, thoi_gian=" "))
    assert kept.zalo is not None
    assert set(kept.zalo["data"]) == {"ten", "noi_dung"}


def test_all_faults_of_the_blanks_are_told_at_once_and_nothing_is_kept(
    database: Database, staffed: StaffedWard
) -> None:
    draft = _draft(staffed, noi_dung="a" * 81, thoi_gian="0912345678", khac="x")
    with pytest.raises(BlanksError) as caught:
        _submit(database, staffed, draft)
    assert caught.value.faults == {
        "noi_dung": Fault.TOO_LONG,
        "thoi_gian": Fault.PHONE,
        "khac": Fault.NO_SUCH_BLANK,
    }
    with database.reading() as session:
        assert session.scalars(select(Announcement)).all() == []


def test_a_template_that_zalo_does_not_take_is_refused_by_its_field(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        pending = a_template(state=TemplateState.PENDING)
        keep_templates(session, ACCOUNT, [pending], now=NOW)
    for template_id in (MEETING, "999"):
        rendering = TemplateRendering(template_id=template_id, data=VALUES)
        draft = replace(_draft(staffed), zalo=rendering)
        assert _refused(database, staffed, draft) == ("zalo_template", "not_approved")


def test_a_ward_without_an_account_has_no_second_rendering(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database)
    refused = _refused(database, staffed, _draft(staffed))
    assert refused == ("zalo_template", "no_account")


def test_a_template_that_went_since_the_draft_was_saved_is_noticed(
    database: Database, staffed: StaffedWard
) -> None:
    saved = save_draft(database, _draft(staffed), actor=staffed.officer, now=NOW)
    with database.writing() as session:
        keep_templates(session, ACCOUNT, [], now=NOW)
    with pytest.raises(InputError) as caught:
        submit_draft(
            database, saved.public_id, actor=staffed.officer, gateway=GATEWAY, now=NOW
        )
    assert caught.value.reason == "not_approved"


def test_the_review_refuses_what_submitting_would(
    database: Database, staffed: StaffedWard
) -> None:
    with database.reading() as session, pytest.raises(BlanksError):
        review(session, _draft(staffed, ten=""), actor=staffed.officer, now=NOW)


def test_a_changed_value_voids_the_approval(
    database: Database, staffed: StaffedWard
) -> None:
    waiting = _submit(database, staffed, _draft(staffed))
    assert waiting.state is AnnouncementState.AWAITING_APPROVAL
    read = waiting.approved_hash
    assert read is not None
    edit_draft(
        database,
        waiting.public_id,
        replace(_draft(staffed, noi_dung="họp khác"), idempotency_key="other"),
        actor=staffed.officer,
        now=NOW,
    )
    submit_draft(
        database, waiting.public_id, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )
    with pytest.raises(StateError, match="edited"):
        approve(
            database,
            waiting.public_id,
            actor=staffed.approver,
            seen_hash=read,
            gateway=GATEWAY,
            now=NOW,
        )


def test_the_hash_of_an_sms_alone_is_what_it_was_before_there_was_zalo(
    database: Database, staffed: StaffedWard
) -> None:
    alone = _submit(database, staffed, a_draft(the_group(staffed.group)))
    both = _submit(database, staffed, _draft(staffed))
    assert hash_of_announcement(alone) != hash_of_announcement(both)
    both.zalo = None
    assert hash_of_announcement(alone) == hash_of_announcement(both)


def test_a_schedule_carries_both_renderings_along(
    database: Database, staffed: StaffedWard
) -> None:
    draft = replace(_draft(staffed), send_at=NOW + HOUR, rule="FREQ=DAILY")
    schedule = create_schedule(database, draft, actor=staffed.officer, now=NOW)
    approve_schedule(
        database,
        schedule.public_id,
        actor=staffed.approver,
        seen_hash=schedule.approved_hash or "",
        now=NOW,
    )
    assert fire_due(database, gateway=GATEWAY, now=NOW + HOUR) == 1
    with database.reading() as session:
        (fired,) = session.scalars(select(Announcement))
    assert fired.zalo == RENDERING.to_json()


def test_a_schedule_still_fires_when_its_template_has_gone(
    database: Database, staffed: StaffedWard
) -> None:
    draft = replace(_draft(staffed), send_at=NOW + HOUR, rule="FREQ=DAILY")
    schedule = create_schedule(database, draft, actor=staffed.officer, now=NOW)
    approve_schedule(
        database,
        schedule.public_id,
        actor=staffed.approver,
        seen_hash=schedule.approved_hash or "",
        now=NOW,
    )
    with database.writing() as session:
        session.get_one(WardChannels, staffed.ward.id).zalo_gateway = None
        keep_templates(session, ACCOUNT, [], now=NOW)
    assert fire_due(database, gateway=GATEWAY, now=NOW + HOUR) == 1
    with database.reading() as session:
        (fired,) = session.scalars(select(Announcement))
    assert (fired.state, fired.recipients) == (AnnouncementState.SENDING, 3)


def test_the_last_values_and_the_topics_template_are_remembered(
    database: Database, staffed: StaffedWard
) -> None:
    _submit(database, staffed, _draft(staffed, noi_dung="họp tháng chín"))
    _submit(database, staffed, replace(_draft(staffed), topic=Topic.MEETING))
    _submit(database, staffed, a_draft(the_group(staffed.group)))
    ward_id = staffed.ward.id
    with database.reading() as session:
        assert last_used(session, ward_id, template_id=MEETING) == VALUES
        assert last_used(session, ward_id, template_id="999") is None
        assert last_used(session, ward_id + 1, template_id=MEETING) is None
        assert last_template(session, ward_id, topic=Topic.MEETING) == MEETING
        assert last_template(session, ward_id, topic=Topic.HEALTH) is None


def _refused(database: Database, staffed: StaffedWard, draft: Draft) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        _submit(database, staffed, draft)
    return caught.value.field, caught.value.reason
