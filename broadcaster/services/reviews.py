"""The last look before sending: how many, what it costs, when, and who must agree."""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.timing import next_occurrence
from broadcaster.services.accounts import Actor
from broadcaster.services.budgets import Room, find_room
from broadcaster.services.confirming import count_lines, first_moment, needs_approval
from broadcaster.services.drafts import Draft, write_announcement
from broadcaster.services.previews import Preview, preview
from broadcaster.services.zalo_renderings import check_rendering
from subscriptions.audience import names_every_group
from subscriptions.places import get_ward

SHOWN_MOMENTS = 3
_SECOND = dt.timedelta(seconds=1)


class ApprovalReason(enum.StrEnum):
    """Why a second person has to agree."""

    WARD_WIDE = "ward_wide"
    MANY = "many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What would happen if the draft were submitted now."""

    preview: Preview
    wanted_at: dt.datetime
    starts_at: dt.datetime
    """Later than wanted when the ward sleeps then."""
    approval: ApprovalReason | None
    approval_over: int
    moments: tuple[dt.datetime, ...]
    """The next due times of a draft that repeats."""
    room: Room | None
    """What the month leaves for it; None while nobody has set a limit."""

    @property
    def is_held(self) -> bool:
        """Tell whether quiet hours move its start."""
        return self.starts_at > self.wanted_at


def review(session: Session, draft: Draft, *, actor: Actor, now: dt.datetime) -> Review:
    """Look at a draft as submitting it would; store nothing. Raises InputError.

    One for which the month has no room is shown with what it lacks.
    """
    ward = get_ward(session, actor.ward_id)
    moments = tuple(_moments(draft, now=now))
    once = replace(draft, rule=None)
    if draft.rule is not None:
        if not moments:
            raise InputError("rule", "never")
        once = replace(once, send_at=moments[0])
    seen = preview(session, once, ward=ward, now=now)
    written = write_announcement(
        once, ward_id=ward.id, author_id=actor.account_id, now=now
    )
    check_rendering(session, written.zalo, ward_id=ward.id)
    lines = count_lines(session, written)
    approval = None
    if needs_approval(session, written, lines=lines):
        wide = names_every_group(session, draft.audience, ward_id=ward.id)
        approval = ApprovalReason.WARD_WIDE if wide else ApprovalReason.MANY
    starts_at = first_moment(session, written, now=now)
    return Review(
        preview=seen,
        wanted_at=once.send_at or now,
        starts_at=starts_at,
        approval=approval,
        approval_over=ward.approval_over,
        moments=moments,
        room=find_room(session, written, due_at=starts_at, now=now),
    )


def _moments(draft: Draft, *, now: dt.datetime) -> Iterator[dt.datetime]:
    if draft.rule is None:
        return
    start = draft.send_at or now
    after = start - _SECOND
    for _ in range(SHOWN_MOMENTS):
        found = next_occurrence(draft.rule, start=start, after=after)
        if found is None:
            return
        yield found
        after = found
