"""The engine serves many callers at once, and ends and breaks without a trace."""

import multiprocessing
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest

from broadcaster.gateways.http_engine import HttpEngine
from broadcaster.gateways.http_exchange import GIVE_UP_AFTER, HttpAnswer, Unanswered
from tests.broadcaster.gateways.http_calls import OK, posts, send
from tests.broadcaster.gateways.raw_peer import ANSWER, RawPeer, answering, raw_peer
from tests.telco import until


@contextmanager
def until_its_thread_has_ended() -> Iterator[None]:
    """Run the block, and wait for whatever engine it started."""
    before = set(threading.enumerate())
    yield
    until(
        lambda: (
            not any(
                thread.name == "http-engine" and thread not in before
                for thread in threading.enumerate()
            )
        )
    )


def echo(peer: RawPeer, line: socket.socket, _number: int) -> None:
    while (body := peer.read(line)) is not None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        line.sendall(head + body)


def test_each_request_gets_its_own_answer() -> None:
    words = [f"text {number}" for number in range(200)]
    with raw_peer(echo) as peer:
        settled = send(HttpEngine(connections=7), peer.url, *words)
    assert settled == [HttpAnswer(status=200, body=word.encode()) for word in words]
    assert sorted(peer.bodies) == sorted(word.encode() for word in words)


def test_several_threads_share_an_engine_and_each_text_leaves_once() -> None:
    engine = HttpEngine(connections=5)
    calls = [[f"{call}-{number}" for number in range(40)] for call in range(8)]
    with raw_peer(echo) as peer, ThreadPoolExecutor(len(calls)) as pool:
        came = list(pool.map(lambda words: send(engine, peer.url, *words), calls))
    for words, settled in zip(calls, came, strict=True):
        assert settled == [HttpAnswer(status=200, body=w.encode()) for w in words]
    assert len(peer.bodies) == len(set(peer.bodies)) == 320
    assert peer.connections <= 5


def test_a_connection_is_kept_from_call_to_call() -> None:
    engine = HttpEngine(connections=1)
    with raw_peer() as peer:
        for _ in range(5):
            assert send(engine, peer.url, "a", "b") == [OK, OK]
    assert peer.connections == 1


def test_a_telco_that_is_down_is_not_tried_for_every_text_of_a_call() -> None:
    def hang_up(_peer: RawPeer, line: socket.socket, _number: int) -> None:
        line.recv(65_536)

    words = ["text"] * (GIVE_UP_AFTER * 3)
    with raw_peer(hang_up) as peer:
        url = peer.url.replace("http:", "https:")
        settled = send(HttpEngine(connections=1), url, *words)
        assert settled == [Unanswered.UNREACHABLE] * len(words)
        assert peer.connections == GIVE_UP_AFTER


def test_a_telco_that_swallows_texts_is_not_fed_a_whole_call() -> None:
    def swallow(peer: RawPeer, line: socket.socket, _number: int) -> None:
        peer.read(line)

    words = ["text"] * (GIVE_UP_AFTER * 3)
    with raw_peer(swallow) as peer:
        settled = send(HttpEngine(connections=1), peer.url, *words)
    assert settled.count(Unanswered.LOST) == len(peer.bodies) == GIVE_UP_AFTER
    assert settled.count(Unanswered.UNREACHABLE) == GIVE_UP_AFTER * 2


def test_after_the_first_no_nothing_more_leaves() -> None:
    turns = count(1)
    engine = HttpEngine(connections=4)
    with raw_peer() as peer:
        requests = posts(peer.url, *(f"{number}" for number in range(50)))
        # only the eleventh is refused: who comes after is not even asked for
        settled = engine.exchange(requests, may_start=lambda: next(turns) != 11)
    assert settled.count(OK) == 10
    assert settled.count(Unanswered.STOPPED) == 40
    assert len(peer.bodies) == 10
    assert next(turns) == 12


def test_one_calls_no_stops_no_other_call() -> None:
    engine = HttpEngine(connections=2)
    with raw_peer() as peer, ThreadPoolExecutor(2) as pool:
        requests = posts(peer.url, *("text" for _ in range(30)))
        stopped = pool.submit(engine.exchange, requests, may_start=lambda: False)
        sent = pool.submit(engine.exchange, requests, may_start=lambda: True)
        assert stopped.result() == [Unanswered.STOPPED] * 30
        assert sent.result() == [OK] * 30
    assert len(peer.bodies) == 30


def test_a_small_call_does_not_wait_for_a_big_one_to_end() -> None:
    engine = HttpEngine(connections=1)
    begun, may_go_on = threading.Event(), threading.Event()

    def answer_when_told(peer: RawPeer, line: socket.socket, number: int) -> None:
        peer.read(line)
        begun.set()
        may_go_on.wait(15)
        line.sendall(ANSWER)
        answering(peer, line, number)

    with raw_peer(answer_when_told) as peer, ThreadPoolExecutor(2) as pool:
        big = pool.submit(send, engine, peer.url, *("bulk" for _ in range(100)))
        assert begun.wait(15)
        small = pool.submit(send, engine, peer.url, "emergency")
        until(lambda: _waiting_calls(engine) == 1)
        may_go_on.set()
        assert small.result() == [OK]
        assert big.result() == [OK] * 100
    assert b"emergency" in peer.bodies[:4]


def _waiting_calls(engine: HttpEngine) -> int:
    [loop] = vars(engine)["_loops"].values()
    return len(vars(loop)["_inbox"]) + len(vars(loop)["_waiting"]) - 1


def test_no_more_connections_than_asked_for() -> None:
    most, lock, open_now = 0, threading.Lock(), 0

    def count_them(peer: RawPeer, line: socket.socket, _number: int) -> None:
        nonlocal most, open_now
        peer.read(line)
        with lock:
            open_now += 1
            most = max(most, open_now)
        line.sendall(ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        with lock:
            open_now -= 1

    with raw_peer(count_them) as peer:
        settled = send(HttpEngine(connections=3), peer.url, *("t" for _ in range(30)))
    assert settled == [OK] * 30
    assert most <= 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_call_that_breaks_the_engine_is_told_and_the_next_one_works() -> None:
    engine = HttpEngine(connections=2)
    with raw_peer() as peer:
        broken = [*posts("http://đ", "a"), *posts(peer.url, "b")]
        with until_its_thread_has_ended():
            settled = engine.exchange(broken, may_start=lambda: True)
        assert settled == [Unanswered.UNREACHABLE] * 2
        assert send(engine, peer.url, "c") == [OK]
    assert peer.bodies == [b"c"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_who_cannot_say_whether_it_may_start_sends_nothing() -> None:
    def lose_the_answer() -> bool:
        raise LookupError("no idea")

    engine = HttpEngine(connections=2)
    with raw_peer() as peer:
        with until_its_thread_has_ended():
            settled = engine.exchange(
                posts(peer.url, "a", "b"), may_start=lose_the_answer
            )
        assert settled == [Unanswered.UNREACHABLE] * 2
        assert peer.bodies == []
        assert send(engine, peer.url, "c") == [OK]


def test_the_thread_ends_with_its_engine() -> None:
    with raw_peer() as peer, until_its_thread_has_ended():
        engine = HttpEngine(connections=2)
        assert send(engine, peer.url, "text") == [OK]
        assert "http-engine" in {thread.name for thread in threading.enumerate()}
        del engine


def _send_in_a_child(engine: HttpEngine, url: str, words: Sequence[str]) -> None:
    if send(engine, url, *words) != [OK] * len(words):
        raise SystemExit(1)


def test_a_forked_process_leaves_its_parents_connections_alone() -> None:
    engine = HttpEngine(connections=1)
    with raw_peer() as peer:
        assert send(engine, peer.url, "before") == [OK]
        child = multiprocessing.get_context("fork").Process(
            target=_send_in_a_child, args=(engine, peer.url, ["in the child"] * 3)
        )
        child.start()
        child.join(15)
        assert child.exitcode == 0
        assert send(engine, peer.url, "after") == [OK]
    assert peer.bodies == [b"before", *[b"in the child"] * 3, b"after"]
    assert peer.connections == 2
