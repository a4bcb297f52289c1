"""Writing an announcement: the form, its live preview, a draft, a test, the review."""

import uuid
from collections.abc import Callable
from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError, NotAllowedError, StateError
from broadcaster.rules.permissions import Act
from broadcaster.services.announcements import (
    EDITABLE,
    edit_draft,
    save_draft,
)
from broadcaster.services.drafts import Draft
from broadcaster.services.rehearsals import send_test
from broadcaster.services.reviews import review
from broadcaster.services.schedules import EDITABLE as EDITABLE_SCHEDULES
from broadcaster.services.zalo_renderings import BlanksError
from broadcaster.store.announcements import get_announcement, get_schedule
from broadcaster.store.tables.announcements import Announcement, Topic
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.staff.compose_form import (
    ComposeForm,
    read_draft,
    read_form,
    read_rendering,
)
from broadcaster.web.staff.confirming import confirm, public_id_of
from broadcaster.web.staff.looking import known_groups, look, replace_word
from broadcaster.web.staff.refilling import (
    copy_of,
    form_of_announcement,
    form_of_schedule,
)
from broadcaster.web.staff.site import blueprint
from broadcaster.web.staff.zalo_form import blank_sentences, settle
from broadcaster.web.wording import say
from broadcaster.web.zalo_card import card_of_look
from subscriptions.audience import Audience
from subscriptions.places import list_groups
from subscriptions.tables.base import new_public_id
from subscriptions.tables.households import Tag

Answer = str | Response | tuple[str, int]

_ANCHORS = {"audience": "whom", "rule": "repeat", "send_at": "when"}


@blueprint.get("/compose")
@needs(Act.WRITE_ANNOUNCEMENTS)
def compose() -> str | Response:
    """Show the form: empty, or with a draft, a schedule or a copy in it."""
    draft, schedule, copy = map(_asked_for, ("draft", "schedule", "copy"))
    ward_id = the_actor().ward_id
    form = ComposeForm(key=str(new_public_id()))
    with the_house().database.reading() as session:
        if draft is not None:
            announcement = get_announcement(session, draft, ward_id=ward_id)
            _require_own(announcement.author_id)
            if announcement.state not in EDITABLE:
                return _to_page(announcement)
            form = form_of_announcement(announcement)
        elif schedule is not None:
            found = get_schedule(session, schedule, ward_id=ward_id)
            _require_own(found.author_id)
            if found.state not in EDITABLE_SCHEDULES:
                return redirect(url_for("staff.schedules"))
            form = form_of_schedule(found)
        elif copy is not None:
            form = copy_of(get_announcement(session, copy, ward_id=ward_id))
        form = settle(session, form, ward_id=ward_id)
    return _page(form)


@blueprint.post("/compose")
@needs(Act.WRITE_ANNOUNCEMENTS)
def take_compose() -> Answer:
    """Do what the button says; whatever is wrong, all that was typed stays."""
    typed = read_form(request.form)
    form = _settled(typed)
    word = request.form.get("replace")
    if word:
        return _page(replace(form, body=replace_word(form.body, word)))
    act = _ACTS.get(request.form.get("do", ""), _page)
    unread = _unread(typed, form)
    if act is not _page and unread is not None:
        return _page(form, done=unread)
    try:
        return act(form)
    except BlanksError as error:
        return _page(form, errors=blank_sentences(error)), 422
    except InputError as error:
        anchor = _ANCHORS.get(error.field, error.field)
        sentence = say(f"{error.field}.{error.reason}", "compose")
        return _page(form, errors={anchor: sentence}), 422


@blueprint.post("/compose/preview")
@needs(Act.WRITE_ANNOUNCEMENTS)
def preview() -> str:
    """Show the texts, their cost and the audience while the form is filled in."""
    typed = read_form(request.form)
    form = _settled(typed)
    with the_house().database.reading() as session:
        seen = look(session, form)
    return render_template(
        "staff/compose_answer.html",
        look=seen,
        form=form,
        has_other_blanks=form.zalo_shown != typed.zalo_shown,
    )


def _page(
    form: ComposeForm,
    *,
    errors: dict[str, str] | None = None,
    done: str | None = None,
) -> str:
    with the_house().database.reading() as session:
        return render_template(
            "staff/compose.html",
            form=form,
            look=look(session, form),
            groups=list_groups(session, the_actor().scope),
            topics=list(Topic),
            tags=list(Tag),
            errors=errors or {},
            done=done,
        )


def _review(form: ComposeForm) -> str:
    draft = _draft(form)
    with the_house().database.reading() as session:
        seen = review(session, draft, actor=the_actor(), now=the_house().clock.now())
    zalo = seen.preview.zalo
    return render_template(
        "staff/review.html",
        form=form,
        review=seen,
        zalo_card=card_of_look(zalo) if zalo else None,
    )


def _confirm(form: ComposeForm) -> Response:
    return confirm(form, _draft(form))


def _save(form: ComposeForm) -> Response:
    house, actor = the_house(), the_actor()
    draft, now = _draft(form), house.clock.now()
    if form.draft and draft.rule is None:
        public_id = public_id_of(form.draft)
        try:
            edit_draft(house.database, public_id, draft, actor=actor, now=now)
        except StateError:
            flash(say("not_editable", "compose"))
            return redirect(url_for("staff.announcement", public_id=public_id), 303)
    else:
        saved = save_draft(house.database, draft, actor=actor, now=now)
        public_id = saved.public_id
    flash(say("saved", "compose"))
    return redirect(url_for("staff.compose", draft=public_id), 303)


def _test(form: ComposeForm) -> str:
    house = the_house()
    send_test(
        house.database,
        Draft(
            topic=Topic.GENERAL,
            body=form.body,
            accented=form.accented == "yes",
            audience=Audience(),
            zalo=read_rendering(form),
            idempotency_key=form.key,
        ),
        actor=the_actor(),
        gateway=house.gateway_name,
        now=house.clock.now(),
    )
    return _page(form, done="tested.both" if form.zalo_template else "tested")


def _unread(typed: ComposeForm, settled: ComposeForm) -> str | None:
    """Return what must be read first: nobody sends what they have never seen."""
    if typed.zalo_template and not settled.zalo_template:
        return "zalo_gone"
    has_other_blanks = typed.zalo_shown != settled.zalo_shown
    return "blanks_first" if settled.zalo_template and has_other_blanks else None


def _settled(form: ComposeForm) -> ComposeForm:
    use = request.form.get("use_template")
    if use:
        form = replace(form, zalo_template=use if use.isprintable() else "")
    with the_house().database.reading() as session:
        return settle(session, form, ward_id=the_actor().ward_id)


def _draft(form: ComposeForm) -> Draft:
    with the_house().database.reading() as session:
        known = known_groups(session)
    return read_draft(form, known=known, now=the_house().clock.now())


def _asked_for(name: str) -> uuid.UUID | None:
    if name not in request.args:
        return None
    return request.args.get(name, type=uuid.UUID) or abort(404)


def _require_own(author_id: int) -> None:
    if author_id != the_actor().account_id:
        raise NotAllowedError("only its author changes an announcement")


def _to_page(announcement: Announcement) -> Response:
    return redirect(url_for("staff.announcement", public_id=announcement.public_id))


_ACTS: dict[str, Callable[[ComposeForm], Answer]] = {
    "review": _review,
    "confirm": _confirm,
    "save": _save,
    "test": _test,
}
