"""How sending stands, for Prometheus: the figures of the operator's page.

Numbers of texts, never people; wards by their ids. Everything is read when it is asked
for, so any web process may be asked, and nothing is kept between two requests.
"""

import datetime as dt
import hmac
from collections.abc import Callable, Iterable, Iterator

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from broadcaster.bootstrap import House
from broadcaster.ports import Channel
from broadcaster.services.signs import Sign, Stuck, read_signs
from broadcaster.store.health import Condition, GatewayHealth, Health, read_health
from broadcaster.web.guards import guarded_by, the_house

blueprint = Blueprint("metrics", __name__)

BEARER = "bearer"
ROWS = 1_000_000
"""Waiting texts counted for a scrape: measured, some 200 ms on PostgreSQL."""
BREAKER = {Condition.PROBING: 1, Condition.OPEN: 2}

Read = Callable[[GatewayHealth, dt.datetime], float]


@blueprint.get("/metrics")
@guarded_by(BEARER)
def metrics() -> Response:
    """Give the figures to who shows the token; without one set there is no page."""
    house = the_house()
    token = house.settings.metrics_token
    if token is None:
        abort(404)
    shown = request.headers.get("Authorization", "")
    if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(HealthCollector(house))
    answer = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer


class HealthCollector(Collector):
    """Reads how sending stands, once for each registry it is asked by."""

    def __init__(self, house: House) -> None:
        self._house = house

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Tell nothing beforehand: registering must not read the database."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read it and give every figure."""
        now = self._house.clock.now()
        names = tuple(self._house.gateways)
        with self._house.database.reading() as session:
            health = read_health(
                session,
                names,
                rows=ROWS,
                route=self._house.gateways.sending(Channel.SMS),
                off=self._house.gateways.switched_off,
                now=now,
            )
        yield _queues(health)
        yield _oldest(health, now=now)
        for name, what, read in FIGURES:
            family = GaugeMetricFamily(f"loa_{name}", what, labels=["gateway"])
            for gateway in health.gateways:
                family.add_metric([gateway.name], read(gateway, now))
            yield family
        yield self._limits()
        yield _stuck(read_signs(health, now=now), names)

    def _limits(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "loa_rate_limit_segments_per_second",
            "What the account may send; who has no limit is left out.",
            labels=["gateway"],
        )
        for name, gateway in self._house.gateways.items():
            limit = gateway.capabilities.segments_per_second
            if limit is not None:
                family.add_metric([name], limit)
        return family


def _queues(health: Health) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "loa_queue_texts",
        "Texts that wait; a queue is counted to its share of a million, no further.",
        labels=["gateway", "lane", "ward", "waits"],
    )
    for queue in health.queues:
        waits = {"due": queue.due, "later": queue.later, "held": queue.held}
        for word, texts in waits.items():
            labels = [queue.gateway, queue.lane.name.lower(), str(queue.ward_id), word]
            family.add_metric(labels, texts.number)
    return family


def _oldest(health: Health, *, now: dt.datetime) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "loa_oldest_due_seconds",
        "How long the oldest text of a lane has been due.",
        labels=["gateway", "lane"],
    )
    oldest: dict[tuple[str, str], float] = {}
    for queue in health.queues:
        if queue.first_due_at is not None:
            key = queue.gateway, queue.lane.name.lower()
            waited = max(0.0, (now - queue.first_due_at).total_seconds())
            oldest[key] = max(waited, oldest.get(key, 0.0))
    for labels, waited in oldest.items():
        family.add_metric(labels, waited)
    return family


def _age(since: dt.datetime | None, now: dt.datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


FIGURES: tuple[tuple[str, str, Read], ...] = (
    ("windows", "Windows that workers have claimed.", lambda g, _: len(g.windows)),
    ("on_wire_texts", "Texts in those windows.", lambda g, _: g.on_wire),
    (
        "in_doubt_texts",
        "Texts of which nobody knows whether the telco took them.",
        lambda g, _: g.doubts.texts.number,
    ),
    (
        "in_doubt_oldest_seconds",
        "How long ago the oldest text in doubt was handed over.",
        lambda g, now: _age(g.doubts.oldest_at, now),
    ),
    (
        "breaker_state",
        "0 closed, 1 half open: one text probes, 2 open: nothing leaves.",
        lambda g, _: BREAKER.get(g.condition, 0),
    ),
    ("breaker_failures", "Openings of the breaker in a row.", lambda g, _: g.failures),
    (
        "gateway_wait_seconds",
        "How long nothing leaves yet: the telco asked for it, or the breaker is open.",
        lambda g, now: _age(now, g.until) if g.until else 0.0,
    ),
    (
        "accepted_segments_last_minute",
        "Segments the telco took in the last minute; of a flood, at least so many.",
        lambda g, _: g.taken.in_a_minute,
    ),
    (
        "receipts_waiting",
        "Receipts that are due to be read.",
        lambda g, _: g.receipts.waiting.number,
    ),
    (
        "receipts_unknown",
        "Receipts that name no text of ours; they are kept.",
        lambda g, _: g.receipts.unknown.number,
    ),
    (
        "silent_texts",
        "Texts taken over a day and under eight ago, without a receipt.",
        lambda g, _: g.receipts.silent.number,
    ),
)
"""One figure for each gateway: its name, what it says, how it is read."""


def _stuck(signs: Iterable[Sign], gateways: Iterable[str]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "loa_stuck",
        "1 for what stands still: a worker, the clock or Redis is missing.",
        labels=["gateway", "what"],
    )
    found = {(sign.gateway, sign.stuck) for sign in signs}
    for gateway in gateways:
        for stuck in Stuck:
            family.add_metric([gateway, stuck], float((gateway, stuck) in found))
    return family
