"""A leader's Excel list: chosen, looked at, confirmed, taken in."""

import datetime as dt
import uuid

from flask import (
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response

from broadcaster.errors import NotFoundError
from broadcaster.rules.permissions import Act
from broadcaster.services import register_uploads
from broadcaster.services.faulty_list import faulty_list
from broadcaster.services.register_uploads import NewUpload
from broadcaster.web.formats import moment
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.leaders import door_form
from broadcaster.web.leaders.site import blueprint, faulty, the_group
from broadcaster.web.wording import say
from subscriptions.errors import RegisterError
from subscriptions.months import WARD_ZONE
from subscriptions.places import get_ward
from subscriptions.tables.consents import ConsentMethod

WORDING = "list-1"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FAULTY_NAME = "danh-sach-kem-cot-loi.xlsx"
ANSWERS = (ConsentMethod.PAPER, door_form.NOBODY_AGREED)


@blueprint.get("/<int:group_id>/import")
@needs(Act.EDIT_REGISTER)
def choose_file(group_id: int) -> str:
    """Ask for the file."""
    with the_house().database.reading() as session:
        group = the_group(session, group_id)
    return render_template("leaders/choose_file.html", group=group, errors={})


@blueprint.post("/<int:group_id>/import")
@needs(Act.EDIT_REGISTER)
def take_file(group_id: int) -> Response | tuple[str, int]:
    """Keep the file and show what was read; or say why it cannot be."""
    house = the_house()
    with house.database.reading() as session:
        group = the_group(session, group_id)
    file = request.files.get("file")
    if not file or not file.filename:
        errors = {"file": say("import.choose", "leaders")}
        return faulty("leaders/choose_file.html", group=group, errors=errors)
    try:
        upload = register_uploads.keep_upload(
            house.database,
            NewUpload(group_id=group.id, filename=file.filename, content=file.read()),
            actor=the_actor(),
            now=house.clock.now(),
        )
    except RegisterError as error:
        errors = {"file": error.help}
        return faulty("leaders/choose_file.html", group=group, errors=errors)
    return _to("preview", upload.public_id)


@blueprint.get("/imports/<uuid:upload_id>")
@needs(Act.EDIT_REGISTER)
def preview(upload_id: uuid.UUID) -> Response:
    """Show what was read, every fault with its place, and what would be added."""
    return _preview(upload_id, {})


@blueprint.get("/imports/<uuid:upload_id>/faults.xlsx")
@needs(Act.EDIT_REGISTER)
def faulty_file(upload_id: uuid.UUID) -> Response:
    """Give the list back with what is wrong beside each row; gone once it is in."""
    house = the_house()
    now, actor = house.clock.now(), the_actor()
    with house.database.reading() as session:
        upload = register_uploads.get_upload(session, upload_id, actor=actor, now=now)
        if upload.used_at is not None:
            return _to("imported", upload_id)
        book = faulty_list(
            register_uploads.preview_upload(session, upload, actor=actor, now=now)
        )
    return send_file(book, mimetype=XLSX, as_attachment=True, download_name=FAULTY_NAME)


@blueprint.post("/imports/<uuid:upload_id>/date")
@needs(Act.EDIT_REGISTER)
def take_date(upload_id: uuid.UUID) -> Response:
    """Learn when the list was written, and read it again."""
    house = the_house()
    now = house.clock.now()
    try:
        written = dt.date.fromisoformat(request.form.get("list_date", ""))
    except ValueError:
        errors = {"list_date": say("list_date.not_a_day", "leaders")}
        return _preview(upload_id, errors)
    if written > now.astimezone(WARD_ZONE).date():
        errors = {"list_date": say("list_date.future", "leaders")}
        return _preview(upload_id, errors)
    register_uploads.date_upload(
        house.database, upload_id, list_date=written, actor=the_actor(), now=now
    )
    return _to("preview", upload_id)


@blueprint.post("/imports/<uuid:upload_id>")
@needs(Act.EDIT_REGISTER)
def confirm_import(upload_id: uuid.UUID) -> Response:
    """Take the list into the register; a second time changes nothing and says so."""
    house = the_house()
    consent = request.form.get("consent", "")
    if consent not in ANSWERS:
        errors = {"consent": say("import.consent", "leaders")}
        return _preview(upload_id, errors)
    try:
        answer = register_uploads.import_upload(
            house.database,
            upload_id,
            agreement=door_form.agreement_of(consent, WORDING),
            actor=the_actor(),
            now=house.clock.now(),
        )
    except NotFoundError:
        return _gone()
    if not answer.is_new and answer.upload.used_at is not None:
        flash(say("import.again", "leaders", moment=moment(answer.upload.used_at)))
    return _to("imported", upload_id)


@blueprint.get("/imports/<uuid:upload_id>/done")
@needs(Act.EDIT_REGISTER)
def imported(upload_id: uuid.UUID) -> str | Response:
    """Show what the import added."""
    house = the_house()
    with house.database.reading() as session:
        upload = register_uploads.get_upload(
            session, upload_id, actor=the_actor(), now=house.clock.now()
        )
        if upload.result is None:
            return _to("preview", upload_id)
        return render_template(
            "leaders/imported.html",
            group=the_group(session, upload.group_id),
            upload=upload,
            result=upload.result,
        )


def _preview(upload_id: uuid.UUID, errors: dict[str, str]) -> Response:
    house = the_house()
    now = house.clock.now()
    try:
        with house.database.reading() as session:
            upload = register_uploads.get_upload(
                session, upload_id, actor=the_actor(), now=now
            )
            if upload.used_at is not None:
                return _to("imported", upload_id)
            page = render_template(
                "leaders/preview.html",
                group=the_group(session, upload.group_id),
                ward=get_ward(session, upload.ward_id),
                shown=register_uploads.preview_upload(
                    session, upload, actor=the_actor(), now=now
                ),
                wording=WORDING,
                typed=request.form,
                errors=errors,
            )
    except NotFoundError:
        return _gone()
    return make_response(page, 422 if errors else 200)


def _gone() -> Response:
    flash(say("import.gone", "leaders"))
    return redirect(url_for(".home"), 303)


def _to(page: str, upload_id: uuid.UUID) -> Response:
    return redirect(url_for(f".{page}", upload_id=upload_id), 303)
