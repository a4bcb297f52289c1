"""A request leaves at most once, whatever becomes of its connection."""

import random
import socket
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broadcaster.gateways import http_loop
from broadcaster.gateways.http_engine import HttpEngine
from broadcaster.gateways.http_exchange import HttpAnswer, Unanswered
from tests.broadcaster.gateways.http_calls import OK, send, send_one
from tests.broadcaster.gateways.raw_peer import ANSWER, RawPeer, answering, raw_peer

UNTRUSTED = Unanswered.UNREACHABLE


def test_a_kept_connection_that_dies_unanswered_never_takes_a_text_twice() -> None:
    def die_on_the_second(peer: RawPeer, line: socket.socket, number: int) -> None:
        if number > 1:
            answering(peer, line, number)
        peer.read(line)
        line.sendall(ANSWER)
        peer.read(line)

    engine = HttpEngine(connections=1)
    with raw_peer(die_on_the_second) as peer:
        assert send(engine, peer.url, "first") == [OK]
        assert send(engine, peer.url, "second") == [Unanswered.LOST]
        assert send(engine, peer.url, "third") == [OK]
    assert peer.bodies == [b"first", b"second", b"third"]


def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing() -> None:
    def answer_one(peer: RawPeer, line: socket.socket, _number: int) -> None:
        peer.read(line)
        line.sendall(ANSWER)

    engine = HttpEngine(connections=1)
    with raw_peer(answer_one) as peer:
        for word in ("first", "second"):
            assert send(engine, peer.url, word) == [OK]
            assert peer.closed.acquire(timeout=15)
    assert peer.bodies == [b"first", b"second"]
    assert peer.connections == 2


@pytest.mark.parametrize(
    "partial",
    [b"", ANSWER[:-1], b"\0" * 40, b"SSH-2.0-x\r\n"],
)
def test_what_left_and_was_not_answered_whole_is_lost(partial: bytes) -> None:
    def cut(peer: RawPeer, line: socket.socket, _number: int) -> None:
        peer.read(line)
        line.sendall(partial)

    with raw_peer(cut) as peer:
        assert send_one(peer.url) is Unanswered.LOST
    assert peer.bodies == [b"text"]


def test_an_answer_that_never_comes_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def be_silent(peer: RawPeer, line: socket.socket, _number: int) -> None:
        peer.read(line)
        peer.read(line)

    monkeypatch.setattr(http_loop, "WHOLE_MS", 300)
    with raw_peer(be_silent) as peer:
        assert send_one(peer.url) is Unanswered.LOST
    assert peer.bodies == [b"text"]


@pytest.mark.parametrize(
    ("size", "is_read"),
    [(http_loop.LONGEST_ANSWER, True), (http_loop.LONGEST_ANSWER + 1, False)],
)
@pytest.mark.parametrize("says_its_length", [True, False])
def test_an_answer_longer_than_any_telcos_is_lost(
    size: int, *, is_read: bool, says_its_length: bool
) -> None:
    def be_long(peer: RawPeer, line: socket.socket, _number: int) -> None:
        peer.read(line)
        length = b"Content-Length: %d" % size if says_its_length else b"X-Long: yes"
        line.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n" + b"x" * size)

    with raw_peer(be_long) as peer:
        settled = send_one(peer.url)
    assert isinstance(settled, HttpAnswer) is is_read


def test_where_nobody_listens_nothing_leaves() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        port = taken.getsockname()[1]
        assert send_one(f"http://127.0.0.1:{port}/") is Unanswered.UNREACHABLE


def test_a_name_that_leads_nowhere_takes_nothing() -> None:
    assert send_one("http://telco.invalid/") is Unanswered.UNREACHABLE


@pytest.mark.parametrize("says", [b"", b"not TLS at all\r\n" * 100])
def test_a_failed_handshake_takes_nothing(says: bytes) -> None:
    def talk(peer: RawPeer, line: socket.socket, _number: int) -> None:
        line.recv(65_536)
        line.sendall(says)

    with raw_peer(talk) as peer:
        settled = send_one(peer.url.replace("http:", "https:"))
    assert settled is Unanswered.UNREACHABLE


def test_a_handshake_that_never_ends_takes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def be_silent(_peer: RawPeer, line: socket.socket, _number: int) -> None:
        while line.recv(65_536):
            pass

    monkeypatch.setattr(http_loop, "CONNECT_MS", 300)
    with raw_peer(be_silent) as peer:
        settled = send_one(peer.url.replace("http:", "https:"))
    assert settled is Unanswered.UNREACHABLE


def test_only_a_certificate_that_is_trusted_is_given_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=telco"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def talk(peer: RawPeer, line: socket.socket, number: int) -> None:
        with context.wrap_socket(line, server_side=True) as wrapped:
            answering(peer, wrapped, number)

    with raw_peer(talk) as peer:
        url = peer.url.replace("http:", "https:")
        assert send_one(url) is UNTRUSTED
        assert peer.bodies == []
        monkeypatch.setattr(http_loop, "where", lambda: str(certificate))
        assert send(HttpEngine(connections=1), url, "a", "b") == [OK, OK]
        assert send_one(url.replace("127.0.0.1", "localhost")) is UNTRUSTED
    assert peer.bodies == [b"a", b"b"]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    def redirect(peer: RawPeer, line: socket.socket, _number: int) -> None:
        peer.read(line)
        place = peer.url.encode()
        line.sendall(
            b"HTTP/1.1 307 Moved\r\nLocation: "
            + place
            + b"\r\nContent-Length: 0\r\n\r\n"
        )
        peer.read(line)

    with raw_peer(redirect) as peer:
        assert send_one(peer.url) == HttpAnswer(status=307, body=b"")
    assert peer.bodies == [b"text"]


def test_a_cookie_is_forgotten() -> None:
    def bake(peer: RawPeer, line: socket.socket, _number: int) -> None:
        while peer.read(line) is not None:
            line.sendall(ANSWER.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))

    with raw_peer(bake) as peer:
        assert send(HttpEngine(connections=1), peer.url, "a", "b") == [OK, OK]
    assert b"cookie" not in peer.requests[1].lower()


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with raw_peer() as peer:
        assert send_one(peer.url) == OK


def test_a_wait_is_read_from_a_refusal() -> None:
    def refuse(peer: RawPeer, line: socket.socket, _number: int) -> None:
        peer.read(line)
        wait = b"Retry-After: 7\r\nContent-Length: 0\r\n\r\n"
        line.sendall(b"HTTP/1.1 429 Slow Down\r\n" + wait)

    with raw_peer(refuse) as peer:
        assert send_one(peer.url) == HttpAnswer(status=429, body=b"", retry_after=7)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_a_telco_does_no_text_arrives_twice_and_none_is_misjudged(
    seed: int,
) -> None:
    lots = random.Random(seed)

    def misbehave(peer: RawPeer, line: socket.socket, _number: int) -> None:
        while (turn := lots.random()) > 0.03 and peer.read(line) is not None:
            if turn < 0.1:
                return
            line.sendall(ANSWER[: -1 if turn < 0.15 else len(ANSWER)])
            if turn < 0.3:
                return

    engine = HttpEngine(connections=6)
    calls = [[f"{call}-{number}" for number in range(100)] for call in range(4)]
    with raw_peer(misbehave) as peer, ThreadPoolExecutor(len(calls)) as pool:
        came = list(pool.map(lambda words: send(engine, peer.url, *words), calls))
        arrived = set(peer.bodies)
        assert len(arrived) == len(peer.bodies)
    fates = {
        word.encode(): fate
        for words, settled in zip(calls, came, strict=True)
        for word, fate in zip(words, settled, strict=True)
    }
    assert len(fates) == 400
    answered = {word for word, fate in fates.items() if fate == OK}
    lost = {word for word, fate in fates.items() if fate is Unanswered.LOST}
    assert answered <= arrived <= answered | lost
    assert answered
    assert lost
