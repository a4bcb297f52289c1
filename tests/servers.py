"""Real PostgreSQL and Redis servers, each in a folder that goes with it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import redis
from psycopg import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.daemons import Daemon, ServerFailedError

INSTALL_HINT = "run `make test` or .ci/install-servers, which install it"
PG_ROLE = "loa"
REDIS_DATABASES = 256
START_ATTEMPTS = 5


class ServerMissingError(RuntimeError):
    """A program that the tests need is not installed."""

    def __init__(self, program: str) -> None:
        super().__init__(f"{program} is not installed: {INSTALL_HINT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running cluster that listens on a socket in `folder` and on no port."""

    folder: Path
    daemon: Daemon

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
        return _connect(self.folder, database)

    def is_ready(self) -> bool:
        """Tell whether the cluster takes connections."""
        return self.daemon.is_ready()

    def restart(self, how: signal.Signals) -> None:
        """Stop it, SIGINT for a fast end and SIGQUIT for a crash, and start it."""
        self.daemon.stop(how)
        self.daemon.start()

    def _run(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisServer:
    """A running Redis on a port of the loopback address."""

    port: int
    daemon: Daemon

    def url(self, number: int) -> str:
        """Return the URL of one of its databases, counted round from 0."""
        return f"redis://127.0.0.1:{self.port}/{number % REDIS_DATABASES}"

    def is_ready(self) -> bool:
        """Tell whether the server answers."""
        return self.daemon.is_ready()


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
        daemon = Daemon(
            command=command,
            log=folder / "log",
            is_ready=partial(_has_postgres, folder),
            user=user,
        )
        try:
            daemon.start()
            yield PostgresServer(folder=folder, daemon=daemon)
        finally:
            daemon.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Run an empty Redis that keeps nothing on disk until the block ends."""
    program = shutil.which("redis-server", path=_server_path())
    if program is None:
        raise ServerMissingError("redis-server")
    with tempfile.TemporaryDirectory(prefix="loa-redis-") as name:
        server = _start_redis(program, Path(name))
        try:
            yield server
        finally:
            server.daemon.stop()


def _start_redis(program: str, folder: Path) -> RedisServer:
    for attempt in range(1, START_ATTEMPTS + 1):
        port = free_port()
        command = [program, "--bind", "127.0.0.1", "--port", str(port)]
        command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        command += ["--databases", str(REDIS_DATABASES)]
        daemon = Daemon(
            command=command,
            log=folder / "log",
            is_ready=partial(_has_redis, port),
        )
        try:
            daemon.start()
        except ServerFailedError:
            if attempt == START_ATTEMPTS:
                raise
            continue  # another process took the port in between
        return RedisServer(port=port, daemon=daemon)
    raise ServerFailedError(program)


def _connect(folder: Path, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(folder), user=PG_ROLE, dbname=database, autocommit=True
    )


def _has_postgres(folder: Path) -> bool:
    try:
        _connect(folder, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _has_redis(port: int) -> bool:
    client = redis.Redis(port=port, retry=Retry(NoBackoff(), 0))
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
    finally:
        client.close()


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


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
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
