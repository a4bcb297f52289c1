"""Following the ward's Zalo account, and linking it to one's own phone.

Whoever follows is asked for their number by Zalo's own form, once a week at most. The
number that they share there is the only way to a line: nobody is linked by a name.

- One person has one line: of a number that several wards of an account hold, the one
  enrolled first. The others are told by phone, and a withdrawal is for them all.
- One number has one person: the last who shared it. A number that changed hands is
  thereby taken from whom it belonged to before.
- A number that no household holds waits; once a leader enrols it, the link is made.
- A line that serves nobody any more is nobody's; the number waits again.
- Who stops following keeps the link, and is told by phone until they follow again.
"""

import datetime as dt
from collections.abc import Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.ports import Followed, SharedPhone
from broadcaster.services import journal
from broadcaster.services.zalo_answers import LINKED, WELCOME, answer_by_zalo
from broadcaster.store.session import Database
from broadcaster.store.tables.zalo import ZaloContact
from broadcaster.store.zalo_contacts import (
    USER_ID_LENGTH,
    contact_for,
    lines_of_phone,
    list_to_link,
    list_to_unlink,
    lock_lines,
    others_of,
    wards_of,
)
from broadcaster.store.zalo_lines import forget_without_zalo
from subscriptions.consents import ZALO, Evidence, grant, zalo_word
from subscriptions.phones import read_phone
from subscriptions.tables.consents import ConsentAction, ConsentMethod, Purpose
from subscriptions.tables.households import Line

WORDING = "zalo-1"
BY_SHARING = Evidence(
    method=ConsentMethod.ZALO, wording_version=WORDING, recorded_by=None, channel=ZALO
)
ASKED_AGAIN_AFTER = dt.timedelta(days=7)
BATCH = 500
NO_LINE = "zalo_no_line"
NOT_LINKED = "zalo_not_linked"

log = structlog.get_logger()


def take_followed(
    database: Database, gateway: str, event: Followed, *, now: dt.datetime
) -> None:
    """Note that someone follows or stopped; ask who is not linked for their number."""
    if not _is_user_id(event.user_id, gateway=gateway):
        return
    with database.writing() as session:
        contact = contact_for(session, gateway, event.user_id, now=now)
        contact.is_following = event.is_following
        contact.changed_at = now
        if event.is_following and contact.line_id is None:
            _ask(session, contact, since=now, now=now)


def take_shared_phone(
    database: Database, gateway: str, event: SharedPhone, *, now: dt.datetime
) -> None:
    """Link someone to the line of the number that they shared; say what came of it.

    The same number twice changes nothing and is answered once.
    """
    e164, reading = event.e164, read_phone(event.e164)
    if reading.e164 != e164 or not reading.sms:
        log.warning("shared_phone_unread", gateway=gateway)
        return
    if not _is_user_id(event.user_id, gateway=gateway):
        return
    with database.writing() as session:
        contact = contact_for(session, gateway, event.user_id, now=now)
        is_new = contact.phone != e164
        if is_new and contact.line_id is not None:
            _unlink(session, contact, now=now)
        contact.phone, contact.changed_at = e164, now
        lines = lines_of_phone(session, gateway, e164)
        if lines and contact.line_id is None:
            _link(session, contact, lines, now=now)
            _grant(session, lines, now=now)
            is_new, name = True, LINKED
        else:
            _take_over(session, contact, now=now)
            name = NO_LINE
        if is_new:
            _say(session, contact, name, since=now, now=now)


def invite(
    session: Session, contact: ZaloContact, *, since: dt.datetime, now: dt.datetime
) -> bool:
    """Tell someone who wrote at `since` how to be linked; False when nobody can."""
    if contact.phone is not None:
        return _say(session, contact, NO_LINE, since=since, now=now)
    return _ask(session, contact, since=since, now=now) or _say(
        session, contact, NOT_LINKED, since=since, now=now
    )


def link_contacts(database: Database, *, now: dt.datetime) -> int:
    """Link whose number was enrolled since, unlink whose line ended; return how many.

    Who refused Zalo meanwhile is linked, so that their texts are theirs, but does not
    agree to Zalo again by it.
    """
    changed = 0
    for change in (_unlink_ended, _link_enrolled):
        while batch := change(database, now=now):
            changed += batch
    return changed


def _unlink_ended(database: Database, *, now: dt.datetime) -> int:
    with database.writing() as session:
        ended = list_to_unlink(session, limit=BATCH)
        for contact in ended:
            _unlink(session, contact, now=now)
    return len(ended)


def _link_enrolled(database: Database, *, now: dt.datetime) -> int:
    with database.writing() as session:
        waiting = list_to_link(session, limit=BATCH)
        for contact in waiting:
            lines = lines_of_phone(session, contact.gateway, contact.phone or "")
            if lines:  # else someone of this batch has just taken the number
                _link(session, contact, lines, now=now)
                _grant(session, _unrefusing(session, lines), now=now)
    return len(waiting)


def _is_user_id(user_id: str, *, gateway: str) -> bool:
    if 0 < len(user_id) <= USER_ID_LENGTH and "\x00" not in user_id:
        return True
    log.warning("user_id_unread", gateway=gateway)
    return False


def _ask(
    session: Session, contact: ZaloContact, *, since: dt.datetime, now: dt.datetime
) -> bool:
    if contact.phone is not None:
        return False
    if contact.asked_at is not None and contact.asked_at + ASKED_AGAIN_AFTER > now:
        return False
    is_asked = _say(session, contact, WELCOME, since=since, now=now)
    if is_asked:
        contact.asked_at = now
    return is_asked


def _say(
    session: Session,
    contact: ZaloContact,
    name: str,
    *,
    since: dt.datetime,
    now: dt.datetime,
) -> bool:
    """Answer in the name of the person's ward, else of the account's first ward."""
    ward_ids = wards_of(session, contact.gateway)
    ward_id = contact.ward_id or (ward_ids[0] if ward_ids else None)
    if ward_id is None:
        return False
    return answer_by_zalo(session, contact, name, ward_id=ward_id, since=since, now=now)


def _link(
    session: Session, contact: ZaloContact, lines: Sequence[Line], *, now: dt.datetime
) -> None:
    lock_lines(session, lines)
    _take_over(session, contact, now=now)
    for line in lines:
        forget_without_zalo(session, line.id)
    contact.line_id, contact.ward_id = lines[0].id, lines[0].ward_id
    contact.linked_at = now
    _note(session, "zalo.linked", contact, now=now)


def _unlink(session: Session, contact: ZaloContact, *, now: dt.datetime) -> None:
    _note(session, "zalo.unlinked", contact, now=now)
    contact.line_id = contact.ward_id = contact.linked_at = None


def _take_over(session: Session, contact: ZaloContact, *, now: dt.datetime) -> None:
    """Take the number from whoever shared it before."""
    session.flush()
    for other in others_of(session, contact):
        if other.line_id is not None:
            _unlink(session, other, now=now)
        other.phone = None


def _grant(session: Session, lines: Sequence[Line], *, now: dt.datetime) -> None:
    for line in lines:
        grant(session, line.id, Purpose, evidence=BY_SHARING, now=now)


def _unrefusing(session: Session, lines: Sequence[Line]) -> list[Line]:
    refused = set(
        session.scalars(
            select(Line.id).where(
                Line.id.in_([line.id for line in lines]),
                zalo_word(Line.id.expression) == ConsentAction.WITHDRAWN,
            )
        )
    )
    return [line for line in lines if line.id not in refused]


def _note(
    session: Session, act: str, contact: ZaloContact, *, now: dt.datetime
) -> None:
    journal.write(
        session,
        act,
        actor=None,
        ward_id=contact.ward_id,
        facts={"line_id": contact.line_id, "gateway": contact.gateway},
        now=now,
    )
