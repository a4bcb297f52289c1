"""What the ward has sent, is sending and is about to send, as each was done."""

import datetime as dt

from broadcaster.demo.seed.delivery import deliver
from broadcaster.demo.seed.notices import (
    APPROVED_AFTER,
    announce,
    people,
    submit,
    write,
)
from broadcaster.demo.seed.world import GATEWAY, World
from broadcaster.services.announcements import call_off, save_draft
from broadcaster.services.firing import fire_due
from subscriptions.tables.households import Tag

SENT_BEFORE_CALLED_OFF = 110
LOST_ANSWERS = 3
CALLED_OFF_AFTER = dt.timedelta(minutes=2)


def pensions(world: World, *, now: dt.datetime) -> None:
    """Tell the pensioners, by the schedule."""
    fire_due(world.database, gateway=GATEWAY, now=now)
    deliver(world, now=now)


def power_cut(world: World, *, send_at: dt.datetime, now: dt.datetime) -> None:
    """Plan a notice to the whole ward; who texts TC meanwhile is left out of it."""
    until = send_at + dt.timedelta(hours=4)
    draft = write(
        world, "power_cut", people(world), now=now, send_at=send_at, valid_until=until
    )
    announce(world, draft, now=now)


def meeting(world: World, *, now: dt.datetime) -> None:
    """Invite group 12, with accents."""
    announce(world, write(world, "meeting", people(world, 12), now=now), now=now)
    deliver(world, now=now)


def water_cut(world: World, *, now: dt.datetime) -> None:
    """Begin a notice and call it off when a part of it is out."""
    draft = write(world, "water_cut", people(world, 3, 4), now=now)
    announcement = announce(world, draft, now=now)
    deliver(world, now=now, limit=SENT_BEFORE_CALLED_OFF)
    stopped = now + CALLED_OFF_AFTER
    call_off(world.database, announcement.public_id, actor=world.officer, now=stopped)
    deliver(world, now=stopped)


def checkup(world: World, *, now: dt.datetime) -> None:
    """Tell the elderly; of a few texts nobody knows the end at first."""
    elderly = people(world, tags=frozenset({Tag.ELDERLY}))
    announce(world, write(world, "checkup", elderly, now=now), now=now)
    deliver(world, now=now, lost=LOST_ANSWERS)


def fraud_warning(world: World, *, now: dt.datetime) -> None:
    """Warn the whole ward, a day or so ago."""
    draft = write(world, "fraud_warning", people(world), now=now)
    announce(world, draft, now=now)
    deliver(world, now=now + APPROVED_AFTER)


def cleaning(world: World, *, now: dt.datetime) -> None:
    """Plan a notice for tomorrow morning: the demo itself will send it."""
    send_at = world.calendar.morning(1)
    draft = write(
        world,
        "cleaning",
        people(world, 5, 6),
        now=now,
        send_at=send_at,
        valid_until=send_at + dt.timedelta(hours=8),
    )
    announce(world, draft, now=now)


def rubbish(world: World, *, now: dt.datetime) -> None:
    """Leave a notice to the whole ward waiting for its second person."""
    submit(world, write(world, "rubbish", people(world), now=now), now=now)


def unfinished(world: World, *, now: dt.datetime) -> None:
    """Leave a draft."""
    draft = write(world, "draft", people(world, 1), now=now)
    save_draft(world.database, draft, actor=world.officer, now=now)
