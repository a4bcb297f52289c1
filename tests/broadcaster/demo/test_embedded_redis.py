"""The carried Redis keeps what it acknowledged, whatever ends it."""

import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker

from broadcaster.demo.embedded_redis import command, redis_server_binary, url
from broadcaster.errors import ConfigurationError

DEADLINE_SECONDS = 20


@contextmanager
def a_queue(folder: Path) -> Iterator[tuple[redis.Redis, subprocess.Popen[bytes]]]:
    at = folder / "q.sock"
    process = subprocess.Popen(command(at, folder), stdout=subprocess.DEVNULL)
    client = redis.Redis.from_url(url(at), retry=Retry(NoBackoff(), 0))
    try:
        wait_for(client)
        yield client, process
    finally:
        client.close()
        process.kill()
        process.wait()


def wait_for(client: redis.Redis) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            client.ping()
        except redis.ConnectionError:
            assert time.monotonic() < deadline, "the carried Redis did not start"
            time.sleep(0.02)
        else:
            return


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=lambda s: s.name)
def test_a_job_outlives_the_process_of_the_queue(
    tmp_path: Path, end: signal.Signals
) -> None:
    with a_queue(tmp_path) as (client, process):
        rung = [Queue("bell", connection=client).enqueue(abs, -n) for n in range(20)]
        process.send_signal(end)
        process.wait()
    with a_queue(tmp_path) as (client, _):
        queue = Queue("bell", connection=client)
        assert queue.job_ids == [job.id for job in rung]


def test_a_worker_runs_jobs_of_the_carried_redis(tmp_path: Path) -> None:
    with a_queue(tmp_path) as (client, _):
        queue = Queue("bell", connection=client)
        job = queue.enqueue(abs, -7)
        SimpleWorker([queue], connection=client).work(burst=True)
        assert job.return_value() == 7


def test_a_torn_last_write_does_not_stop_the_queue(tmp_path: Path) -> None:
    with a_queue(tmp_path) as (client, process):
        client.set("first", "kept")
        client.set("last", "torn")
        process.kill()
        process.wait()
    written = tmp_path / "appendonly.aof"
    written.write_bytes(written.read_bytes()[:-5])
    with a_queue(tmp_path) as (client, _):
        assert client.get("first") == b"kept"
        assert client.get("last") is None


def test_nobody_else_on_the_machine_may_open_the_socket(tmp_path: Path) -> None:
    with a_queue(tmp_path):
        mode = (tmp_path / "q.sock").stat().st_mode
        assert stat.S_IMODE(mode) == 0o700


def test_a_port_is_opened_on_the_loopback_address_alone(tmp_path: Path) -> None:
    words = command(6399, tmp_path)
    assert words[words.index("--bind") + 1] == "127.0.0.1"
    assert url(6399) == "redis://127.0.0.1:6399/0"


def test_a_socket_path_too_long_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="a socket at most 103"):
        command(tmp_path / ("x" * 100) / "q.sock", tmp_path)


def test_the_carried_server_is_a_redis(tmp_path: Path) -> None:
    said = subprocess.run(
        [redis_server_binary(), "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert said.stdout.startswith("Redis server v=6.2")
