"""How many texts a second leave, from the confirmation to every outcome written.

`python -m tests.benchmarks.send_path --recipients 100000 --latency 50 --json` prints
one object; `make bench` prints the table of all installations.
"""

import json
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import click

from tests.benchmarks._place import Place, a_place
from tests.benchmarks._profiling import hottest
from tests.benchmarks._sending import (
    Sent,
    send_bare,
    send_naively,
    send_ours,
    start_ours,
)

TITLE = "The send path: texts a second, from the confirmation to every outcome written"
WARM_UP = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured, and how often; rounds of all four are interleaved."""

    latency_ms: float
    workers: int
    texts: int
    with_receipts: int
    naive: int
    wire: int
    runs: int
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything that the runs of a plan gave, in their order."""

    plan: Plan
    ours: Sequence[Sent]
    receipts: Sequence[Sent]
    naive: Sequence[float]
    wire: Sequence[float]

    def as_json(self) -> dict[str, object]:
        """Return medians, and the texts lost and doubled in all runs together."""
        every = [*self.ours, *self.receipts]
        return {
            "texts_per_second": round(_median(s.per_second for s in self.ours), 1),
            "with_receipts_per_second": round(
                _median(s.per_second for s in self.receipts), 1
            ),
            "naive_texts_per_second": round(_median(self.naive), 1),
            "wire_texts_per_second": round(_median(self.wire), 1),
            "lost": sum(sent.lost for sent in every),
            "doubled": sum(sent.doubled for sent in every),
            "peak_mb": round(max(s.peak_mb["worker"] for s in every), 1),
            "send_alone_per_second": round(
                _median(s.alone_per_second for s in self.ours), 1
            ),
            "recipients": self.plan.texts,
            "latency_ms": self.plan.latency_ms,
            "workers": self.plan.workers,
            "runs": self.plan.runs,
            "cpu_us_per_text": _rounded(_cpu(self.ours)),
            "cpu_us_per_text_with_receipts": _rounded(_cpu(self.receipts)),
            "texts_per_second_of_runs": [round(s.per_second, 1) for s in self.ours],
        }


RUNS = 5
TEXTS = 100_000
WITH_RECEIPTS = 10_000
WIRE = 20_000
NAIVE = 300, 60
"""Texts without latency, and with it."""
WAITING = {"connections": "512", "window": "1000"}
"""What an account far away wants: at 50 ms, 64 connections carry 1,280 a second."""
NEAR = {"connections": "64", "window": "500"}
"""The gateway's own defaults."""
PLANS = tuple(
    Plan(
        latency_ms=latency_ms,
        workers=workers,
        texts=TEXTS,
        with_receipts=WITH_RECEIPTS,
        naive=NAIVE[1] if latency_ms else NAIVE[0],
        wire=WIRE,
        runs=RUNS,
        options=WAITING if latency_ms else NEAR,
    )
    for latency_ms in (0, 50)
    for workers in (1, 2)
)


def run(report: Callable[[str], None]) -> None:
    """Measure every installation beside its baselines, and print tables."""
    report(
        f"{TEXTS:,} texts, each of its own words; PostgreSQL (fsync off), Redis, the"
    )
    report("telco, the workers and the clock share the machine. Medians of")
    report(f"{RUNS} runs, interleaved with the baselines: (a) the usual design, one RQ")
    report("job on SimpleWorker, one official SDK call, one commit a text")
    report(f"({NAIVE[0]} texts, {NAIVE[1]} at 50 ms); (b) the bare wire, the same")
    report(
        f"gateway without a database ({WIRE:,} texts). With receipts: until the last"
    )
    report(f"of {WITH_RECEIPTS:,} reports was taken by the web and read.")
    report("")
    found = measure_all(PLANS)
    _rates(report, found)
    _costs(report, found)
    report("")
    report("What a worker spends its own CPU on, function by function (cProfile, which")
    report("slows Python down and C not at all):")
    report("")
    for line in hottest_of(PLANS[0], texts=20_000):
        report(f"    {line}")


def measure_all(plans: Sequence[Plan]) -> list[Found]:
    """Run plans one after the other in one place, with its web always up."""
    lines = max(max(plan.texts, plan.with_receipts) for plan in plans)
    with a_place(lines=lines) as place:
        place.processes.start_web(place.url)
        return [_measure(place, plan) for plan in plans]


def _measure(place: Place, plan: Plan) -> Found:
    ours: list[Sent] = []
    receipts: list[Sent] = []
    naive: list[float] = []
    wire: list[float] = []
    place.choose(plan.options)
    place.telco.settle(latency_ms=plan.latency_ms, receipts=False)
    names = start_ours(place, workers=plan.workers)
    send_ours(place, texts=min(WARM_UP, plan.texts))
    place.analyze()
    for _ in range(plan.runs):
        ours.append(send_ours(place, texts=plan.texts))
        many = {"workers": plan.workers}
        naive.append(send_naively(place, texts=plan.naive, **many))
        wire.append(send_bare(place, texts=plan.wire, **many))
        place.telco.settle(latency_ms=plan.latency_ms, receipts=True)
        receipts.append(send_ours(place, texts=plan.with_receipts, receipts=True))
        place.telco.settle(latency_ms=plan.latency_ms, receipts=False)
    place.processes.stop(*names)
    return Found(plan=plan, ours=ours, receipts=receipts, naive=naive, wire=wire)


def hottest_of(plan: Plan, *, texts: int) -> list[str]:
    """Send with a profiled worker, and return its hottest functions."""
    with a_place(lines=texts, options=plan.options) as place:
        place.telco.settle(latency_ms=plan.latency_ms, receipts=False)
        return hottest(place, texts=texts)


def _rates(report: Callable[[str], None], found: Sequence[Found]) -> None:
    report(
        "| latency, workers | texts/s | least-most | the send alone | (a) | × (a) "
        "| (b) | % of (b) | with receipts | lost | doubled |"
    )
    report("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for one in found:
        told = one.as_json()
        rates = [sent.per_second for sent in one.ours]
        rate, naive, wire = (
            statistics.median(rates),
            _median(one.naive),
            _median(one.wire),
        )
        alone = _median(sent.alone_per_second for sent in one.ours)
        receipts = _median(sent.per_second for sent in one.receipts)
        report(
            f"| {_name(one.plan)} | {rate:,.0f} | {min(rates):,.0f}-{max(rates):,.0f} "
            f"| {alone:,.0f} | {naive:,.0f} | {rate / naive:,.0f} | {wire:,.0f} "
            f"| {rate / wire:.0%} | {receipts:,.0f} | {told['lost']} "
            f"| {told['doubled']} |"
        )


def _costs(report: Callable[[str], None], found: Sequence[Found]) -> None:
    kinds = ("worker", "clock", "telco", "PostgreSQL", "Redis")
    report("")
    report("CPU in microseconds a text, and the most memory of one worker:")
    report("")
    report(
        f"| latency, workers | {' | '.join(kinds)} | web, receipts in "
        "| worker, receipts in | peak MB |"
    )
    report("|---" + "|--:" * (len(kinds) + 3) + "|")
    for one in found:
        alone, both = _cpu(one.ours), _cpu(one.receipts)
        figures = [alone[kind] for kind in kinds] + [both["web"], both["worker"]]
        cells = " | ".join(f"{figure:,.0f}" for figure in figures)
        peak = one.as_json()["peak_mb"]
        report(f"| {_name(one.plan)} | {cells} | {peak} |")


def _name(plan: Plan) -> str:
    return f"{plan.latency_ms:.0f} ms, {plan.workers}"


def _cpu(runs: Sequence[Sent]) -> dict[str, float]:
    return {k: _median(run.cpu_us[k] for run in runs) for k in runs[0].cpu_us}


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {kind: round(figure, 1) for kind, figure in figures.items()}


def _median(figures: Iterable[float]) -> float:
    return statistics.median(list(figures))


@click.command()
@click.option("--recipients", type=int, default=100_000, show_default=True)
@click.option("--latency", type=float, default=0.0, show_default=True, help="In ms.")
@click.option("--workers", type=int, default=1, show_default=True)
@click.option("--runs", type=int, default=RUNS, show_default=True)
@click.option("--with-receipts", type=int, help="Texts; all of them by default.")
@click.option("--json", "as_json", is_flag=True)
def main(
    *,
    recipients: int,
    latency: float,
    workers: int,
    runs: int,
    with_receipts: int | None,
    as_json: bool,
) -> None:
    """Measure one installation and print it as one JSON object."""
    plan = Plan(
        latency_ms=latency,
        workers=workers,
        texts=recipients,
        with_receipts=with_receipts or recipients,
        naive=min(recipients, 200 if latency else 1_000),
        wire=recipients,
        runs=runs,
        options=WAITING if latency else NEAR,
    )
    (measured,) = measure_all([plan])
    click.echo(json.dumps(measured.as_json(), indent=None if as_json else 2))


if __name__ == "__main__":
    main()
