"""`loa demo` brings the whole product up on one machine, and takes it down again."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from broadcaster.demo.run import LINKS
from broadcaster.demo.seed.words import wall
from templates import read_words

LOA = Path(sys.executable).with_name("loa")
WORDS = read_words("demo")
DEADLINE_SECONDS = 180.0
A_PHONE = wall()[0].e164
PARTS = ("redis-server", "broadcaster.simulator", "gunicorn")
PARTS_OF_OURS = ("workers.worker", "workers.clock")

T = TypeVar("T")


def until(wanted: Callable[[], T]) -> T:
    """Ask again and again until the answer is true, and return it."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := wanted()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


class Demo:
    """One `loa demo` as its own process, on a folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._said = folder.parent / f"{folder.name}-{time.monotonic_ns()}.txt"
        with self._said.open("w") as output:
            self.process = subprocess.Popen(
                [LOA, "demo", "--folder", folder, *options],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LOA_GATEWAY_BASE_URL": "https://telco.example"},
            )

    def said(self) -> str:
        """Return all that was printed so far."""
        return self._said.read_text("utf-8")

    def wait_until_ready(self) -> None:
        """Wait for the links."""

        def ready() -> bool:
            assert self.process.poll() is None, self.said()
            return WORDS["how_to_stop"] in self.said()

        until(ready)

    def link(self, who: str) -> str:
        """Return the link that was printed for someone."""
        for line in self.said().splitlines():
            label, _, url = line.strip().partition("http://")
            if label.strip() == WORDS[who]:
                return f"http://{url}"
        raise LookupError(who)

    def children(self) -> dict[int, str]:
        """Return the living processes that the demo started, with their commands."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue
            if int(stat[1]) == self.process.pid and stat[0] != "Z":
                found[int(folder.name)] = command.decode()
        return found

    def pid_of(self, part: str) -> int | None:
        """Return the process of a part, if it runs."""
        return next((pid for pid, c in self.children().items() if part in c), None)

    def stop(self, end: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end and return its exit code."""
        self.process.send_signal(end)
        return self.process.wait(DEADLINE_SECONDS)

    def end(self) -> None:
        """End it whatever became of it."""
        if self.process.poll() is None:
            self.stop()

    def ask_telco(self, path: str, body: dict[str, str] | None = None) -> Any:
        """Ask the simulated network."""
        parts = urlsplit(self.link("wall"))
        request = urllib.request.Request(
            f"http://{parts.netloc}{path}",
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.build_opener().open(request, timeout=30) as answer:
            return json.load(answer)

    def texts_on(self, e164: str) -> list[str]:
        """Return what a phone of the wall has received."""
        received = self.ask_telco(f"/sim/received?to=%2B{e164[1:]}")
        return [text["body"] for text in received]

    def ask_for_help_by_text(self) -> None:
        """Text TG from a phone of the wall and wait for the answer."""
        before = len(self.texts_on(A_PHONE))
        self.ask_telco(f"/sim/handsets/{A_PHONE}/text", {"body": "TG"})
        until(lambda: len(self.texts_on(A_PHONE)) > before)

    def kept(self, query: str) -> Any:
        """Return one number of its database."""
        with closing(sqlite3.connect(self.folder / "loa.db")) as connection:
            return connection.execute(query).fetchone()[0]


def open_as_a_browser(url: str) -> tuple[int, str, str]:
    """Return the status, the address where the redirects end, and the page."""
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar())
    )
    with opener.open(url, timeout=30) as answer:
        return answer.status, answer.url, answer.read().decode()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a demo that came up from nothing and was stopped."""
    folder = tmp_path_factory.mktemp("stories") / "untouched"
    began = time.monotonic()
    demo = Demo(folder)
    try:
        demo.wait_until_ready()
        seconds = time.monotonic() - began
        sys.stdout.write(f"ready from an empty folder in {seconds:.1f} s\n")
    finally:
        demo.end()
    return folder


@pytest.fixture(scope="module")
def running(untouched: Path) -> Iterator[Demo]:
    """Give a running demo that several tests look at."""
    demo = Demo(shutil.copytree(untouched, untouched.parent / "running"))
    try:
        demo.wait_until_ready()
        yield demo
    finally:
        demo.end()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Give what starts demos that end with the test."""
    started: list[Demo] = []

    def start_one(folder: Path, *options: str) -> Demo:
        started.append(Demo(folder, *options))
        return started[-1]

    yield start_one
    for demo in started:
        demo.end()


@pytest.mark.parametrize("who", LINKS)
def test_everyone_s_link_opens_their_own_page(running: Demo, who: str) -> None:
    status, address, _ = open_as_a_browser(running.link(who))
    assert status == 200
    assert "/sign-in" not in address
    assert "/demo" not in address


def test_the_wall_shows_24_phones(running: Demo) -> None:
    _, _, page = open_as_a_browser(running.link("wall"))
    assert [person.label for person in wall() if person.label not in page] == []


def test_a_killed_worker_comes_back_and_works(running: Demo) -> None:
    killed = running.pid_of("workers.worker")
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: running.pid_of("workers.worker") not in {None, killed})
    running.ask_for_help_by_text()


def test_settings_of_a_real_telco_are_not_passed_on(running: Demo) -> None:
    worker = running.pid_of("workers.worker")
    environ = Path(f"/proc/{worker}/environ").read_bytes().decode()
    assert "telco.example" not in environ
    assert "LOA_MODE=demo" in environ


def test_a_second_demo_in_the_folder_is_refused_in_words(
    running: Demo, start: Callable[..., Demo]
) -> None:
    second = start(running.folder)
    assert second.process.wait(DEADLINE_SECONDS) == 1
    assert str(running.folder) in second.said()
    assert "--folder" in second.said()
    assert open_as_a_browser(running.link("officer"))[0] == 200


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_ending_it_ends_every_process(
    untouched: Path, tmp_path: Path, start: Callable[..., Demo], end: signal.Signals
) -> None:
    demo = start(shutil.copytree(untouched, tmp_path / "demo"))
    demo.wait_until_ready()
    children = demo.children()
    assert len(children) == len(PARTS + PARTS_OF_OURS)
    for part in PARTS + PARTS_OF_OURS:
        assert demo.pid_of(part) is not None
    assert demo.stop(end) == 0
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert WORDS["stopped"] in demo.said()


def test_it_carries_on_where_it_was_until_it_is_reset(
    untouched: Path, tmp_path: Path, start: Callable[..., Demo]
) -> None:
    folder = shutil.copytree(untouched, tmp_path / "demo")
    texts = "SELECT count(*) FROM inbound_texts"
    first = start(folder)
    first.wait_until_ready()
    at_first = first.kept(texts)
    first.ask_for_help_by_text()
    received = first.texts_on(A_PHONE)
    first.stop()

    second = start(folder)
    second.wait_until_ready()
    assert second.link("officer") == first.link("officer")
    assert second.texts_on(A_PHONE) == received
    assert second.kept(texts) == at_first + 1
    second.stop()

    third = start(folder, "--reset")
    third.wait_until_ready()
    assert third.texts_on(A_PHONE) == []
    assert third.kept(texts) == at_first
    assert open_as_a_browser(third.link("leader"))[0] == 200


def test_a_seed_that_was_cut_off_is_begun_anew(
    untouched: Path, tmp_path: Path, start: Callable[..., Demo]
) -> None:
    folder = shutil.copytree(untouched, tmp_path / "demo")
    (folder / "handsets.json").unlink()
    with closing(sqlite3.connect(folder / "loa.db")) as connection:
        connection.execute("UPDATE wards SET name = 'half'")
        connection.commit()
    demo = start(folder)
    demo.wait_until_ready()
    assert demo.kept("SELECT count(*) FROM wards WHERE name = 'half'") == 0
    assert demo.kept("SELECT count(*) FROM households WHERE ward_id = 1") == 1882


def test_a_port_that_is_taken_and_a_deep_folder_do_not_matter(
    untouched: Path, tmp_path: Path, start: Callable[..., Demo]
) -> None:
    folder = shutil.copytree(untouched, tmp_path / ("deep" * 30) / "demo")
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        place = folder / "place.json"
        chosen = json.loads(place.read_text()) | {"web_port": port}
        place.write_text(json.dumps(chosen))
        demo = start(folder)
        demo.wait_until_ready()
        assert urlsplit(demo.link("officer")).port != port
        assert open_as_a_browser(demo.link("officer"))[0] == 200
        demo.ask_for_help_by_text()
