"""A leader's list between its preview and its import: kept a day, used once."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from broadcaster.errors import NotFoundError
from broadcaster.rules.permissions import Act
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.session import Database
from broadcaster.store.tables.staff import Upload
from subscriptions.enrolments import Agreement
from subscriptions.months import WARD_ZONE
from subscriptions.places import get_group
from subscriptions.register_import import (
    Imported,
    ImportOrder,
    ImportPlan,
    Reading,
    apply_import,
    plan_import,
    read_register,
)

KEPT_FOR = dt.timedelta(days=1)
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """A file as it came from the leader's phone, not yet looked at."""

    group_id: int
    filename: str
    content: bytes
    list_date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a kept file was read as, and what its import would add."""

    upload: Upload
    reading: Reading
    plan: ImportPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAnswer:
    """The upload that was imported; `is_new` is False when it had been before."""

    upload: Upload
    is_new: bool


def keep_upload(
    database: Database, new: NewUpload, *, actor: Actor, now: dt.datetime
) -> Upload:
    """Keep a list that can be read until it is confirmed, at most a day.

    What the account uploaded for the group before and did not confirm goes. Raises
    NotAllowedError, RegisterError when the file is no list, NotInRegisterError.
    """
    actor.require(Act.EDIT_REGISTER)
    read_register(new.content, today=_today(now), list_date=new.list_date)
    with database.writing() as session:
        group = get_group(session, actor.scope, new.group_id)
        _forget_expired(session, now=now)
        session.execute(
            delete(Upload).where(
                Upload.account_id == actor.account_id,
                Upload.group_id == group.id,
                Upload.used_at.is_(None),
            )
        )
        upload = Upload(
            ward_id=actor.ward_id,
            account_id=actor.account_id,
            group_id=group.id,
            filename=new.filename[-LONGEST_NAME:],
            content=new.content,
            list_date=new.list_date,
            created_at=now,
            expires_at=now + KEPT_FOR,
        )
        session.add(upload)
    return upload


def forget_expired(database: Database, *, now: dt.datetime) -> int:
    """Delete the files that nobody confirmed within a day; for the clock."""
    with database.writing() as session:
        return _forget_expired(session, now=now)


def get_upload(
    session: Session, public_id: uuid.UUID, *, actor: Actor, now: dt.datetime
) -> Upload:
    """Return the actor's own upload. Raises NotFoundError, also once it expired."""
    upload = session.scalar(
        select(Upload).where(
            Upload.public_id == public_id,
            Upload.account_id == actor.account_id,
            Upload.expires_at > now,
        )
    )
    if upload is None or not actor.scope.covers(upload.group_id):
        raise NotFoundError("upload")
    return upload


def preview_upload(
    session: Session, upload: Upload, *, actor: Actor, now: dt.datetime
) -> Preview:
    """Read a kept file beside the register, and change nothing."""
    reading = _read(upload, now=now)
    plan = plan_import(session, actor.scope, reading, group_id=upload.group_id)
    return Preview(upload=upload, reading=reading, plan=plan)


def date_upload(
    database: Database,
    public_id: uuid.UUID,
    *,
    list_date: dt.date,
    actor: Actor,
    now: dt.datetime,
) -> Upload:
    """Say when a kept list was written. Raises NotFoundError."""
    with database.writing() as session:
        upload = get_upload(session, public_id, actor=actor, now=now)
        upload.list_date = list_date
    return upload


def import_upload(
    database: Database,
    public_id: uuid.UUID,
    *,
    agreement: Agreement | None,
    actor: Actor,
    now: dt.datetime,
) -> ImportAnswer:
    """Take a kept list into the register as one change, and forget the file.

    A second time nothing is changed and the first result is given again. Raises
    NotAllowedError, NotFoundError.
    """
    actor.require(Act.EDIT_REGISTER)
    with database.reading() as session:
        kept = get_upload(session, public_id, actor=actor, now=now)
    if kept.used_at is not None:
        return ImportAnswer(upload=kept, is_new=False)
    reading = _read(kept, now=now)  # a big file takes seconds: not while we lock
    with database.writing() as session:
        upload = session.scalar(
            select(Upload).where(Upload.id == kept.id).with_for_update()
        )
        if upload is None:
            raise NotFoundError("upload")
        if upload.used_at is not None:
            return ImportAnswer(upload=upload, is_new=False)
        order = ImportOrder(
            group_id=upload.group_id,
            agreement=agreement,
            recorded_by=actor.account_id,
            now=now,
        )
        imported = apply_import(session, actor.scope, reading, order=order)
        upload.used_at, upload.content = now, None
        upload.result = _counts(reading, imported)
        journal.write(
            session,
            "register.imported",
            actor=actor,
            ward_id=actor.ward_id,
            facts={"group_id": upload.group_id, **upload.result},
            now=now,
        )
    return ImportAnswer(upload=upload, is_new=True)


def _read(upload: Upload, *, now: dt.datetime) -> Reading:
    return read_register(
        upload.content or b"", today=_today(now), list_date=upload.list_date
    )


def _today(now: dt.datetime) -> dt.date:
    return now.astimezone(WARD_ZONE).date()


def _forget_expired(session: Session, *, now: dt.datetime) -> int:
    expired = delete(Upload).where(Upload.expires_at <= now).returning(Upload.id)
    return len(session.scalars(expired).all())


def _counts(reading: Reading, imported: Imported) -> dict[str, int]:
    return {
        "households": imported.households,
        "residents": imported.residents,
        "lines": imported.lines,
        "consents": imported.consents,
        "refused_before": imported.refused_before,
        "changed": len(imported.plan.changed),
        "unchanged": imported.plan.unchanged,
        "held": len(imported.plan.held),
        "faults": len(reading.faults),
        "duplicates": len(reading.duplicates),
    }
