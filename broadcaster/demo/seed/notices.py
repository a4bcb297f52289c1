"""What the demo's ward has said, is about to say, and is told by its residents."""

import datetime as dt
from dataclasses import replace

from sqlalchemy import select

from broadcaster.demo.seed.delivery import deliver
from broadcaster.demo.seed.places import SERVICE_NUMBER
from broadcaster.demo.seed.words import inbox, notices, wall
from broadcaster.demo.seed.world import GATEWAY, World
from broadcaster.ports import Inbound
from broadcaster.services import schedules
from broadcaster.services.announcements import submit_announcement
from broadcaster.services.approvals import approve
from broadcaster.services.drafts import Draft
from broadcaster.services.replies import answer_waiting, take_inbound
from broadcaster.store.tables.announcements import (
    Announcement,
    AnnouncementState,
    ScheduleState,
    Topic,
)
from subscriptions.audience import Audience
from subscriptions.consents import consented_lines
from subscriptions.months import WARD_ZONE
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line, LineStatus, Tag

APPROVED_AFTER = dt.timedelta(minutes=12)
PENSION_DAY, PENSION_HOUR = 3, 8


def people(world: World, *numbers: int, tags: frozenset[Tag] = frozenset()) -> Audience:
    """Return an audience by the numbers of its groups; without any, the whole ward."""
    ids = frozenset(world.groups[number] for number in numbers) or None
    return Audience(group_ids=ids, tags=tags)


def write(
    world: World,
    name: str,
    audience: Audience,
    *,
    now: dt.datetime,
    send_at: dt.datetime | None = None,
    valid_until: dt.datetime | None = None,
) -> Draft:
    """Return a notice as the officer writes it, its days counted from `now`."""
    words = notices()[name]
    today = now.astimezone(WARD_ZONE).date()
    body = words["body"].format(
        today=f"{today:%d/%m}",
        tomorrow=f"{today + dt.timedelta(days=1):%d/%m}",
        day_after=f"{today + dt.timedelta(days=2):%d/%m}",
    )
    return Draft(
        topic=Topic(words["topic"]),
        body=body,
        accented=words.get("accented", False),
        audience=audience,
        send_at=send_at,
        valid_until=valid_until,
        idempotency_key=f"{world.dice.getrandbits(128):032x}",
    )


def submit(world: World, draft: Draft, *, now: dt.datetime) -> Announcement:
    """Submit a notice as the officer does."""
    return submit_announcement(
        world.database, draft, actor=world.officer, gateway=GATEWAY, now=now
    )


def announce(world: World, draft: Draft, *, now: dt.datetime) -> Announcement:
    """Submit a notice, approved soon after where that is needed."""
    announcement = submit(world, draft, now=now)
    if announcement.state is not AnnouncementState.AWAITING_APPROVAL:
        return announcement
    return approve(
        world.database,
        announcement.public_id,
        actor=world.approver,
        seen_hash=announcement.approved_hash or "",
        gateway=GATEWAY,
        now=now + APPROVED_AFTER,
    )


def repeat_pension(world: World, *, now: dt.datetime) -> None:
    """Let the pensioners be told on the third of every month, agreed to once."""
    first = world.calendar.first
    draft = write(
        world,
        "pension",
        people(world, tags=frozenset({Tag.PENSIONER})),
        now=now,
        send_at=world.calendar.at(first, PENSION_DAY, hour=PENSION_HOUR),
        valid_until=world.calendar.at(first, PENSION_DAY + 7, hour=11),
    )
    schedule = schedules.create_schedule(
        world.database,
        replace(draft, rule=f"FREQ=MONTHLY;BYMONTHDAY={PENSION_DAY}"),
        actor=world.officer,
        now=now,
    )
    if schedule.state is ScheduleState.AWAITING_APPROVAL:
        schedules.approve_schedule(
            world.database,
            schedule.public_id,
            actor=world.approver,
            seen_hash=schedule.approved_hash or "",
            now=now + APPROVED_AFTER,
        )


def residents_stop(
    world: World, *, people: int, now: dt.datetime, with_wall: bool = False
) -> None:
    """Let so many residents stop their texts and one ask something; answer them.

    With the wall, those of it who do not agree are among them.
    """
    shown = wall()
    stopping = [person.e164 for person in shown if with_wall and not person.agrees]
    picked = _pick_phones(world, people + 1, but={person.e164 for person in shown})
    words = inbox()
    texts = [(e164, world.dice.choice(words["stop"])) for e164 in stopping + picked[1:]]
    texts.append((picked[0], world.dice.choice(words["other"])))
    for e164, text in texts:
        inbound = Inbound(
            provider_id=f"SM{world.dice.getrandbits(128):032x}",
            sender=e164,
            to=SERVICE_NUMBER,
            text=text,
        )
        take_inbound(world.database, GATEWAY, inbound, now=now)
    answer_waiting(world.database, gateway=GATEWAY, now=now)
    deliver(world, now=now)


def _pick_phones(world: World, number: int, *, but: set[str]) -> list[str]:
    with world.database.reading() as session:
        texted = session.scalars(
            select(Line.e164)
            .where(
                Line.ward_id == world.ward_id,
                Line.status == LineStatus.USABLE,
                Line.id.in_(consented_lines(Purpose.NOTICES)),
                Line.e164.not_in(but),
            )
            .order_by(Line.id)
        ).all()
    return world.dice.sample(texted, number)
