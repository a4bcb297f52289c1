"""A storm: a worker killed each second while a ward is told, and who got what.

`python -m tests.benchmarks.storm --recipients 100000 --json` prints one object.
"""

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from sqlalchemy import func, select

from broadcaster.rules.segments import measure
from broadcaster.store.freezing import Terms, freeze
from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message
from subscriptions.audience import exclusions, recipients
from subscriptions.tables.consents import Purpose
from tests.benchmarks._notices import EVERYBODY, SENDS_BY
from tests.benchmarks._place import HOMES_A_LINE, free_port, settings
from tests.benchmarks._processes import Processes, processes
from tests.builders.crowds import a_crowd
from tests.builders.messages import a_frozen_notice
from tests.builders.people import NOW, a_ward
from tests.servers import postgres_server, redis_server
from tests.telco import Telco, until

TITLE = "A storm: a random worker killed with -9 every second"
TEXTS = 20_000
KILL_EVERY_S = 1.0
ANSWER_MS = 20
"""How long the telco takes to answer: so many more texts are out when a worker dies."""
WITHIN_S = 1_200.0
LOOK_EVERY_S = 0.2
ABSENT_AFTER_S = 2
OPEN = ("queued", "held", "submitting", "in_doubt")


@dataclass(frozen=True, slots=True, kw_only=True)
class StormResult:
    """What handsets received, by the network's own list, and what we know of it."""

    recipients: int
    kills: int
    lost: int
    """Phones that got no text."""
    doubled: int
    """Phones that got more than one."""
    in_doubt: int
    """Texts of which nobody knows at the end."""
    doubted: int
    """The most texts in doubt at one time."""
    seconds: float
    ends: dict[str, int]
    """Messages by their state at the end."""


def storm(
    texts: int,
    *,
    workers: int = 2,
    kill_every_s: float = KILL_EVERY_S,
    answer_ms: int = ANSWER_MS,
    within_s: float = WITHIN_S,
) -> StormResult:
    """Tell so many lines while workers are killed, and judge by the handsets.

    Kills until every text has been claimed once: what goes back to the queue later is
    sent in calm. Then waits until nothing is open or in doubt, or `within_s` are over.
    Brings its own servers, telco, web, workers and clock.
    """
    with (
        tempfile.TemporaryDirectory(prefix="loa-storm-") as name,
        postgres_server() as postgres,
        redis_server() as queue,
        _telco(Path(name), answer_ms=answer_ms) as telco,
    ):
        url = f"http://127.0.0.1:{free_port()}"
        database_url = postgres.create_database("loa")
        upgrade(database_url)
        database = Database(create_engine_for(database_url))
        environ = settings(
            database_url=database_url,
            redis_url=queue.url(0),
            telco_url=telco.base_url,
            public_url=url,
            options={"absent_after_s": str(ABSENT_AFTER_S)},
        )
        with processes(Path(name), environ) as group:
            group.start_web(url)
            group.start_clock()
            group.wait_for("clock", "clock_started")
            weather = _Weather(group, every_s=kill_every_s, workers=workers)
            result = _ride_out(database, telco, weather, texts=texts, within_s=within_s)
        database.engine.dispose()
        return result


class _Weather:
    """Kills a random worker from time to time, and starts another.

    Never while one is still starting: on a busy machine that takes longer than the
    time between two kills, and the storm would only ever hit imports.
    """

    def __init__(self, group: Processes, *, every_s: float, workers: int) -> None:
        self._group = group
        self._every_s = every_s
        self._chance = random.Random(16)
        self._started = 0
        self._next = time.monotonic() + every_s
        self.kills = 0
        for _ in range(workers):
            self._start()

    def blow(self) -> None:
        """Kill one worker, if it is time."""
        if time.monotonic() < self._next:
            return
        running = self._group.running
        names = sorted(name for name in running if name.startswith("worker"))
        if not all(self._group.has_said(name, "worker_started") for name in names):
            return
        self._next = time.monotonic() + self._every_s
        victim = self._group.running.pop(self._chance.choice(names))
        victim.kill()
        victim.wait()
        self.kills += 1
        self._start()

    def _start(self) -> None:
        self._started += 1
        self._group.start_worker(f"worker{self._started}")


def _ride_out(
    database: Database,
    telco: Telco,
    weather: _Weather,
    *,
    texts: int,
    within_s: float,
) -> StormResult:
    phones = _confirm(database, texts)
    began = time.monotonic()
    deadline = began + within_s
    doubted, is_blowing = 0, True
    while (waiting := _open(database)) and time.monotonic() < deadline:
        doubted = max(doubted, waiting.get("in_doubt", 0))
        is_blowing = is_blowing and "queued" in waiting
        if is_blowing:
            weather.blow()
        time.sleep(LOOK_EVERY_S)
    seconds = time.monotonic() - began
    until(lambda: telco.stats()["waiting"] == 0, within_s=60)
    heard = Counter(str(text["to"]) for text in telco.received())
    ends = _states(database)
    return StormResult(
        recipients=texts,
        kills=weather.kills,
        lost=sum(phone not in heard for phone in phones),
        doubled=sum(times > 1 for times in heard.values()),
        in_doubt=ends.get("in_doubt", 0),
        doubted=doubted,
        seconds=round(seconds, 1),
        ends=ends,
    )


def _confirm(database: Database, texts: int) -> list[str]:
    with database.writing() as session:
        ward = a_ward(session)
        a_crowd(session, ward, homes=int(texts * HOMES_A_LINE) + 50, groups=10)
        notice = a_frozen_notice(session, ward, [], gateway=SENDS_BY)
        told, left_out = (
            who(EVERYBODY, ward_id=ward.id, purpose=Purpose.NOTICES)
            for who in (recipients, exclusions)
        )
        measured = measure(notice.text)
        terms = Terms(
            lines=texts,
            sender=ward.sender_brand,
            route=(SENDS_BY,),
            lane=Lane.BULK,
            encoding=measured.encoding,
            segments=measured.segments,
            due_at=NOW,
        )
        notice.recipients = freeze(
            session,
            notice,
            recipients=told.limit(texts),
            left_out=left_out,
            terms=terms,
            now=NOW,
        )
        return list(session.scalars(select(Message.to)))


def _states(database: Database) -> dict[str, int]:
    query = select(Message.state, func.count()).group_by(Message.state)
    with database.reading() as session:
        return {state.value: n for state, n in session.execute(query)}


def _open(database: Database) -> dict[str, int]:
    """Count what is not accounted for, by state; empty when nothing is left."""
    counted = _states(database)
    return {state: counted[state] for state in OPEN if counted.get(state)}


@contextmanager
def _telco(folder: Path, *, answer_ms: int) -> Iterator[Telco]:
    telco = Telco.start(folder, weather={"answer_ms": answer_ms})
    try:
        yield telco
    finally:
        telco.stop()


def run(report: Callable[[str], None]) -> None:
    """Ride out a storm and print what it came to."""
    report(f"{TEXTS:,} texts, two workers, the durable simulated telco that takes")
    report(
        f"{ANSWER_MS} ms to answer, every receipt posted to the web. The handsets' own"
    )
    report("list is the judge.")
    report("")
    report("| texts | kills | lost | doubled | in doubt at once | left in doubt | s |")
    report("|--:|--:|--:|--:|--:|--:|--:|")
    found = storm(TEXTS)
    report(
        f"| {found.recipients:,} | {found.kills} | {found.lost} | {found.doubled} "
        f"| {found.doubted:,} | {found.in_doubt} | {found.seconds:.0f} |"
    )


@click.command()
@click.option("--recipients", "texts", type=int, default=TEXTS, show_default=True)
@click.option("--workers", type=int, default=2, show_default=True)
@click.option("--kill-every", type=float, default=KILL_EVERY_S, show_default=True)
@click.option("--answer-ms", type=int, default=ANSWER_MS, show_default=True)
@click.option("--within", type=float, default=WITHIN_S, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(
    *,
    texts: int,
    workers: int,
    kill_every: float,
    answer_ms: int,
    within: float,
    as_json: bool,
) -> None:
    """Ride out a storm and print it as one JSON object."""
    found = storm(
        texts,
        workers=workers,
        kill_every_s=kill_every,
        answer_ms=answer_ms,
        within_s=within,
    )
    click.echo(json.dumps(asdict(found), indent=None if as_json else 2))


if __name__ == "__main__":
    main()
