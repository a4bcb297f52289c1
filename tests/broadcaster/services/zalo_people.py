"""People who follow a ward's Zalo account, and what they hear from it."""

import datetime as dt

from sqlalchemy import select

from broadcaster.ports import Channel, Followed, Inbound, SharedPhone
from broadcaster.services.arrivals import take_arrival
from broadcaster.services.replies import answer_waiting
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from broadcaster.store.tables.staff import JournalEntry
from broadcaster.store.tables.zalo import ZaloContact
from broadcaster.store.zalo_contacts import ZaloStanding, zalo_standings
from subscriptions.consents import zalo_word
from subscriptions.months import month_of
from subscriptions.places import Scope
from subscriptions.subscription_changes import Decision, end_subscription
from subscriptions.tables.base import new_public_id
from subscriptions.tables.consents import ConsentAction
from subscriptions.tables.households import Line, Subscription
from subscriptions.tables.places import ResidentialGroup
from templates import message_text
from tests.builders.people import NOW, a_household, lines_of
from tests.builders.zalo import ACCOUNT

OA = "579745863508352884"
AN = "2512523625412515"
BINH = "7738283904123456"


def follow(
    database: Database,
    user_id: str = AN,
    *,
    is_following: bool = True,
    now: dt.datetime = NOW,
) -> list[str]:
    """Follow the account, or stop; return the names of what is said to that."""
    event = Followed(user_id=user_id, account=OA, is_following=is_following)
    return _hear(database, event, now=now)


def share(
    database: Database, e164: str, *, user_id: str = AN, now: dt.datetime = NOW
) -> list[str]:
    """Share a number in Zalo's form; return the names of what is said to that."""
    event = SharedPhone(user_id=user_id, account=OA, e164=e164)
    return _hear(database, event, now=now)


def write(
    database: Database, body: str, *, user_id: str = AN, now: dt.datetime = NOW
) -> list[str]:
    """Write to the account; return the names of the answers."""
    text = Inbound(
        provider_id=new_public_id().hex,
        sender=user_id,
        to=OA,
        text=body,
        channel=Channel.ZALO,
    )
    before = len(said(database))
    take_arrival(database, ACCOUNT, text, now=now)
    answer_waiting(database, gateway="memory", now=now)
    return names_of(said(database)[before:])


def said(database: Database) -> list[Message]:
    """Return everything that was said to anybody by any channel."""
    with database.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def names_of(messages: list[Message]) -> list[str]:
    """Return by what names the templates know what was said."""
    names = (
        "zalo_welcome",
        "zalo_linked",
        "zalo_no_line",
        "zalo_not_linked",
        "keyword_help",
        "texts_started",
        "texts_stopped",
    )
    known = {message_text(name, "zalo"): name for name in names}
    return [known.get(message.text or "", "sms") for message in messages]


def contact(database: Database, user_id: str = AN) -> ZaloContact:
    with database.reading() as session:
        return session.scalars(
            select(ZaloContact).where(ZaloContact.user_id == user_id)
        ).one()


def linked(database: Database) -> dict[str, int]:
    """Return the line id that each person is linked to."""
    with database.reading() as session:
        return {
            each.user_id: each.line_id
            for each in session.scalars(select(ZaloContact))
            if each.line_id is not None
        }


def word_on_zalo(database: Database, line: Line) -> ConsentAction | None:
    """Return the line's last word on Zalo alone."""
    with database.reading() as session:
        return session.scalar(
            select(zalo_word(Line.id.expression)).where(Line.id == line.id)
        )


def enrol(database: Database, homes: ResidentialGroup, phone: str) -> Line:
    with database.writing() as session:
        return lines_of(
            session, a_household(session, in_group=homes, with_phone=phone)
        )[0]


def end(database: Database, line: Line, *, now: dt.datetime = NOW) -> None:
    """End everything that a line is for."""
    with database.writing() as session:
        for subscription in session.scalars(
            select(Subscription).where(Subscription.line_id == line.id)
        ):
            end_subscription(
                session,
                Scope(ward_id=line.ward_id),
                subscription.public_id,
                decision=Decision(
                    reason="đã chuyển đi", from_month=month_of(now), recorded_by=None
                ),
                now=now,
            )


def journal(database: Database) -> list[tuple[str, object]]:
    with database.reading() as session:
        return [
            (entry.act, entry.facts.get("line_id"))
            for entry in session.scalars(select(JournalEntry))
        ]


def standing_of(database: Database, line: Line) -> ZaloStanding | None:
    with database.reading() as session:
        return zalo_standings(session, [line.id], now=NOW).get(line.id)


def _hear(
    database: Database, event: Followed | SharedPhone, *, now: dt.datetime
) -> list[str]:
    before = len(said(database))
    take_arrival(database, ACCOUNT, event, now=now)
    return names_of(said(database)[before:])
