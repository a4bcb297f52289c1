"""What a text costs on the wire, by the engine and by what else there is."""

import asyncio
import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import requests
from requests.adapters import HTTPAdapter
from twilio.rest import Client

from broadcaster.gateways.twilio import TwilioGateway, build
from broadcaster.gateways.twilio_http import Wire
from broadcaster.ports import GatewaySettings, Submission, Verdict
from tests.benchmarks._quick_telco import QuickTelco, quick_telco
from tests.benchmarks._wire import submissions

TITLE = "Requests a second and CPU a request, by HTTP client"
ROUNDS = 3
THREADS = 16
IN_FLIGHT = 64
MANY = 500
LATENCIES_MS = (0.0, 50.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement: requests a second, and microseconds of CPU a request."""

    per_second: float
    cpu_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A client, and how many requests it is measured with, without and with latency.

    `send` returns how many of them were taken.
    """

    name: str
    send: Callable[[list[Submission]], int]
    counts: tuple[int, int]


def run(report: Callable[[str], None]) -> None:
    """Measure every client against a telco in a process of its own."""
    report("One process sends by each client to a telco that costs next to nothing, on")
    report(f"the same machine. Best of {ROUNDS}; CPU is the sender's own.")
    report("")
    report("| client | 0 ms: a second | CPU µs | 50 ms: a second | CPU µs |")
    report("|---|--:|--:|--:|--:|")
    with (
        tempfile.TemporaryDirectory(prefix="loa-") as folder,
        quick_telco(Path(folder)) as telco,
    ):
        for rival in _rivals(telco):
            cells = []
            for latency_ms, texts in zip(LATENCIES_MS, rival.counts, strict=True):
                telco.settle(latency_ms=latency_ms, receipts=False)
                figure = _best(rival, telco, texts)
                cells.append(f"{figure.per_second:,.0f} | {figure.cpu_us:,.0f}")
            report(f"| {rival.name} | {' | '.join(cells)} |")


def _best(rival: Rival, telco: QuickTelco, texts: int) -> Figure:
    """Measure a few rounds after one that opens connections; return the quickest."""
    rival.send(submissions(IN_FLIGHT, first=1))
    figures = []
    for _ in range(ROUNDS):
        telco.reset()
        waiting = submissions(texts, first=1)
        cpu, began = _cpu_s(), time.perf_counter()
        taken = rival.send(waiting)
        seconds, spent = time.perf_counter() - began, _cpu_s() - cpu
        if not taken == texts == telco.received():
            raise RuntimeError(f"{rival.name}: {taken} of {texts} were taken")
        figures.append(
            Figure(per_second=texts / seconds, cpu_us=spent / texts * 1_000_000)
        )
    return max(figures, key=lambda figure: figure.per_second)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _rivals(telco: QuickTelco) -> Iterable[Rival]:
    ours = _gateway(telco, IN_FLIGHT)
    many = _gateway(telco, MANY)
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=THREADS))
    session.auth = telco.account_sid, telco.auth_token
    client = Client(
        telco.account_sid,
        telco.auth_token,
        http_client=Wire(telco.base_url, connections=THREADS),
    )
    yield Rival(
        name=f"twilio package, {THREADS} threads",
        send=lambda texts: _by_package(client, texts),
        counts=(800, 640),
    )
    yield Rival(
        name=f"requests, {THREADS} threads",
        send=lambda texts: _by_requests(session, telco, texts),
        counts=(800, 640),
    )
    yield Rival(
        name=f"aiohttp, {IN_FLIGHT} in flight",
        send=lambda texts: asyncio.run(_by_aiohttp(telco, texts)),
        counts=(3_000, 1_280),
    )
    yield Rival(
        name=f"the engine (our gateway), {IN_FLIGHT} in flight",
        send=lambda texts: _by_gateway(ours, texts),
        counts=(10_000, 1_280),
    )
    yield Rival(
        name=f"the engine (our gateway), {MANY} in flight",
        send=lambda texts: _by_gateway(many, texts),
        counts=(10_000, 10_000),
    )


def _gateway(telco: QuickTelco, connections: int) -> TwilioGateway:
    options = {
        "account_sid": telco.account_sid,
        "auth_token": telco.auth_token,
        "base_url": telco.base_url,
        "connections": str(connections),
    }
    return build(
        GatewaySettings(
            name="twilio", public_url="https://loa.example", demo=True, options=options
        )
    )


def _url(telco: QuickTelco) -> str:
    return f"{telco.base_url}/2010-04-01/Accounts/{telco.account_sid}/Messages.json"


def _form(text: Submission) -> dict[str, str]:
    callback = f"https://loa.example/callbacks/twilio/status/{text.reference}"
    return {
        "To": text.to,
        "From": text.sender,
        "StatusCallback": callback,
        "Body": text.text,
    }


def _by_package(client: Client, texts: list[Submission]) -> int:
    def send(text: Submission) -> bool:
        callback = f"https://loa.example/callbacks/twilio/status/{text.reference}"
        message = client.messages.create(
            to=text.to, from_=text.sender, body=text.text, status_callback=callback
        )
        return bool(message.sid)

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(send, texts))


def _by_requests(
    session: requests.Session, telco: QuickTelco, texts: list[Submission]
) -> int:
    url = _url(telco)

    def send(text: Submission) -> bool:
        answer = session.post(url, data=_form(text), timeout=10)
        return bool(answer.json()["sid"])

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(send, texts))


async def _by_aiohttp(telco: QuickTelco, texts: list[Submission]) -> int:
    url, waiting = _url(telco), iter(texts)
    login = aiohttp.BasicAuth(telco.account_sid, telco.auth_token)

    async def send_some(session: aiohttp.ClientSession) -> int:
        taken = 0
        for text in waiting:
            async with session.post(url, data=_form(text)) as answer:
                taken += bool((await answer.json())["sid"])
        return taken

    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector, auth=login) as session:
        each = (send_some(session) for _ in range(IN_FLIGHT))
        return sum(await asyncio.gather(*each))


def _by_gateway(gateway: TwilioGateway, texts: list[Submission]) -> int:
    outcomes = gateway.submit(texts, may_start=lambda: True)
    return sum(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes)
