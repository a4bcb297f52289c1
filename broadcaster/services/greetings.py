"""The text that tells a phone it was enrolled: proof to its holder, in one segment."""

import datetime as dt

from sqlalchemy.orm import Session

from broadcaster.rules.accents import strip_accents
from broadcaster.rules.composing import fill
from broadcaster.rules.segments import measure
from broadcaster.rules.timing import end_of_quiet_hours
from broadcaster.store.outbox import NewText, enqueue
from broadcaster.store.tables.messages import MessageKind
from subscriptions.places import get_ward
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line, LineStatus
from subscriptions.tables.places import Ward
from templates import message_text

VALID_FOR = dt.timedelta(days=2)


def greet(session: Session, line: Line, *, gateway: str, now: dt.datetime) -> bool:
    """Confirm to a phone that it was enrolled; False when it cannot be texted.

    Waits out the quiet hours, and does not leave at all if the consent was taken
    back meanwhile.
    """
    if line.status is not LineStatus.USABLE:
        return False
    ward = get_ward(session, line.ward_id)
    due_at = end_of_quiet_hours(now, start=ward.quiet_from, end=ward.quiet_until)
    new = NewText(
        ward_id=ward.id,
        line_id=line.id,
        to=line.e164,
        sender=ward.sender_brand,
        text=greeting(ward),
        kind=MessageKind.CONFIRMATION,
        purpose=Purpose.NOTICES,
        gateway=gateway,
        due_at=due_at,
        valid_until=due_at + VALID_FOR,
    )
    enqueue(session, new, now=now)
    return True


def greeting(ward: Ward) -> str:
    """Write the confirming text: how to stop by text only where texts are received.

    The ward's name gives way to "phuong" where one segment would not hold both.
    """
    name = "enrolled" if ward.inbound_number else "enrolled_one_way"
    facts = {"brand": ward.sender_brand}
    if ward.inbound_number:
        facts["number"] = ward.inbound_number.replace("+84", "0", 1)
    text = fill(message_text(name), {**facts, "ward": strip_accents(ward.name)})
    if measure(text).segments == 1:
        return text
    return fill(message_text(name), {**facts, "ward": "phuong"})
