"""One measurement of the send path each: ours, the naive design, the bare wire."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.benchmarks import _naive, _wire
from tests.benchmarks._notices import confirm_personal
from tests.benchmarks._place import Place
from tests.benchmarks._processes import peak_mb, spent_over

WITHIN_S = 900.0
LOOK_EVERY_S = 0.05
ON_ITS_WAY = ("queued", "submitting")
OVERLAP = 3
"""Windows of one process on the bare wire at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one run came to. CPU in microseconds a text, memory in MB, by kind."""

    per_second: float
    """From before the rows are made until the last outcome is written."""
    alone_per_second: float
    """From the commit of the rows on."""
    cpu_us: Mapping[str, float] = field(default_factory=dict)
    peak_mb: Mapping[str, float] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0


def start_ours(place: Place, *, workers: int) -> list[str]:
    """Start the product's workers and clock, wait for them, and return their names."""
    names = [f"worker{n}" for n in range(workers)]
    for name in (*names, "clock"):
        place.processes.log_of(name).unlink(missing_ok=True)
    for name in names:
        place.processes.start_worker(name)
    place.processes.start_clock()
    for name in names:
        place.processes.wait_for(name, "worker_started")
    place.processes.wait_for("clock", "clock_started")
    return [*names, "clock"]


def send_ours(place: Place, *, texts: int, receipts: bool = False) -> Sent:
    """Measure the product: its workers run, and everything is empty."""
    ours = [n for n in place.processes.running if n.startswith("worker")]
    kinds = {"worker": ours, "clock": ["clock"]} | (
        {"web": ["web"]} if receipts else {}
    )
    pids = place.pids(**kinds)
    place.forget_texts()
    spent = spent_over(pids)
    began = time.perf_counter()
    confirm_personal(place, texts=texts)
    confirmed = time.perf_counter()
    _wait(lambda: place.telco.received() >= texts)
    if receipts:
        _wait(lambda: place.telco.stats()["receipts"]["taken"] >= texts)
        _wait(lambda: not place.has_any(*ON_ITS_WAY, "accepted"))
    else:
        _wait(lambda: not place.has_any(*ON_ITS_WAY))
    ended = time.perf_counter()
    cpu = {kind: 1e6 * seconds / texts for kind, seconds in spent().items()}
    _check(place, texts=texts, end="delivered" if receipts else "accepted")
    counts = place.telco.counts()
    return Sent(
        per_second=texts / (ended - began),
        alone_per_second=texts / (ended - confirmed),
        cpu_us=cpu,
        peak_mb={k: max(map(peak_mb, pids[k])) for k in kinds},
        lost=texts - len(counts),
        doubled=sum(1 for n in counts.values() if n > 1),
    )


def send_naively(place: Place, *, texts: int, workers: int) -> float:
    """Return texts a second of the usual design, after the first text."""
    place.forget_texts()
    confirm_personal(place, texts=texts, gateway=_naive.GATEWAY)
    queue_url = place.redis.url(1)
    _naive.enqueue_all(place.database, queue_url)
    names = [f"naive{n}" for n in range(workers)]
    group = place.processes
    for name in names:
        group.log_of(name).unlink(missing_ok=True)
        command = [sys.executable, "-m", _naive.__name__]
        group.start(name, command, environ={"LOA_REDIS_URL": queue_url})
    for name in names:
        group.wait_for(name, _naive.READY)
    _naive.let_start(queue_url, workers=workers)
    _wait(lambda: place.telco.received() >= texts)
    _wait(lambda: not place.has_any(*ON_ITS_WAY))
    took = time.time() - float(place.telco.stats()["first_at"])
    group.stop(*names)
    _check(place, texts=texts, end="accepted")
    return (texts - 1) / took


def send_bare(place: Place, *, texts: int, workers: int) -> float:
    """Return texts a second of the product's gateway alone, in so many processes."""
    place.telco.reset()
    share = texts // workers
    names = [f"wire{n}" for n in range(workers)]
    group = place.processes
    for n, name in enumerate(names):
        group.log_of(name).unlink(missing_ok=True)
        command = [sys.executable, "-m", _wire.__name__, "--texts", str(share)]
        command += ["--first", str(n * share), "--threads", str(OVERLAP)]
        group.start(name, command, listens=True)
    for name in names:
        group.wait_for(name, _wire.READY)
    for name in names:
        group.tell(name, "go\n")
    for name in names:
        group.running[name].wait(WITHIN_S)
    told = [json.loads(group.log_of(n).read_text().splitlines()[-1]) for n in names]
    for name in names:
        del group.running[name]
    accepted = sum(one["accepted"] for one in told)
    assert accepted == share * workers, f"only {accepted} were accepted"
    ended, began = max(t["ended"] for t in told), min(t["began"] for t in told)
    per_second: float = accepted / (ended - began)
    return per_second


def _wait(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_done():
        if time.monotonic() > deadline:
            raise AssertionError(f"not done within {WITHIN_S} s")
        time.sleep(LOOK_EVERY_S)


def _check(place: Place, *, texts: int, end: str) -> None:
    states = place.states()
    assert states == {end: texts}, f"not all are {end}: {states}"
