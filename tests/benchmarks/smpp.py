"""Texts a second over one SMPP session, by how many may wait for their answers."""

import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from broadcaster.gateways.smpp import SmppGateway, build
from broadcaster.ports import GatewaySettings, Submission, Verdict
from tests.benchmarks._wire import submissions
from tests.smsc import PASSWORD, SYSTEM_ID, Smsc, smsc
from tests.telco import until

TITLE = "Texts a second over one SMPP session, by window"
ROUNDS = 3
THREADS = 8
SLICE = 100
LATENCIES_MS = (0, 20)
TEXTS = {1: (1_000, 100), 10: (4_000, 1_000), 50: (6_000, 4_000), 200: (8_000, 8_000)}
"""By window: how many texts are measured without latency, and with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement: texts a second, and microseconds of our CPU a text."""

    per_second: float
    cpu_us: float


def run(report: Callable[[str], None]) -> None:
    """Measure every window against an SMSC in a process of its own."""
    report(
        "The adapter alone hands one-segment texts to an SMSC on Perl's Net::SMPP, a"
    )
    report(
        f"process on the same machine. {THREADS} threads submit slices of {SLICE} as"
    )
    report(f"dispatch does. Best of {ROUNDS}; CPU is the sender's own.")
    report("")
    report("| window | 0 ms: a second | CPU µs | 20 ms: a second | CPU µs |")
    report("|--:|--:|--:|--:|--:|")
    with smsc() as centre:
        for window, counts in TEXTS.items():
            cells = []
            for latency_ms, texts in zip(LATENCIES_MS, counts, strict=True):
                figure = _best(centre, window, texts, latency_ms=latency_ms)
                cells.append(f"{figure.per_second:,.0f} | {figure.cpu_us:,.0f}")
            report(f"| {window} | {' | '.join(cells)} |")


def _best(centre: Smsc, window: int, texts: int, *, latency_ms: int) -> Figure:
    centre.reset()
    centre.script(delay_s=latency_ms / 1_000, keep=0)
    gateway = _gateway(centre, window)
    gateway.listen(lambda _event: True)
    try:
        until(centre.bound)
        return max(
            (_measure(gateway, centre, texts) for _ in range(ROUNDS)),
            key=lambda figure: figure.per_second,
        )
    finally:
        gateway.hang_up()


def _measure(gateway: SmppGateway, centre: Smsc, texts: int) -> Figure:
    waiting = submissions(texts, first=1)
    before = centre.taken()
    cpu, began = _cpu_s(), time.perf_counter()
    accepted = _send(gateway, waiting)
    seconds, spent = time.perf_counter() - began, _cpu_s() - cpu
    came = centre.taken() - before
    if not accepted == texts == came:
        raise RuntimeError(f"{accepted} of {texts} were taken, {came} came")
    return Figure(per_second=texts / seconds, cpu_us=spent / texts * 1_000_000)


def _send(gateway: SmppGateway, texts: list[Submission]) -> int:
    slices = [texts[at : at + SLICE] for at in range(0, len(texts), SLICE)]
    with ThreadPoolExecutor(THREADS) as pool:
        told = pool.map(lambda s: gateway.submit(s, may_start=lambda: True), slices)
        return sum(o.verdict is Verdict.ACCEPTED for outcomes in told for o in outcomes)


def _gateway(centre: Smsc, window: int) -> SmppGateway:
    options = {
        "host": "127.0.0.1",
        "port": str(centre.port),
        "system_id": SYSTEM_ID,
        "password": PASSWORD,
        "window": str(window),
    }
    return build(
        GatewaySettings(
            name="smpp", public_url="https://loa.example", demo=True, options=options
        )
    )


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
