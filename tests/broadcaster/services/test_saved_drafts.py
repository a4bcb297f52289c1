"""What is not sent yet: drafts are kept, changed and submitted."""

from dataclasses import replace

import pytest

from broadcaster.errors import NotFoundError, StateError
from broadcaster.services.announcements import (
    edit_draft,
    save_draft,
    submit_announcement,
    submit_draft,
)
from broadcaster.services.approvals import return_to_author
from broadcaster.services.drafts import Draft
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, AnnouncementState
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.people import NOW


def test_a_draft_is_kept_and_the_same_form_submits_it(database: Database) -> None:
    staffed = a_staffed_ward(database)
    draft = a_draft(the_group(staffed.group))
    saved = save_draft(database, draft, actor=staffed.officer, now=NOW)
    assert saved.state is AnnouncementState.DRAFT
    newer = replace(draft, body="Họp lúc 20h.")
    assert save_draft(database, newer, actor=staffed.officer, now=NOW).id == saved.id
    sent = _submit(database, staffed, newer)
    assert (sent.id, sent.state) == (saved.id, AnnouncementState.SENDING)
    assert sent.text == "Hop luc 20h."


def test_a_saved_draft_is_submitted_by_its_id(database: Database) -> None:
    staffed = a_staffed_ward(database)
    draft = a_draft(the_group(staffed.group))
    saved = save_draft(database, draft, actor=staffed.officer, now=NOW)
    sent = submit_draft(
        database, saved.public_id, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )
    assert sent.recipients == 3
    with pytest.raises(StateError):
        submit_draft(
            database, saved.public_id, actor=staffed.officer, gateway=GATEWAY, now=NOW
        )


def test_a_returned_announcement_is_changed_and_submitted_again(
    database: Database,
) -> None:
    staffed = a_staffed_ward(database, approval_over=1)
    draft = a_draft(the_group(staffed.group))
    waiting = _submit(database, staffed, draft)
    return_to_author(
        database,
        waiting.public_id,
        actor=staffed.approver,
        reason="Sai giờ",
        now=NOW,
    )
    edit_draft(
        database,
        waiting.public_id,
        replace(draft, body="Họp lúc 20h."),
        actor=staffed.officer,
        now=NOW,
    )
    again = submit_draft(
        database, waiting.public_id, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )
    assert again.state is AnnouncementState.AWAITING_APPROVAL
    assert again.returned_reason is None


def test_what_was_confirmed_is_not_edited(database: Database) -> None:
    staffed = a_staffed_ward(database)
    draft = a_draft(the_group(staffed.group))
    sent = _submit(database, staffed, draft)
    with pytest.raises(StateError, match="sending"):
        edit_draft(database, sent.public_id, draft, actor=staffed.officer, now=NOW)


def test_another_wards_announcement_is_not_found(database: Database) -> None:
    staffed = a_staffed_ward(database)
    sent = _submit(database, staffed, a_draft(the_group(staffed.group)))
    stranger = replace(staffed.officer, ward_id=staffed.ward.id + 1)
    with pytest.raises(NotFoundError):
        edit_draft(
            database,
            sent.public_id,
            a_draft(the_group(staffed.group)),
            actor=stranger,
            now=NOW,
        )


def _submit(database: Database, staffed: StaffedWard, draft: Draft) -> Announcement:
    return submit_announcement(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=NOW
    )
