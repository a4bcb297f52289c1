"""Confirm a notice in which every line has a text of its own, written in bulk."""

from typing import Any, LiteralString

from sqlalchemy import Row, select

from broadcaster.ports import Channel
from broadcaster.rules.segments import measure
from broadcaster.rules.tariffs import TariffKind
from broadcaster.store.tables.announcements import Announcement, Lane
from broadcaster.store.tables.messages import MessageKind
from subscriptions.audience import Audience, recipients
from subscriptions.tables.base import new_public_id
from subscriptions.tables.consents import Purpose
from subscriptions.tables.places import Ward
from tests.benchmarks._place import Place
from tests.builders.messages import a_frozen_notice
from tests.builders.people import NOW

EVERYBODY = Audience(group_ids=None)
COPY: LiteralString = (
    "COPY messages (public_id, ward_id, announcement_id, line_id, kind, purpose, "
    "to_e164, sender, text, encoding, segments, carrier, gateway, lane, state, "
    "attempts, due_at, created_at, channel, tariff_kind, submissions) FROM STDIN"
)
SENDS_BY: LiteralString = "twilio"


def confirm_personal(
    place: Place, *, texts: int, gateway: str = SENDS_BY, lane: Lane = Lane.NOTICE
) -> None:
    """Put a notice to the ward's first so many lines into the outbox.

    As a freeze does it: one transaction, over the product's own query of recipients.
    Written by COPY, because every row has a text of its own. Raises AssertionError
    when the ward has not so many lines.
    """
    with place.database.writing() as session:
        ward = session.scalars(select(Ward).order_by(Ward.id)).first()
        assert ward is not None, "nobody lives here"
        notice = a_frozen_notice(session, ward, [], gateway=gateway)
        notice.recipients = texts
        session.flush()
        everybody = recipients(EVERYBODY, ward_id=ward.id, purpose=Purpose.NOTICES)
        lines = session.execute(everybody.limit(texts)).all()
        assert len(lines) == texts, f"the ward has only {len(lines)} lines"
        connection: Any = session.connection().connection.driver_connection
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for line in lines:
                copy.write_row(_row(line, ward, notice, gateway=gateway, lane=lane))


def _row(
    line: Row[*tuple[Any, ...]],
    ward: Ward,
    notice: Announcement,
    *,
    gateway: str,
    lane: Lane,
) -> tuple[object, ...]:
    line_id, e164, carrier = line
    return (
        new_public_id(),
        ward.id,
        notice.id,
        line_id,
        MessageKind.ANNOUNCEMENT.value,
        Purpose.NOTICES.value,
        e164,
        ward.sender_brand,
        words_for(line_id, e164),
        MEASURED.encoding,
        MEASURED.segments,
        carrier,
        gateway,
        int(lane),
        "queued",
        0,
        NOW,
        NOW,
        Channel.SMS.value,
        TariffKind.CARE.value,
        0,
    )


def words_for(number: int, e164: str) -> str:
    """Return a line's own text: one segment, and no two alike."""
    return (
        f"Thong bao so {number:08}: moi ong/ba (dt ...{e164[-3:]}) den nha van hoa to "
        f"{number % 20 + 1} nhan luong huu luc 7h30 ngay 12/10, mang theo can cuoc."
    )


MEASURED = measure(words_for(10**7, "+84900000000"))
