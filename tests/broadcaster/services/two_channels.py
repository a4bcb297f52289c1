"""A ward that tells five homes by Zalo and by SMS, each over a telco in memory."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import (
    Blame,
    Outcome,
    Receipt,
    ReceiptStatus,
    Submission,
    Verdict,
)
from broadcaster.services.dispatch import drain
from broadcaster.services.drafts import write_announcement
from broadcaster.services.receipts import interpret_waiting, take_receipt
from broadcaster.store.freezing import Terms, freeze, snapshot
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Announcement, Lane, Topic
from broadcaster.store.tables.messages import Message, MessageLeg
from broadcaster.store.tables.zalo import OverQuota, WardChannels
from broadcaster.store.zalo_terms import zalo_terms
from subscriptions.audience import exclusions, recipients
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from tests.builders.announcements import (
    GATEWAY,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.sending import a_route
from tests.builders.zalo import ACCOUNT, MEETING, VALUES, TemplateGateway, uses_zalo
from tests.fakes import HandClock

HOMES = 5
IN_AN_HOUR = dt.timedelta(hours=1)


@dataclass(kw_only=True)
class TwoChannels:
    """The ward, its two telcos, and the time."""

    database: Database
    staffed: StaffedWard
    clock: HandClock
    zalo: MemoryGateway = field(default_factory=TemplateGateway)
    sms: MemoryGateway = field(default_factory=MemoryGateway)

    def announce(
        self,
        *,
        lane: Lane = Lane.NOTICE,
        topic: Topic = Topic.GENERAL,
        valid_until: dt.datetime | None = None,
    ) -> int:
        """Freeze a notice that has both renderings; return its id."""
        audience = the_group(self.staffed.group)
        ward_id, now = self.staffed.ward.id, self.clock.now()
        draft = replace(a_draft(audience), topic=topic, valid_until=valid_until)
        with snapshot(self.database) as session:
            notice = write_announcement(
                draft,
                ward_id=ward_id,
                author_id=self.staffed.officer.account_id,
                now=now,
            )
            notice.zalo = {"template_id": MEETING, "data": VALUES}
            session.add(notice)
            session.flush()
            freeze(
                session,
                notice,
                recipients=recipients(
                    audience, ward_id=ward_id, purpose=Purpose.NOTICES
                ),
                left_out=exclusions(audience, ward_id=ward_id, purpose=Purpose.NOTICES),
                terms=Terms(
                    lines=HOMES,
                    sender="PHOASUA",
                    route=(GATEWAY,),
                    lane=lane,
                    encoding="GSM7",
                    segments=1,
                    due_at=now,
                    zalo=zalo_terms(session, notice),
                ),
                now=now,
            )
            notice.recipients, notice.confirmed_at = HOMES, now
            notice.due_at = now
            return notice.id

    def send(self) -> None:
        """Let each gateway send what is due."""
        for gateway in (self.zalo, self.sms):
            route = a_route(self.database, gateway, self.clock, names=(GATEWAY,))
            drain(route, until=self.clock.now() + IN_AN_HOUR)

    def rules(
        self, *, over_quota: OverQuota | None = None, minutes: int | None = None
    ) -> None:
        """Change the ward's rules for its channels."""
        with self.database.writing() as session:
            rules = session.get_one(WardChannels, self.staffed.ward.id)
            rules.over_quota = over_quota or rules.over_quota
            if minutes is not None:
                rules.fall_back_minutes = {Topic.GENERAL.value: minutes}

    def report(self, message: Message | MessageLeg, status: ReceiptStatus) -> None:
        """Let Zalo report how far a message came, and read it."""
        with self.database.reading() as session:
            message_id = getattr(message, "message_id", message.id)
            reference = session.get_one(Message, message_id).public_id
        receipt = Receipt(
            reference=str(reference),
            provider_id=None,
            status=status,
            raw_status=status.value,
        )
        now = self.clock.now()
        take_receipt(self.database, ACCOUNT, receipt, now=now)
        interpret_waiting(self.database, now=now)

    def messages(self) -> list[Message]:
        """Return every message as it is now."""
        with self.database.reading() as session:
            return list(session.scalars(select(Message).order_by(Message.id)))

    def legs(self) -> list[MessageLeg]:
        """Return every leg that is over."""
        with self.database.reading() as session:
            return list(session.scalars(select(MessageLeg).order_by(MessageLeg.id)))

    def lines(self) -> list[int]:
        """Return the ids of all lines."""
        with self.database.reading() as session:
            return list(session.scalars(select(Line.id).order_by(Line.id)))

    def notice(self, notice_id: int) -> Announcement:
        """Return a notice as it is now."""
        with self.database.reading() as session:
            return session.get_one(Announcement, notice_id)


def two_channels(database: Database, now: dt.datetime) -> TwoChannels:
    """Give the ward, its homes enrolled, its account with the usual template."""
    staffed = a_staffed_ward(database, homes=HOMES)
    with database.writing() as session:
        uses_zalo(session, staffed.ward.id, now=now)
    return TwoChannels(database=database, staffed=staffed, clock=HandClock(now))


def by_channel(place: TwoChannels) -> dict[str, int]:
    """Count all messages by the channel that they are in now."""
    found: dict[str, int] = {}
    for message in place.messages():
        found[message.channel] = found.get(message.channel, 0) + 1
    return found


def refusing(
    verdict: Verdict,
    *,
    code: str = "-118",
    blame: Blame | None = None,
    retry_after: float | None = None,
    only: Callable[[Submission], bool] = lambda _text: True,
) -> Callable[[Submission], Outcome | None]:
    """Return the script of a telco that refuses some texts, or all."""

    def script(text: Submission) -> Outcome | None:
        if not only(text):
            return None
        return Outcome(
            message_id=text.message_id,
            verdict=verdict,
            code=code,
            blame=blame,
            retry_after=retry_after,
        )

    return script
