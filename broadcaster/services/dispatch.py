"""Move due texts to a telco: claim, submit and record, each while the others run.

No transaction is open while a text is on the wire. A window is claimed and committed,
noted as started, handed over in slices to a few threads, and its outcomes are recorded
while later slices are out and the next window is claimed.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from broadcaster.errors import PaceUnknownError
from broadcaster.ports import Outcome, Submission, Verdict
from broadcaster.services.flights import Flight, Speed, Tally, answers, fence_from
from broadcaster.services.recording import Desk, Entry, Route, Written

HEARTBEAT_S = 6.0
RECORD_AFTER_S = 0.2
LOOK_AGAIN_S = 0.25
IDLE_S = 0.01
DATABASE_AGAIN_S = 0.5
GIVE_UP_S = 20.0
"""How long a worker that must stop, or has nothing, waits for an absent database."""
HANDS = 16

log = structlog.get_logger()


def drain(
    route: Route,
    *,
    until: dt.datetime,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due by this gateway; return how many texts were handed over.

    Begins no window after `until`, when nothing is due or when the gateway must wait.
    Once `stopping` says so nothing more leaves: what is out is recorded, the rest goes
    back. A window whose process dies is settled when its lease runs out.
    """
    return _Drain(route, until=until, stopping=stopping).run()


class _Drain:
    def __init__(
        self, route: Route, *, until: dt.datetime, stopping: Callable[[], bool]
    ) -> None:
        self._route = route
        self._until = until
        self._stopping = stopping
        self._desk = Desk(route)
        self._speed = Speed(capabilities=route.gateway.capabilities)
        self._flights: list[Flight] = []
        self._out: dict[Future[list[Outcome]], tuple[Flight, list[Submission]]] = {}
        self._told: list[tuple[Flight, Outcome]] = []
        self._told_since = 0.0
        self._tally = Tally()
        self._turn_at: float | None = None
        self._shut = False
        self._claim_from = self._write_from = 0.0
        self._beat_at = time.monotonic() + HEARTBEAT_S
        self._away_since: float | None = None
        self._handed = 0

    def run(self) -> int:
        with ThreadPoolExecutor(HANDS, thread_name_prefix="submit") as hands:
            while True:
                self._hand_over(hands)
                if self._has_to_write():
                    self._write()
                elif self._is_over():
                    return self._handed
                self._await_answers()

    def _is_over(self) -> bool:
        is_written = not self._flights and self._away_since is None
        return is_written and not self._claims_are_open()

    def _claims_are_open(self) -> bool:
        return not self._halts() and self._route.clock.now() < self._until

    def _halts(self) -> bool:
        return self._shut or self._stopping()

    def _hand_over(self, hands: ThreadPoolExecutor) -> None:
        for flight in self._flights:
            if flight.is_lost or self._halts():
                self._hear(flight, flight.give_back())
            while flight.is_started and flight.slices and self._may_hand():
                if not self._is_turn_of(flight.slices[0]):
                    return
                texts, self._turn_at = flight.slices.popleft(), None
                out = hands.submit(
                    self._route.gateway.submit, texts, may_start=self._gate_of(flight)
                )
                self._out[out] = flight, texts
                self._handed += len(texts)

    def _may_hand(self) -> bool:
        # enough for the wire to go on while a window is written down
        capabilities = self._route.gateway.capabilities
        most = capabilities.connections + capabilities.window
        return sum(len(texts) for _, texts in self._out.values()) < most

    def _gate_of(self, flight: Flight) -> Callable[[], bool]:
        def may_start() -> bool:
            is_late = flight.is_lost or time.monotonic() >= flight.fence
            return not (is_late or self._halts())

        return may_start

    def _is_turn_of(self, texts: list[Submission]) -> bool:
        """Tell whether the account's pace lets this slice leave now."""
        gateway = self._route.gateway
        per_second = gateway.capabilities.segments_per_second
        if per_second is None:
            return True
        if self._turn_at is None:
            segments = sum(text.segments for text in texts)
            try:
                seconds = self._route.pace.reserve(
                    gateway.name, segments=segments, per_second=per_second
                )
            except PaceUnknownError:
                log.warning("pace_unknown", gateway=gateway.name)
                self._shut = True
                return False
            self._turn_at = time.monotonic() + seconds
        return time.monotonic() >= self._turn_at

    def _await_answers(self) -> None:
        seconds = RECORD_AFTER_S
        if self._turn_at is not None:
            seconds = min(seconds, max(self._turn_at - time.monotonic(), 0.001))
        if not self._out:
            is_held_up = self._turn_at is not None or self._away_since is not None
            time.sleep(seconds if is_held_up else IDLE_S)
            return
        answered, _ = wait(self._out, timeout=seconds, return_when=FIRST_COMPLETED)
        for out in answered:
            flight, texts = self._out.pop(out)
            error = out.exception()
            if error is not None:
                log.error("submit_failed", exc_info=error, texts=len(texts))
            self._hear(flight, answers(texts, [] if error else out.result()))

    def _hear(self, flight: Flight, outcomes: list[Outcome]) -> None:
        if not outcomes:
            return
        if not self._told:
            self._told_since = time.monotonic()
        self._told += [(flight, outcome) for outcome in outcomes]
        self._speed.done += len(outcomes)
        self._tally.count(outcomes)
        is_asked_to_wait = any(
            outcome.verdict is Verdict.LATER and outcome.retry_after is not None
            for outcome in outcomes
        )
        if is_asked_to_wait or self._tally.is_down(probing=self._desk.is_probing):
            self._shut = True

    def _has_to_write(self) -> bool:
        now = time.monotonic()
        if now < self._write_from:
            return False
        if self._away_since is not None:
            return True
        if self._told:
            is_much = len(self._told) >= self._route.gateway.capabilities.window
            is_old = now >= self._told_since + RECORD_AFTER_S
            if is_much or is_old or not self._out:
                return True
        if self._flights and now >= self._beat_at:
            return True
        if any(flight.open == 0 for flight in self._flights):
            return True
        return self._next_to_start() is not None or self._has_room()

    def _next_to_start(self) -> Flight | None:
        if any(flight.is_started and flight.slices for flight in self._flights):
            return None
        return next((f for f in self._flights if not f.is_started and f.slices), None)

    def _has_room(self) -> bool:
        if not self._claims_are_open() or time.monotonic() < self._claim_from:
            return False
        if self._desk.is_probing and self._flights:
            return False
        return all(f.is_started or not f.slices for f in self._flights)

    def _write(self) -> None:
        began, is_beat = time.monotonic(), time.monotonic() >= self._beat_at
        starting, answered = self._next_to_start(), Counter[int]()
        answered.update(flight.window_id for flight, _ in self._told)
        done = [f for f in self._flights if f.open == answered[f.window_id]]
        kept = [f for f in self._flights if f not in done]
        entry = Entry(
            outcomes=[outcome for _, outcome in self._told],
            claimed={told.message_id: of.claimed_at for of, told in self._told},
            ward_ids=frozenset().union(*(flight.ward_ids for flight in self._flights)),
            known=[flight.window_id for flight in self._flights],
            ended=[flight.window_id for flight in done],
            renewed=[flight.window_id for flight in kept] if is_beat else [],
            starting=starting.window_id if starting else None,
            tally=self._tally,
            wanted=self._speed.window() if self._has_room() else 0,
            starts=not any(flight.slices for flight in kept),
        )
        try:
            written = self._desk.write(entry)
        except (OperationalError, InterfaceError) as error:
            self._wait_for_database(error)
            return
        self._away_since, self._told, self._tally = None, [], Tally()
        for flight in kept:
            flight.open -= answered[flight.window_id]
            if is_beat:
                flight.fence = fence_from(began)
                flight.is_lost |= flight.window_id not in written.held
        if starting is not None:
            starting.is_started = written.is_started
            starting.is_lost |= not written.is_started
        if is_beat:
            self._beat_at = began + HEARTBEAT_S
        self._flights = kept
        self._take_up(entry, written, began=began)

    def _take_up(self, entry: Entry, written: Written, *, began: float) -> None:
        self._shut |= written.must_wait
        window = written.claimed
        if window is not None and window.id is not None:
            self._flights.append(
                Flight.of(
                    window,
                    window_id=window.id,
                    size=self._speed.slice(),
                    is_started=entry.starts,
                    fence=fence_from(began),
                )
            )
        elif window is None and entry.wanted:
            self._claim_from = time.monotonic() + LOOK_AGAIN_S
            self._shut |= not self._flights

    def _wait_for_database(self, error: DBAPIError) -> None:
        """Keep what the wire told: it is written when the database is back."""
        log.warning("database_away", texts=len(self._told))
        now = time.monotonic()
        self._away_since = self._away_since or now
        self._write_from = now + DATABASE_AGAIN_S
        has_nothing = not self._flights and not self._told
        may_end = has_nothing or self._stopping()
        if may_end and now > self._away_since + GIVE_UP_S:
            raise error
