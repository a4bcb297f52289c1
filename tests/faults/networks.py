"""A network between hosts and servers: every host reaches all by cables of its own."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from tests.faults.cables import Cable, cables
from tests.faults.hosts import Host
from tests.faults.sites import Site
from tests.telco import ROOT

ROOMS = ("broadcaster", "subscriptions", "templates", "workers")
WHERE = "import broadcaster, workers; print(broadcaster.__file__, workers.__file__)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WiredHost:
    """A host, and the three cables by which alone it reaches anything."""

    host: Host
    postgres: Cable
    redis: Cable
    telco: Cable


@contextmanager
def wired(site: Site, name: str) -> Iterator[WiredHost]:
    """Give a machine of its own to a site on PostgreSQL, until the block ends.

    It has its own copy of the code, its own home and its own folder for what is
    temporary, and knows no server but by TCP.
    """
    database = make_url(site.environ["LOA_DATABASE_URL"])
    queue = make_url(site.environ["LOA_REDIS_URL"])
    socket = Path(str(database.query["host"])) / ".s.PGSQL.5432"
    servers = (socket, ("127.0.0.1", int(queue.port or 0)))
    with cables(*servers, ("127.0.0.1", site.telco.port)) as laid:
        to_postgres, to_redis, to_telco = laid
        url = database.set(host="127.0.0.1", port=to_postgres.port, query={})
        environ = {
            "LOA_DATABASE_URL": url.render_as_string(hide_password=False),
            "LOA_REDIS_URL": str(queue.set(port=to_redis.port)),
            "LOA_GATEWAY_BASE_URL": f"http://127.0.0.1:{to_telco.port}",
        }
        host = site.a_host(name, environ=environ)
        _settle_in(host)
        try:
            yield WiredHost(
                host=host, postgres=to_postgres, redis=to_redis, telco=to_telco
            )
        finally:
            for cable in laid:
                cable.mend()
            host.stop()


def _settle_in(host: Host) -> None:
    """Move a host to a copy of the code that no other host can see."""
    host.root = host.folder / "code"
    for room in ROOMS:
        shutil.copytree(
            ROOT / room,
            host.root / room,
            ignore=shutil.ignore_patterns("__pycache__", "var"),
        )
    for name in ("HOME", "TMPDIR"):
        own = host.folder / name.lower()
        own.mkdir()
        host.environ[name] = str(own)
    read = subprocess.run(
        [sys.executable, "-c", WHERE],
        cwd=host.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(path.startswith(str(host.root)) for path in read.stdout.split())
