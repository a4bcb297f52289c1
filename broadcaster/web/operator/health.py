"""The operator's first page: how sending stands, and what stands still."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import render_template

from broadcaster.ports import Channel
from broadcaster.rules.permissions import Act
from broadcaster.services.signs import read_signs
from broadcaster.store.counting import Counted
from broadcaster.store.health import count_unplaced_texts, read_health
from broadcaster.store.queues import Queue, ward_names
from broadcaster.store.tables.announcements import Lane
from broadcaster.web.formats import count
from broadcaster.web.guards import needs, the_house
from broadcaster.web.operator.site import blueprint
from broadcaster.web.wording import say

ROWS = 200_000
"""Waiting texts counted for a page: measured, some 40 ms on PostgreSQL."""
QUEUES = 40
WINDOWS = 20
EVERY_S = 5
_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class WardQueue:
    """A ward's texts in one lane, by whatever gateway they leave."""

    lane: Lane
    ward_id: int
    due: Counted
    later: Counted
    held: Counted
    first_due_at: dt.datetime | None


@blueprint.get("")
@needs(Act.OPERATE)
def home() -> str:
    """Show how sending stands."""
    return render_template("operator/home.html", **_facts())


@blueprint.get("/health")
@needs(Act.OPERATE)
def live() -> str:
    """Show it again, for the page that asks every few seconds."""
    return render_template("operator/health.html", **_facts())


def lasting(span: dt.timedelta) -> str:
    """Write how long something lasts, in its two largest units: "2 giờ 5 phút"."""
    left, parts = max(0, int(span.total_seconds())), list[str]()
    for unit, seconds in _UNITS:
        number, left = divmod(left, seconds)
        if number or (unit == "seconds" and not parts):
            parts.append(say(unit, "health", number=count(number)))
    return " ".join(parts[:2])


def counted(value: Counted) -> str:
    """Write a number that may have been counted only so far."""
    number = count(value.number)
    return say("at_least", "health", number=number) if value.is_more else number


def decimal(value: float) -> str:
    """Write a number with one decimal: 12.5 is "12,5", and 12.0 is "12"."""
    whole, tenth = divmod(round(value * 10), 10)
    return f"{count(whole)},{tenth}" if tenth else count(whole)


def _facts() -> dict[str, Any]:
    house = the_house()
    now = house.clock.now()
    with house.database.reading() as session:
        health = read_health(
            session,
            tuple(house.gateways),
            rows=ROWS,
            route=house.gateways.sending(Channel.SMS),
            off=house.gateways.switched_off,
            now=now,
        )
        queues = _by_ward(health.queues)
        return {
            "health": health,
            "signs": read_signs(health, now=now),
            "limits": {
                name: gateway.capabilities.segments_per_second
                for name, gateway in house.gateways.items()
            },
            "queues": queues[:QUEUES],
            "more_queues": max(0, len(queues) - QUEUES),
            "wards": ward_names(session, {queue.ward_id for queue in queues}),
            "unplaced": count_unplaced_texts(session),
            "windows": WINDOWS,
            "every": EVERY_S,
            "now": now,
            "lasting": lasting,
            "counted": counted,
            "decimal": decimal,
        }


def _by_ward(queues: Iterable[Queue]) -> list[WardQueue]:
    """Add up a ward's gateways; the most urgent lane and longest wait come first."""

    def ward(queue: Queue) -> tuple[Lane, int]:
        return queue.lane, queue.ward_id

    rows = [
        _add_up(lane, ward_id, list(those))
        for (lane, ward_id), those in groupby(sorted(queues, key=ward), key=ward)
    ]
    last = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(rows, key=lambda row: (row.lane, row.first_due_at or last))


def _add_up(lane: Lane, ward_id: int, queues: list[Queue]) -> WardQueue:
    first = [queue.first_due_at for queue in queues if queue.first_due_at]
    return WardQueue(
        lane=lane,
        ward_id=ward_id,
        due=sum((queue.due for queue in queues), start=Counted()),
        later=sum((queue.later for queue in queues), start=Counted()),
        held=sum((queue.held for queue in queues), start=Counted()),
        first_due_at=min(first, default=None),
    )
