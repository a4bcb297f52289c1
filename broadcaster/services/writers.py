"""Who wrote to us, in which ward, and which lines are theirs, by every channel."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.ports import Channel
from broadcaster.store.tables.messages import InboundText
from broadcaster.store.tables.zalo import ZaloContact
from broadcaster.store.zalo_contacts import find_contact, lines_of_phone
from subscriptions.lines import find_line
from subscriptions.tables.households import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The lines of who wrote, none while nobody is served through their phone.

    More than one only by Zalo, of an account that several wards share. `contact` is
    None by SMS.
    """

    lines: tuple[Line, ...]
    contact: ZaloContact | None = None


def find_writer(session: Session, text: InboundText) -> Writer:
    """Return whose text it is."""
    if text.channel is Channel.ZALO:
        contact = find_contact(session, text.gateway, text.sender)
        return Writer(lines=tuple(_lines_of(session, contact)), contact=contact)
    line = find_line(session, text.ward_id, text.sender) if text.ward_id else None
    return Writer(lines=(line,) if line else ())


def _lines_of(session: Session, contact: ZaloContact | None) -> Sequence[Line]:
    """Return the linked line first, then those of the same phone in other wards."""
    if contact is None or contact.line_id is None:
        return []
    own = session.get_one(Line, contact.line_id)
    others = lines_of_phone(session, contact.gateway, contact.phone or "")
    return [own, *(line for line in others if line.id != own.id)]
