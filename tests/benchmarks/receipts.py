"""How many delivery reports a second are taken and read, beside two other views."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from tests.benchmarks._receipt_place import CONNECTIONS, Place, place
from tests.servers import postgres_server

TITLE = "Delivery reports a second, from the telco's request to the text's new state"
ROUNDS = 5
OURS, EACH, NOTHING = "/callbacks/twilio/status/", "/commit_each/", "/nothing/"
TEXTS = {OURS: 5_000, EACH: 1_000, NOTHING: 5_000}
"""Each text is reported twice: sent, then delivered."""
NAMES = {
    OURS: "ours: kept in groups, read in batches, every text moved",
    EACH: "a commit for each, its text updated in it",
    NOTHING: "an empty view of the same application",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One round of one view: reports a second, and CPU a report in microseconds."""

    per_second: float
    web_us: float
    reader_us: float


@dataclass(slots=True, kw_only=True)
class Figures:
    """What was measured; memory is the peak, in MB."""

    rounds: dict[str, list[Figure]] = field(default_factory=dict)
    web_mb: float = 0.0
    reader_mb: float = 0.0

    def median(self, view: str) -> Figure:
        """Return the middle of each figure of a view."""
        rounds = self.rounds[view]
        return Figure(
            per_second=statistics.median(f.per_second for f in rounds),
            web_us=statistics.median(f.web_us for f in rounds),
            reader_us=statistics.median(f.reader_us for f in rounds),
        )

    def summary(self) -> dict[str, float]:
        """Return the medians a second, and their ratios."""
        ours, each, nothing = (self.median(v).per_second for v in (OURS, EACH, NOTHING))
        return {
            "receipts_per_second": ours,
            "commit_each_per_second": each,
            "empty_view_per_second": nothing,
            "times_commit_each": ours / each,
            "share_of_empty_view": ours / nothing,
            "web_mb": self.web_mb,
            "reader_mb": self.reader_mb,
        }


def measure(views: Sequence[str] = tuple(TEXTS), *, rounds: int = ROUNDS) -> Figures:
    """Measure the views in turn, as many rounds."""
    figures = Figures(rounds={view: [] for view in views})
    with (
        tempfile.TemporaryDirectory(prefix="loa-") as name,
        postgres_server() as postgres,
        place(Path(name), postgres.create_database("loa")) as here,
    ):
        for view in views:
            _round(here, view)  # not counted: processes read their modules first
        for _ in range(rounds):
            for view in views:
                figures.rounds[view].append(_round(here, view))
        figures.web_mb, figures.reader_mb = here.peak_mb()
    return figures


def _round(here: Place, view: str) -> Figure:
    load = here.prepare(view, texts=TEXTS[view])
    web, reader = here.cpu_seconds()
    began = time.perf_counter()
    kept = here.post(load)
    if view == OURS:
        here.wait_until_read()
    took = time.perf_counter() - began
    web_then, reader_then = here.cpu_seconds()
    if kept != load.reports:
        raise AssertionError(f"{kept} of {load.reports} were taken at {view}")
    if view == OURS:
        here.check_delivered(load)
    return Figure(
        per_second=load.reports / took,
        web_us=(web_then - web) / load.reports * 1e6,
        reader_us=(reader_then - reader) / load.reports * 1e6,
    )


def run(report: Callable[[str], None]) -> None:
    """Print the three views beside each other."""
    figures = measure()
    report(f"Signed Twilio forms over {CONNECTIONS} connections; gunicorn as in the")
    report("Procfile, PostgreSQL (fsync off), one process that reads, and the load")
    report(f"share the machine. Medians of {ROUNDS} rounds, the views in turn.")
    report("")
    report("| view | reports/s | web, µs CPU a report | reading, µs CPU a report |")
    report("|---|--:|--:|--:|")
    for view, name in NAMES.items():
        middle = figures.median(view)
        words = [f"{middle.per_second:,.0f}", f"{middle.web_us:,.0f}"]
        report(f"| {name} | " + " | ".join([*words, f"{middle.reader_us:,.0f}"]) + " |")
    found = figures.summary()
    report("")
    report(f"{found['times_commit_each']:.1f} times a commit for each report, and")
    report(f"{found['share_of_empty_view']:.0%} of the empty view. Peak memory:")
    report(f"{found['web_mb']:.0f} MB in the largest web process and")
    report(f"{found['reader_mb']:.0f} MB in the one that reads.")


if __name__ == "__main__":
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(measure().summary()) + "\n")
    else:
        run(click.echo)
