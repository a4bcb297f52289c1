"""The second person's pages: what waits, exactly what would go, yes or why not."""

import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError, NotAllowedError, StateError
from broadcaster.rules.permissions import Act
from broadcaster.services import approvals as services
from broadcaster.services import schedules as schedule_services
from broadcaster.services.approving import (
    Waiting,
    get_waiting_announcement,
    get_waiting_schedule,
)
from broadcaster.store.announcements import list_schedules
from broadcaster.store.reports import list_announcements
from broadcaster.store.tables.announcements import AnnouncementState, ScheduleState
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.schedules import rule_sentence
from broadcaster.web.staff.site import blueprint
from broadcaster.web.wording import say
from broadcaster.web.zalo_card import card_of_look

Answer = Response | tuple[str, int]


@blueprint.get("/approvals")
@needs(Act.SEE_ANNOUNCEMENTS)
def approvals() -> str:
    """List what waits for a second person."""
    ward_id = the_actor().ward_id
    with the_house().database.reading() as session:
        return render_template(
            "staff/approvals.html",
            rows=list_announcements(
                session, ward_id, states={AnnouncementState.AWAITING_APPROVAL}
            ),
            schedules=[
                each
                for each in list_schedules(session, ward_id)
                if each.state is ScheduleState.AWAITING_APPROVAL
            ],
        )


@blueprint.get("/approvals/<any(announcements, schedules):kind>/<uuid:public_id>")
@needs(Act.SEE_ANNOUNCEMENTS)
def approval(kind: str, public_id: uuid.UUID) -> str | Answer:
    """Show exactly what would go, to whom, when and for how much."""
    return _page(kind, public_id)


@blueprint.post("/approvals/announcements/<uuid:public_id>/approve")
@needs(Act.APPROVE_ANNOUNCEMENTS)
def approve(public_id: uuid.UUID) -> Answer:
    """Send what was read; never what was changed since."""
    house = the_house()

    def act() -> None:
        services.approve(
            house.database,
            public_id,
            actor=the_actor(),
            seen_hash=request.form.get("seen_hash", ""),
            gateway=house.gateway_name,
            now=house.clock.now(),
        )

    return _decide(act, "announcements", public_id, sentence="approved")


@blueprint.post("/approvals/announcements/<uuid:public_id>/return")
@needs(Act.APPROVE_ANNOUNCEMENTS)
def give_back(public_id: uuid.UUID) -> Answer:
    """Give it back to its author with a reason."""

    def act() -> None:
        services.return_to_author(
            the_house().database,
            public_id,
            actor=the_actor(),
            reason=request.form.get("reason", ""),
            now=the_house().clock.now(),
        )

    return _decide(act, "announcements", public_id, sentence="returned")


@blueprint.post("/approvals/schedules/<uuid:public_id>/approve")
@needs(Act.APPROVE_ANNOUNCEMENTS)
def approve_schedule(public_id: uuid.UUID) -> Answer:
    """Let it repeat, as it was read."""

    def act() -> None:
        schedule_services.approve_schedule(
            the_house().database,
            public_id,
            actor=the_actor(),
            seen_hash=request.form.get("seen_hash", ""),
            now=the_house().clock.now(),
        )

    return _decide(act, "schedules", public_id, sentence="schedule_approved")


@blueprint.post("/approvals/schedules/<uuid:public_id>/return")
@needs(Act.APPROVE_ANNOUNCEMENTS)
def give_schedule_back(public_id: uuid.UUID) -> Answer:
    """Give it back to its author with a reason."""

    def act() -> None:
        schedule_services.return_schedule(
            the_house().database,
            public_id,
            actor=the_actor(),
            reason=request.form.get("reason", ""),
            now=the_house().clock.now(),
        )

    return _decide(act, "schedules", public_id, sentence="returned")


def _decide(
    act: Callable[[], None], kind: str, public_id: uuid.UUID, *, sentence: str
) -> Answer:
    """Decide and go on to the list; what cannot be is said on the page itself."""
    try:
        act()
    except NotAllowedError:
        return _page(kind, public_id, fault="own"), 403
    except StateError as error:
        return _page(kind, public_id, fault=_fault(error)), 409
    except InputError as error:
        why = say(f"{error.field}.{error.reason}", "approvals")
        return _page(kind, public_id, errors={error.field: why}), 422
    flash(say(sentence, "approvals"))
    return redirect(url_for("staff.approvals"), 303)


def _page(
    kind: str,
    public_id: uuid.UUID,
    *,
    fault: str | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    waiting = _waiting(kind, public_id)
    return render_template(
        "staff/approval.html",
        kind=kind,
        waiting=waiting,
        zalo_card=card_of_look(waiting.zalo) if waiting.zalo else None,
        rule_words=rule_sentence(waiting.rule) if waiting.rule else None,
        fault=fault,
        errors=errors or {},
        reason=request.form.get("reason", ""),
    )


def _waiting(kind: str, public_id: uuid.UUID) -> Waiting:
    find = get_waiting_schedule if kind == "schedules" else get_waiting_announcement
    with the_house().database.reading() as session:
        return find(session, public_id, actor=the_actor(), now=the_house().clock.now())


def _fault(error: StateError) -> str:
    known = {"edited", "too_late"}
    return str(error) if str(error) in known else "decided"
