"""Texts a second through each adapter, beside the loop that people write first."""

import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

import requests
from twilio.rest import Client

from broadcaster.gateways.twilio_http import Wire
from broadcaster.ports import Gateway, Listens, Submission, Verdict
from tests.benchmarks._other_wires import ESMS, VNPT
from tests.benchmarks._quick_telco import QuickTelco, quick_telco
from tests.benchmarks._wire import submissions
from tests.broadcaster.gateways import (
    esms_ends,
    kannel_ends,
    twilio_ends,
    vnpt_peer,
    zalo_ends,
)
from tests.broadcaster.gateways.smpp import ends as smpp_ends
from tests.smsc import smsc
from tests.telco import until

TITLE = "Texts a second by adapter"
ROUNDS = 3
CONNECTIONS = "64"
BULK = 50
SMPP_WINDOWS = (10, 50)
LATENCIES_MS = (0, 50)
WORDS = "Phuong Hoa Sua: cat nuoc tu 8h den 17h ngay 12/12 de thay ong. Xin tru nuoc."
BLANKS = {"customer_name": "Nguyễn Văn An", "code": "7K2M-9QXD", "title": "Cắt nước"}
BASELINE = "requests, one at a time (eSMS)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What is measured, and with how many texts, without latency and with it.

    `settle` makes the peer as slow as asked, `send` returns how many texts were taken
    and `received` how many came since the peer was settled.
    """

    name: str
    counts: tuple[int, int]
    send: Callable[[Sequence[Submission]], int]
    settle: Callable[[int], None]
    received: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement: texts a second, and microseconds of the sender's CPU a text."""

    latency_ms: int
    per_second: float
    cpu_us: float


def run(report: Callable[[str], None]) -> None:
    """Measure every adapter and two plain loops, and print them as a table and JSON."""
    report("One process hands texts of equal words to a telco that costs next to")
    report("nothing, in a process of its own (SMPP: Perl's Net::SMPP), which counts")
    report(f"them. HTTP with {CONNECTIONS} connections. Best of {ROUNDS}; “times” is")
    report(f"against “{BASELINE}” at the same latency.")
    report("")
    report("| adapter | 0 ms: a second | times | 50 ms: a second | times |")
    report("|---|--:|--:|--:|--:|")
    found: dict[str, list[Figure]] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="loa-"))
        telco = stack.enter_context(quick_telco(Path(folder)))
        for runner in chain(_loops(telco), _by_http(telco), _by_smpp()):
            found[runner.name] = [
                _best(runner, texts, latency_ms=latency_ms)
                for latency_ms, texts in zip(LATENCIES_MS, runner.counts, strict=True)
            ]
            report(_row(runner.name, found))
    report("")
    report("```json")
    for name, figures in found.items():
        told = {"adapter": name, "figures": [asdict(figure) for figure in figures]}
        report(json.dumps(told, ensure_ascii=False))
    report("```")


def _row(name: str, found: dict[str, list[Figure]]) -> str:
    cells = [
        f"{figure.per_second:,.0f} | {figure.per_second / base.per_second:,.1f}"
        for figure, base in zip(found[name], found[BASELINE], strict=True)
    ]
    return f"| {name} | {' | '.join(cells)} |"


def _best(runner: Runner, texts: int, *, latency_ms: int) -> Figure:
    """Measure a few rounds after one that opens connections; return the quickest."""
    runner.settle(0)
    runner.send(_texts(min(texts, int(CONNECTIONS))))
    figures = []
    for _ in range(ROUNDS):
        runner.settle(latency_ms)
        waiting = _texts(texts)
        cpu, began = _cpu_s(), time.perf_counter()
        taken = runner.send(waiting)
        seconds, spent = time.perf_counter() - began, _cpu_s() - cpu
        if not taken == texts == runner.received():
            raise RuntimeError(f"{runner.name}: {taken} of {texts} were taken")
        figures.append(
            Figure(
                latency_ms=latency_ms,
                per_second=round(texts / seconds, 1),
                cpu_us=round(spent / texts * 1_000_000, 1),
            )
        )
    return max(figures, key=lambda figure: figure.per_second)


def _texts(number: int) -> list[Submission]:
    return [
        replace(
            text,
            text=WORDS,
            template_id=zalo_ends.NOTICE,
            template_data=BLANKS,
        )
        for text in submissions(number, first=1)
    ]


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _loops(telco: QuickTelco) -> Iterator[Runner]:
    session = requests.Session()
    url = telco.base_url + ESMS.decode()

    def by_requests(texts: Sequence[Submission]) -> int:
        return sum(
            session.post(url, json=_esms_form(text), timeout=10).json()["CodeResult"]
            == "100"
            for text in texts
        )

    wire = Wire(telco.base_url, connections=1)
    client = Client(telco.account_sid, telco.auth_token, http_client=wire)

    def by_package(texts: Sequence[Submission]) -> int:
        return sum(
            bool(
                client.messages.create(
                    to=text.to, from_=text.sender, body=text.text
                ).sid
            )
            for text in texts
        )

    yield _against(telco, BASELINE, by_requests, counts=(600, 60))
    yield _against(telco, "twilio package, one at a time", by_package, counts=(600, 60))


def _esms_form(text: Submission) -> dict[str, str]:
    return {
        "ApiKey": "key",
        "SecretKey": "secret",
        "Phone": text.to.removeprefix("+"),
        "Content": text.text,
        "Brandname": text.sender,
        "SmsType": "2",
        "IsUnicode": "0",
        "RequestId": text.reference.hex,
    }


def _by_http(telco: QuickTelco) -> Iterator[Runner]:
    url, usual = telco.base_url, (8_000, 2_560)
    twilio = twilio_ends.a_gateway(url, connections=CONNECTIONS)
    esms = esms_ends.a_gateway(f"{url}/esms", connections=CONNECTIONS)
    vnpt = vnpt_peer.a_gateway(url + VNPT.decode(), connections=CONNECTIONS)
    zalo = zalo_ends.a_gateway(f"{url}/zalo", connections=CONNECTIONS)
    one = kannel_ends.a_gateway(url, connections=CONNECTIONS)
    many = kannel_ends.a_gateway(url, connections=CONNECTIONS, bulk=str(BULK))
    yield _against(telco, "twilio", _handing_to(twilio), counts=usual)
    yield _against(telco, "esms", _handing_to(esms), counts=usual)
    yield _against(telco, "vnpt", _handing_to(vnpt), counts=usual)
    yield _against(telco, "zalo, by phone", _handing_to(zalo), counts=usual)
    yield _against(telco, "kannel", _handing_to(one), counts=usual)
    yield _against(
        telco,
        f"kannel, {BULK} numbers a request",
        _handing_to(many),
        counts=(32_000, 32_000),
    )


def _by_smpp() -> Iterator[Runner]:
    with smsc() as centre:
        before = [0]

        def settle(latency_ms: int) -> None:
            centre.script(delay_s=latency_ms / 1_000, keep=0)
            before[0] = centre.taken()

        for window in SMPP_WINDOWS:
            gateway = smpp_ends.a_gateway(centre.port, window=str(window))
            assert isinstance(gateway, Listens)
            gateway.listen(lambda _event: True)
            until(centre.bound)
            yield Runner(
                name=f"smpp, window {window}",
                counts=(4_000, 10 * window),
                send=_handing_to(gateway),
                settle=settle,
                received=lambda: centre.taken() - before[0],
            )
            gateway.hang_up()


def _against(
    telco: QuickTelco,
    name: str,
    send: Callable[[Sequence[Submission]], int],
    *,
    counts: tuple[int, int],
) -> Runner:
    def settle(latency_ms: int) -> None:
        telco.settle(latency_ms=latency_ms, receipts=False)
        telco.reset()

    return Runner(
        name=name, counts=counts, send=send, settle=settle, received=telco.received
    )


def _handing_to(gateway: Gateway) -> Callable[[Sequence[Submission]], int]:
    def send(texts: Sequence[Submission]) -> int:
        outcomes = gateway.submit(texts, may_start=lambda: True)
        return sum(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes)

    return send
