"""Real PostgreSQL and Redis servers, each in a folder that goes with it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
from psycopg import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

INSTALL_HINT = "run `make test` or .ci/install-servers, which install it"
PG_ROLE = "loa"
REDIS_DATABASES = 256
START_SECONDS = 60
STOP_SECONDS = 15
START_ATTEMPTS = 5


class ServerMissingError(RuntimeError):
    """A program that the tests need is not installed."""

    def __init__(self, program: str) -> None:
        super().__init__(f"{program} is not installed: {INSTALL_HINT}")


class ServerFailedError(RuntimeError):
    """A server did not start; the message ends with what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running cluster that listens on a socket in `folder` and on no port."""

    folder: Path

    def url(self, database: str) -> str:
        """Return the URL under which SQLAlchemy finds a database of this cluster."""
        return f"postgresql+psycopg://{PG_ROLE}@/{database}?host={self.folder}"

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Create a database as a copy of another and return its URL."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the sessions that are still open on it."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._run(statement.format(sql.Identifier(name)))

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open a session, as a superuser, in which each statement commits itself."""
        return psycopg.connect(
            host=str(self.folder), user=PG_ROLE, dbname=database, autocommit=True
        )

    def is_ready(self) -> bool:
        """Tell whether the cluster takes connections."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisServer:
    """A running Redis on a port of the loopback address."""

    port: int

    def url(self, number: int) -> str:
        """Return the URL of one of its databases, counted round from 0."""
        return f"redis://127.0.0.1:{self.port}/{number % REDIS_DATABASES}"

    def is_ready(self) -> bool:
        """Tell whether the server answers."""
        client = redis.Redis(port=self.port, retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
        finally:
            client.close()


@contextmanager
def postgres_server(*settings: str) -> Iterator[PostgresServer]:
    """Run a fresh cluster until the block ends, with settings besides our own.

    PostgreSQL refuses to run as root, so root hands it to the user `postgres`.
    Nothing is synced to disk: a machine that dies takes the cluster with it.
    """
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="loa-pg-"))
    try:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        data = folder / "data"
        initdb = [_postgres_program("initdb"), "-D", str(data), "-U", PG_ROLE]
        initdb += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run_once(initdb, user=user)
        ours = ["listen_addresses=", f"unix_socket_directories={folder}"]
        ours += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        command = [_postgres_program("postgres"), "-D", str(data)]
        command += [word for setting in [*ours, *settings] for word in ("-c", setting)]
        server = PostgresServer(folder=folder)
        with _running(command, log=folder / "log", user=user) as process:
            _wait_until(server.is_ready, process=process, log=folder / "log")
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Run an empty Redis that keeps nothing on disk until the block ends."""
    program = shutil.which("redis-server", path=_server_path())
    if program is None:
        raise ServerMissingError("redis-server")
    with tempfile.TemporaryDirectory(prefix="loa-redis-") as name:
        log = Path(name) / "log"
        for attempt in range(1, START_ATTEMPTS + 1):
            server = RedisServer(port=_free_port())
            command = [program, "--bind", "127.0.0.1", "--port", str(server.port)]
            command += ["--save", "", "--appendonly", "no", "--dir", name]
            command += ["--databases", str(REDIS_DATABASES)]
            with _running(command, log=log) as process:
                try:
                    _wait_until(server.is_ready, process=process, log=log)
                except ServerFailedError:
                    if attempt == START_ATTEMPTS:
                        raise
                    continue  # another process took the port in between
                yield server
                return


def _postgres_program(name: str) -> str:
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: float(folder.parent.name),
        reverse=True,
    )
    path = os.pathsep.join([*map(str, folders), _server_path()])
    program = shutil.which(name, path=path)
    if program is None:
        raise ServerMissingError(f"PostgreSQL ({name})")
    return program


def _server_path() -> str:
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run_once(command: Sequence[str], *, user: str | None) -> None:
    done = subprocess.run(
        command, user=user, cwd="/", capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ServerFailedError(f"{command[0]}: {done.stdout}{done.stderr}")


@contextmanager
def _running(
    command: Sequence[str], *, log: Path, user: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=user,
            start_new_session=True,  # Ctrl-C is for pytest, which then ends the server
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until(
    is_ready: Callable[[], bool], *, process: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            printed = log.read_text(errors="replace")[-2000:]
            raise ServerFailedError(f"{process.args!r} did not start:\n{printed}")
        time.sleep(0.02)
