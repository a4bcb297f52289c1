"""Telcos whose answers are lost, and what the processes do about it."""

import datetime as dt
from dataclasses import replace

from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import Receipt, Submission, Unfound, Verdict
from broadcaster.services.dispatch import drain
from broadcaster.services.doubting import resolve_in_doubt
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Lane
from tests.builders.messages import a_text
from tests.builders.people import NOW, a_ward
from tests.builders.sending import a_route, answering
from tests.fakes import HandClock

DAY = dt.timedelta(days=1)
PROVES = replace(CAPABILITIES, absent_after=dt.timedelta(minutes=2))


class Losing(MemoryGateway):
    """A telco whose answers are lost, and that lists nothing it was sent."""

    def __init__(
        self, *, proves: bool = False, found: Unfound = Unfound.ABSENT
    ) -> None:
        super().__init__(capabilities=PROVES if proves else CAPABILITIES)
        answering(Verdict.IN_DOUBT, by=self)
        self.found = found
        self.asked: list[Submission] = []

    def lookup(self, submission: Submission) -> Receipt | Unfound:
        self.asked.append(submission)
        return self.found


def in_doubt(
    database: Database, gateway: MemoryGateway, *, lane: Lane = Lane.NOTICE
) -> HandClock:
    """Send one text whose answer is lost; return the clock, which stands still."""
    with database.writing() as session:
        a_text(session, a_ward(session), lane=lane)
    clock = HandClock(NOW)
    send(database, gateway, clock)
    return clock


def send(database: Database, gateway: MemoryGateway, clock: HandClock) -> int:
    return drain(a_route(database, gateway, clock), until=clock.now() + DAY)


def resolve_for(
    database: Database, gateway: MemoryGateway, clock: HandClock, *, minutes: int
) -> None:
    """Do what the processes do for so long: ask six times a minute, and send."""
    for _ in range(6 * minutes):
        resolve_in_doubt(database, gateway, clock.turn(seconds=10))
        send(database, gateway, clock)


class Knowing(Losing):
    """A telco that loses its answers, and knows a reference that it has seen."""

    def __init__(self) -> None:
        super().__init__(found=Unfound.UNCLEAR)
        self.capabilities = replace(CAPABILITIES, duplicate_window=DAY)
