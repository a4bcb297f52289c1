"""How soon an emergency is on the wire while 100,000 notices wait before it."""

import datetime as dt
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from broadcaster.rules.permissions import Role
from broadcaster.services.accounts import Actor
from broadcaster.services.announcements import submit_announcement
from broadcaster.services.drafts import Draft
from broadcaster.store.tables.announcements import Lane, Topic
from subscriptions.audience import Audience
from subscriptions.tables.places import Ward
from tests.benchmarks._notices import SENDS_BY, confirm_personal
from tests.benchmarks._place import Place, a_place
from tests.benchmarks._sending import start_ours
from tests.builders.accounts import an_account
from tests.builders.people import a_group, a_household, a_number
from tests.telco import until

TITLE = "An emergency before a backlog: from its confirmation to the wire"
BACKLOG = 100_000
WARNINGS = 30
PACED = 2_000
"""Segments a second: the backlog then waits through all the warnings."""
PAUSE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """How long each emergency took, in milliseconds, and who still waited."""

    milliseconds: Sequence[float]
    waiting: int
    """Notices still queued when the last emergency was on the wire."""

    def at(self, share: float) -> float:
        """Return the time within which this share of them were on the wire."""
        ranked = sorted(self.milliseconds)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def run(report: Callable[[str], None]) -> None:
    """Measure at a limited pace and at full speed, by two workers."""
    report(f"{BACKLOG:,} queued notices and two workers; {WARNINGS} emergencies of one")
    report("line each, one after the other, from the commit that confirms one to its")
    report("arrival at the telco. At full speed the backlog is topped up between them.")
    report("")
    report("| the notices leave | p50 ms | p99 ms | most ms | left in the backlog |")
    report("|---|--:|--:|--:|--:|")
    pace = {"segments_per_second": str(PACED)}
    for name, options in ((f"{PACED:,} segments/s", pace), ("at full speed", {})):
        found = overtake(options=options)
        report(
            f"| {name} | {statistics.median(found.milliseconds):,.0f} "
            f"| {found.at(0.99):,.0f} | {max(found.milliseconds):,.0f} "
            f"| {found.waiting:,} |"
        )


def overtake(
    *, options: Mapping[str, str], backlog: int = BACKLOG, warnings: int = WARNINGS
) -> Overtaken:
    """Confirm emergencies, each once the one before has arrived."""
    with a_place(lines=backlog, options=options) as place:
        officer, phones = _warned(place, warnings)
        start_ours(place, workers=2)
        confirm_personal(place, texts=backlog, lane=Lane.BULK)
        until(lambda: place.telco.received() > 0, within_s=60)
        took: list[float] = []
        for household_id, phone in phones.items():
            if _waiting(place) < backlog // 4:
                confirm_personal(place, texts=backlog, lane=Lane.BULK)
            took.append(_warn(place, officer, household_id, phone=phone))
            time.sleep(PAUSE_S)
        return Overtaken(milliseconds=took, waiting=_waiting(place))


def _warned(place: Place, warnings: int) -> tuple[Actor, dict[int, str]]:
    """Add homes that no notice of the backlog is for; return who warns them."""
    with place.database.writing() as session:
        ward = session.scalars(select(Ward)).one()
        group = a_group(session, ward, number=99)
        phones = {}
        for _ in range(warnings):
            number = a_number()
            home = a_household(session, in_group=group, with_phone=number)
            phones[home.id] = f"+84{number.removeprefix('0')}"
        officer = an_account(session, Role.OFFICER, ward_id=ward.id, username="canbo")
        return officer, phones


def _warn(place: Place, officer: Actor, household_id: int, *, phone: str) -> float:
    """Return the milliseconds from the commit of one emergency to its arrival."""
    draft = Draft(
        topic=Topic.EMERGENCY,
        body=f"Khan cap so {household_id}: di chuyen den nha van hoa ngay.",
        accented=False,
        audience=Audience(household_ids=frozenset({household_id})),
        idempotency_key=f"emergency-{household_id}",
    )
    now = dt.datetime.now(dt.UTC)
    submit_announcement(place.database, draft, actor=officer, gateway=SENDS_BY, now=now)
    committed = time.time()
    until(lambda: place.telco.arrivals(phone), within_s=120)
    return 1000 * (float(place.telco.arrivals(phone)[0]["at"]) - committed)


def _waiting(place: Place) -> int:
    return place.states().get("queued", 0)
