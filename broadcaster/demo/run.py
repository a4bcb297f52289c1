"""`loa demo`: from an empty folder to the whole product on screen, and back."""

import http.client
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from broadcaster.bootstrap import SystemClock
from broadcaster.demo import embedded_redis, telcos
from broadcaster.demo.place import Place, clear, occupy, settle
from broadcaster.demo.seed import seed
from broadcaster.demo.seed.words import wall
from broadcaster.demo.supervisor import Part, Supervisor
from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from subscriptions.phones import phone_from_e164
from templates import read_words

READY_SECONDS = 60.0
ASK_SECONDS = 2.0
LINKS = {
    "officer": "/demo/officer",
    "approver": "/demo/approver",
    "leader": "/demo/leader",
    "accountant": "/demo/accountant",
    "auditor": "/demo/auditor",
    "resident": "/me",
    "operator": "/demo/operator",
}
"""Who may be seen, and where one becomes them."""


class NotReadyError(Exception):
    """The demo did not come up in time; the logs say why."""

    def __init__(self, urls: list[str], logs: Path) -> None:
        super().__init__(f"no answer from {', '.join(urls)}; see {logs}")
        self.urls = urls
        self.logs = logs


@dataclass(slots=True)
class _Stop:
    """Becomes true when the person at the keyboard, or the system, ends the demo."""

    asked: bool = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked = True


def run_demo(folder: Path, *, reset: bool, say: Callable[[str], None]) -> None:
    """Serve the demo until Ctrl-C.

    Raises AlreadyRunningError, DeadOnArrivalError, NotReadyError, or
    ConfigurationError where the platform has no queue to carry.
    """
    began = time.monotonic()
    stop = _Stop()
    stop.listen()
    # the seed uses the services, whose events belong into a process's log
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING)
    )
    words = read_words("demo")
    with occupy(folder):
        if reset:
            clear(folder)
        place = settle(folder)
        _prepare(place, say)
        with _queue_socket(place) as queue:
            supervisor = Supervisor(logs=place.logs, say=say)
            try:
                for part in _parts(place, queue):
                    supervisor.start(part)
                _wait_until_ready(place, supervisor, stop)
                if not stop.asked:
                    _print_links(place, say, seconds=time.monotonic() - began)
                supervisor.tend_until(lambda: stop.asked)
                say(words["stopping"])
            finally:
                supervisor.end()
    say(words["stopped"])


def _prepare(place: Place, say: Callable[[str], None]) -> None:
    _fill(place, say)
    engine = create_engine_for(place.database_url)
    telcos.set_up(Database(engine), place, now=SystemClock().now())
    engine.dispose()


def _fill(place: Place, say: Callable[[str], None]) -> None:
    if place.handsets.exists():
        upgrade(place.database_url)
        return
    # a seed that was cut off is half a demo
    for file in place.database_files:
        file.unlink()
    say(read_words("demo")["seeding"])
    upgrade(place.database_url)
    engine = create_engine_for(place.database_url)
    seed(Database(engine), handsets=place.handsets, now=SystemClock().now())
    engine.dispose()


@contextmanager
def _queue_socket(place: Place) -> Iterator[Path]:
    """Give the path of the queue's socket: in the folder, unless that is too deep."""
    inside = place.folder / "queue.sock"
    if len(os.fsencode(inside)) <= embedded_redis.MAX_SOCKET_BYTES:
        yield inside
        return
    with tempfile.TemporaryDirectory(
        prefix="loa-", ignore_cleanup_errors=True
    ) as apart:
        yield Path(apart) / "queue.sock"


def _parts(place: Place, queue: Path) -> list[Part]:
    environ = {**_inherited(), **_environ(place, queue)}
    python = [sys.executable, "-m"]
    commands = {
        "redis": embedded_redis.command(queue, place.folder / "redis"),
        "telco": [
            *python,
            "broadcaster.simulator",
            *("--port", str(place.telco_port)),
            *("--state", str(place.folder / "telco")),
            *("--handsets", str(place.handsets)),
            *("--account-sid", place.account_sid),
            *("--auth-token", place.auth_token),
            *("--inbound-url", f"{place.web_url}/callbacks/twilio/inbound"),
            *telcos.telco_arguments(place),
        ],
        "web": [
            *python,
            "gunicorn",
            "--no-control-socket",
            *("--graceful-timeout", "5"),
            *("--bind", f"127.0.0.1:{place.web_port}"),
            *("--threads", "8"),
            "broadcaster.web.wsgi:app",
        ],
        "worker": [*python, "workers.worker"],
        "clock": [*python, "workers.clock"],
    }
    return [
        Part(name=name, command=command, environ=environ)
        for name, command in commands.items()
    ]


def _inherited() -> dict[str, str]:
    """Return the environment without settings of ours: they may name a real telco."""
    return {k: word for k, word in os.environ.items() if not k.startswith("LOA_")}


def _environ(place: Place, queue: Path) -> dict[str, str]:
    return {
        "LOA_MODE": "demo",
        "LOA_DATABASE_URL": place.database_url,
        "LOA_REDIS_URL": embedded_redis.url(queue),
        "LOA_SECRET_KEY": place.secret_key,
        "LOA_PUBLIC_URL": place.web_url,
        "LOA_WALL_URL": f"{place.telco_url}/wall",
        "LOA_GATEWAY": "twilio",
        "LOA_GATEWAY_BASE_URL": place.telco_url,
        "LOA_GATEWAY_ACCOUNT_SID": place.account_sid,
        "LOA_GATEWAY_AUTH_TOKEN": place.auth_token,
        "LOA_GATEWAY_RECEIPT_KIND": "handset",
        "PYTHONUNBUFFERED": "1",
    }


def _wait_until_ready(place: Place, supervisor: Supervisor, stop: _Stop) -> None:
    waiting = [f"{place.web_url}/healthz", f"{place.telco_url}/healthz"]
    deadline = time.monotonic() + READY_SECONDS

    def ready() -> bool:
        waiting[:] = [url for url in waiting if not _answers(url)]
        if waiting and time.monotonic() > deadline:
            raise NotReadyError(waiting, place.logs)
        return not waiting or stop.asked

    supervisor.tend_until(ready)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=ASK_SECONDS)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _print_links(place: Place, say: Callable[[str], None], *, seconds: float) -> None:
    words = read_words("demo")
    width = max(len(words[who]) for who in (*LINKS, "wall")) + 2
    shown = f"{seconds:.1f}".replace(".", ",")
    phone = phone_from_e164(wall()[0].e164).national
    say("")
    say(words["ready"].format(seconds=shown))
    say(f"  {words['wall']:<{width}}{place.telco_url}/wall")
    for who, path in LINKS.items():
        say(f"  {words[who]:<{width}}{place.web_url}{path}")
    say("")
    say(words["resident_hint"].format(phone=phone))
    say(words["how_to_stop"])
