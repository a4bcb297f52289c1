"""How fast 100,000 and 1,000,000 recipients are confirmed, and in how much memory."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from broadcaster.rules.permissions import Role
from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from subscriptions.tables.places import Ward
from tests.benchmarks import _confirming
from tests.benchmarks._notices import SENDS_BY
from tests.benchmarks._place import (
    GROUPS,
    HOMES_A_LINE,
    Place,
    a_place,
    settle_people,
)
from tests.benchmarks._processes import peak_mb
from tests.benchmarks._sending import start_ours
from tests.builders.accounts import an_account
from tests.builders.crowds import a_crowd
from tests.builders.people import a_ward
from tests.telco import ROOT, until

TITLE = "Confirming 100,000 and 1,000,000 recipients"
LINES = 100_000
TIMES = 10
SENT = 20_000
WITHIN_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """One confirmation; memory in MB, the process's own and its peak meanwhile."""

    rows: int
    seconds: float
    before_mb: float
    peak_mb: float


def run(report: Callable[[str], None]) -> None:
    """Confirm each crowd in a process of its own, then send the first 20,000."""
    report("One notice to the whole ward, approved by a second person: the audience is")
    report(
        "counted, frozen into messages and checked in one transaction. The memory is"
    )
    report(f"of the process that confirms, and of a worker after the first {SENT:,} of")
    report("these texts.")
    report("")
    report("| database | rows | seconds | rows/s | MB before, at most | worker, MB |")
    report("|---|--:|--:|--:|--:|--:|")
    report(f"| SQLite, WAL | {_row(on_sqlite(LINES))} | |")
    for times in (1, TIMES):
        found, worker_mb = on_postgres(LINES, times=times)
        report(f"| PostgreSQL (fsync off) | {_row(found)} | {worker_mb:,.0f} |")


def on_sqlite(lines: int) -> Confirmed:
    """Confirm in a file."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as name:
        url = f"sqlite:///{Path(name) / 'ward.db'}"
        upgrade(url)
        database = Database(create_engine_for(url))
        with database.writing() as session:
            ward = _a_staffed_ward(session)
            a_crowd(session, ward, homes=int(lines * HOMES_A_LINE), groups=GROUPS)
        database.engine.dispose()
        return _confirm(url)


def on_postgres(
    lines: int, *, times: int = 1, sent: int = SENT
) -> tuple[Confirmed, float]:
    """Confirm to a crowd made `times` as large; return a worker's peak in MB too."""
    with a_place(lines=0) as place:
        with place.database.writing() as session:
            settle_people(session, _a_staffed_ward(session), lines=lines * times)
        place.analyze()
        confirmed = _confirm(place.postgres.url("loa"))
        return confirmed, _worker_mb(place, sent=min(sent, lines))


def _a_staffed_ward(session: Session) -> Ward:
    ward = a_ward(session)
    for role in (Role.OFFICER, Role.APPROVER):
        an_account(session, role, ward_id=ward.id)
    return ward


def _confirm(database_url: str) -> Confirmed:
    done = subprocess.run(
        [sys.executable, "-m", _confirming.__name__, "--gateway", SENDS_BY],
        cwd=ROOT,
        env=os.environ | {"LOA_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Confirmed(**json.loads(done.stdout))


def _worker_mb(place: Place, *, sent: int) -> float:
    start_ours(place, workers=1)
    until(lambda: place.telco.received() >= sent, within_s=WITHIN_S)
    peak = peak_mb(place.processes.running["worker0"].pid)
    place.processes.stop()
    return peak


def _row(found: Confirmed) -> str:
    return (
        f"{found.rows:,} | {found.seconds:.1f} | {found.rows / found.seconds:,.0f} "
        f"| {found.before_mb:,.0f}, {found.peak_mb:,.0f}"
    )
