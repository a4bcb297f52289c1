"""How many delivery reports a second are taken and read, beside three other answers."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import click

from tests.benchmarks._receipt_place import CONNECTIONS, Place, place
from tests.servers import postgres_server

TITLE = "Delivery reports a second, from the telco's request to the text's new state"
ROUNDS = 5
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
OURS, EACH = "/callbacks/twilio/status/", "/commit_each/"
NOTHING, ALONE = "/nothing/", "/server_alone/"
TEXTS = {OURS: 10_000, EACH: 1_000, NOTHING: 5_000, ALONE: 5_000}
"""Each text is reported twice: sent, then delivered."""
WARM_UP_TEXTS = 500
WITH_TEXTS = {OURS, EACH}
NAMES = {
    OURS: "ours: kept in groups, read in batches, every text moved",
    EACH: "a commit for each, its text updated in it",
    NOTHING: "an empty view of the same application",
    ALONE: "the server alone: 204 before the application",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One round of one view: reports a second, and CPU a report in microseconds."""

    per_second: float
    web_us: float
    reader_us: float
    database_us: float
    load_us: float


@dataclass(slots=True, kw_only=True)
class Figures:
    """What was measured; memory is the peak, in MB."""

    rounds: dict[str, list[Figure]] = field(default_factory=dict)
    web_mb: float = 0.0
    reader_mb: float = 0.0

    def median(self, view: str) -> Figure:
        """Return the middle of each figure of a view."""
        names = [figure.name for figure in fields(Figure)]
        middles = {
            name: statistics.median(getattr(each, name) for each in self.rounds[view])
            for name in names
        }
        return Figure(**middles)

    def summary(self) -> dict[str, float]:
        """Return the medians a second, their ratios, our CPU a report, and memory."""
        ours, each, nothing, alone = (self.median(view).per_second for view in TEXTS)
        middle = self.median(OURS)
        return {
            "receipts_per_second": ours,
            "commit_each_per_second": each,
            "empty_view_per_second": nothing,
            "server_alone_per_second": alone,
            "times_commit_each": ours / each,
            "share_of_empty_view": ours / nothing,
            "web_us": middle.web_us,
            "reader_us": middle.reader_us,
            "database_us": middle.database_us,
            "web_mb": self.web_mb,
            "reader_mb": self.reader_mb,
        }


def measure(views: Sequence[str] = tuple(TEXTS), *, rounds: int = ROUNDS) -> Figures:
    """Measure the views in turn, as many rounds."""
    figures = Figures(rounds={view: [] for view in views})
    with (
        tempfile.TemporaryDirectory(prefix="loa-") as name,
        postgres_server(*DURABLE) as postgres,
        place(Path(name), postgres) as here,
    ):
        for view in views:  # not counted: processes read their modules first
            _round(here, view, texts=WARM_UP_TEXTS)
        for _ in range(rounds):
            for view in views:
                figures.rounds[view].append(_round(here, view, texts=TEXTS[view]))
        figures.web_mb, figures.reader_mb = here.peak_mb()
    return figures


def _round(here: Place, view: str, *, texts: int) -> Figure:
    load = here.prepare(view, texts=texts, has_texts=view in WITH_TEXTS)
    before, began = here.used(), time.perf_counter()
    load_cpu = here.post(load)
    if view == OURS:
        here.wait_until_read()
    took, after = time.perf_counter() - began, here.used()
    if view == OURS:
        here.check_delivered(load)
    each_us = 1e6 / load.reports
    return Figure(
        per_second=load.reports / took,
        web_us=(after.web - before.web) * each_us,
        reader_us=(after.reader - before.reader) * each_us,
        database_us=(after.database - before.database) * each_us,
        load_us=load_cpu * each_us,
    )


def run(report: Callable[[str], None]) -> None:
    """Print the answers beside each other."""
    figures = measure()
    report(f"Signed Twilio forms over {CONNECTIONS} connections; gunicorn as in the")
    report("Procfile. PostgreSQL syncs every commit to the disk (fsync, full pages")
    report("and synchronous commit on), for every row of the table. It, one process")
    report("that reads, and the load share the machine with the web. Medians of")
    report(f"{ROUNDS} rounds, the answers in turn.")
    report("")
    report("| | reports/s | web, µs CPU each | reading | database | load |")
    report("|---|--:|--:|--:|--:|--:|")
    for view, name in NAMES.items():
        middle = figures.median(view)
        words = [f"{getattr(middle, each.name):,.0f}" for each in fields(Figure)]
        report(f"| {name} | {' | '.join(words)} |")
    report("")
    for line in _conclusions(figures):
        report(line)


def _conclusions(figures: Figures) -> list[str]:
    found = figures.summary()
    ours = figures.median(OURS)
    alone = figures.median(ALONE).web_us
    used = ours.web_us + ours.reader_us + ours.database_us + ours.load_us
    return [
        f"{found['times_commit_each']:.1f} times a commit for each report, and",
        f"{found['share_of_empty_view']:.0%} of the empty view. What limits is CPU:",
        f"{used:,.0f} µs for each report of all that runs here; the HTTP server",
        f"alone takes {alone:,.0f} of them in the web. Peak memory:",
        f"{found['web_mb']:.0f} MB in the largest web process,",
        f"{found['reader_mb']:.0f} MB in the reader.",
    ]


if __name__ == "__main__":
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(measure().summary()) + "\n")
    else:
        run(click.echo)
