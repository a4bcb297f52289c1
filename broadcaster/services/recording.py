"""What a worker writes between two looks at the wire: one short transaction."""

import datetime as dt
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from broadcaster.ports import Clock, Gateway, Outcome, Pace, Verdict
from broadcaster.rules.breaking import PROBES
from broadcaster.services.flights import LEASE, Tally
from broadcaster.store.doubts import give_back_unknown
from broadcaster.store.gateway_states import (
    close_breaker,
    give_probe_back,
    open_breaker,
    pause_gateway,
    read_states,
    take_probe,
)
from broadcaster.store.leases import renew, start
from broadcaster.store.outbox import end_windows, is_waiting, record
from broadcaster.store.routing import StandIn, down_gateways, read_routes
from broadcaster.store.session import Database
from broadcaster.store.windows import Claim, Window, claim
from subscriptions.tables.base import new_public_id

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One gateway to send by, and what sending by it takes.

    `names` are the SMS gateways in the order that holds where nobody set a route;
    `off` those that were switched off.
    """

    database: Database
    gateway: Gateway
    clock: Clock
    pace: Pace
    names: tuple[str, ...]
    off: frozenset[str] = frozenset()
    sender: str | None = None
    """Whom the gateway sends as; None: each ward as itself."""

    @property
    def name(self) -> str:
        """Return the gateway's name."""
        return self.gateway.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What there is to write. Windows are given by their ids.

    `claimed` is when the texts of the outcomes were, by their ids. `known` are all the
    windows that are not over, `ended` have their last outcome here, `renewed` need a
    longer lease, `starting` is about to touch the wire; `wanted` is how many texts to
    claim, and `starts` whether they may leave at once.
    """

    outcomes: Sequence[Outcome]
    claimed: Mapping[int, dt.datetime]
    ward_ids: frozenset[int]
    known: Sequence[int]
    ended: Sequence[int]
    renewed: Sequence[int]
    starting: int | None
    tally: Tally
    wanted: int
    starts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of an entry: windows still held, and the window claimed, if any."""

    held: frozenset[int]
    is_started: bool
    must_wait: bool
    claimed: Window | None


class Desk:
    """Where one drain writes. `is_probing` while its one text tests a telco."""

    def __init__(self, route: Route) -> None:
        self.is_probing = False
        self._route = route
        drain = new_public_id().hex[-12:]
        self._worker = f"{socket.gethostname()[:50]}:{os.getpid()}:{drain}"
        self._is_unsure = False
        self._last_ward_id = 0

    def write(self, entry: Entry) -> Written:
        """Record, renew, start and claim, all or nothing.

        After an error nobody knows whether it was all: the next call finds out.
        """
        was_unsure, was_probing = self._is_unsure, self.is_probing
        self._is_unsure = True
        try:
            written = self._write(entry, is_unsure=was_unsure)
        except SQLAlchemyError:
            self.is_probing = was_probing
            raise
        self._is_unsure = False
        return written

    def _write(self, entry: Entry, *, is_unsure: bool) -> Written:
        now = self._route.clock.now()
        with self._route.database.writing() as session:
            if is_unsure:
                give_back_unknown(session, self._worker, entry.known)
            if entry.outcomes:
                self._record(session, entry, now=now)
            end_windows(session, entry.ended)
            held = renew(session, entry.renewed, until=now + LEASE)
            is_started = entry.starting is not None and start(
                session, entry.starting, now=now
            )
            must_wait, claimed = False, None
            if entry.wanted:
                must_wait, claimed = self._claim(session, entry, now=now)
        return Written(
            held=frozenset(held),
            is_started=is_started,
            must_wait=must_wait,
            claimed=claimed,
        )

    def _record(self, session: Session, entry: Entry, *, now: dt.datetime) -> None:
        name = self._route.name
        record(
            session,
            entry.outcomes,
            ward_ids=entry.ward_ids,
            route=self._route.names,
            claimed=entry.claimed,
            now=now,
        )
        if entry.tally.is_down(probing=self.is_probing):
            facts = dict(entry.tally.as_facts())
            open_breaker(session, name, probing=self.is_probing, now=now, facts=facts)
            log.warning("breaker_opened", gateway=name, **facts)
            self.is_probing = False
        elif self.is_probing and entry.tally.came_through():
            close_breaker(session, name)
            log.info("breaker_closed", gateway=name)
            self.is_probing = False
        elif self.is_probing:
            give_probe_back(session, name, now=now)  # it was stopped before it left
            self.is_probing = False
        self._obey_pause(session, entry.outcomes, now=now)
        log.info("texts_recorded", gateway=name, **entry.tally.as_facts())

    def _obey_pause(
        self, session: Session, outcomes: Sequence[Outcome], *, now: dt.datetime
    ) -> None:
        asked = [
            outcome.retry_after
            for outcome in outcomes
            if outcome.verdict is Verdict.LATER and outcome.retry_after is not None
        ]
        if asked:
            pause_gateway(
                session,
                self._route.name,
                until=now + dt.timedelta(seconds=max(asked)),
                facts={"texts": len(asked)},
            )
            log.warning("gateway_paused", gateway=self._route.name, seconds=max(asked))

    def _claim(
        self, session: Session, entry: Entry, *, now: dt.datetime
    ) -> tuple[bool, Window | None]:
        name, names = self._route.name, self._route.names
        states = read_states(session, {name, *names})
        down = down_gateways(states, self._route.off, now=now)
        stand_ins: list[StandIn] = []
        if down:
            stand_ins = read_routes(session, names).stand_ins(name, down=down)
        if is_waiting(states, name, now=now):
            return True, None
        probes = name in states and states[name].failures > 0
        if probes and not take_probe(session, name, now=now):
            return True, None
        window = claim(
            session,
            Claim(
                gateway=name,
                worker=self._worker,
                limit=PROBES if probes else entry.wanted,
                lease=LEASE,
                stands_in_for=tuple(stand_ins),
                sender=self._route.sender,
                route=names,
                after_ward_id=self._last_ward_id,
                starts=entry.starts,
            ),
            now=now,
        )
        if window is not None:
            self._last_ward_id = window.last_ward_id
        is_out = window is not None and window.id is not None
        if probes and not is_out:
            give_probe_back(session, name, now=now)
        self.is_probing = probes and is_out
        return False, window
