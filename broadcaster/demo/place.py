"""Where the demo lives: one folder with its database, ports, keys and logs."""

import fcntl
import json
import os
import secrets
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

TELCO_KEYS = (
    "zalo_app",
    "zalo_oa",
    "zalo_refresh",
    "esms_api",
    "esms_secret",
    "esms_inbound",
)
FIRST_CHOICE = {"web": 8000, "telco": 8090}


class AlreadyRunningError(Exception):
    """Another demo uses the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The demo's folder and what was chosen in it; kept between runs."""

    folder: Path
    web_port: int
    telco_port: int
    secret_key: str
    account_sid: str
    auth_token: str
    telco_keys: dict[str, str]
    """What opens the simulated Zalo and eSMS, by name."""

    @property
    def database_url(self) -> str:
        """SQLite in a file of the folder."""
        return f"sqlite:///{self.folder / 'loa.db'}"

    @property
    def database_files(self) -> list[Path]:
        """The database and what SQLite keeps beside it."""
        return sorted(self.folder.glob("loa.db*"))

    @property
    def web_url(self) -> str:
        """Where browsers and the simulated telco reach the web."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def telco_url(self) -> str:
        """Where the simulated telco answers."""
        return f"http://127.0.0.1:{self.telco_port}"

    @property
    def handsets(self) -> Path:
        """The phones on the wall."""
        return self.folder / "handsets.json"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.folder / "logs"


@contextmanager
def occupy(folder: Path) -> Iterator[None]:
    """Hold the folder for one demo. Raises AlreadyRunningError when it is taken."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(str(folder)) from error
        yield


def clear(folder: Path) -> None:
    """Forget the demo: its database, phones, keys and logs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def settle(folder: Path) -> Place:
    """Read what an earlier run chose, or choose; a port now taken is chosen anew."""
    chosen = folder / "place.json"
    kept = json.loads(chosen.read_text("utf-8")) if chosen.exists() else {}
    ports = _ports(kept)
    place = Place(
        folder=folder.resolve(),
        **ports,
        secret_key=kept.get("secret_key") or secrets.token_hex(32),
        account_sid=kept.get("account_sid") or f"AC{secrets.token_hex(16)}",
        auth_token=kept.get("auth_token") or secrets.token_hex(16),
        telco_keys=_keys(kept.get("telco_keys") or {}),
    )
    place.logs.mkdir(exist_ok=True)
    facts = {key: value for key, value in asdict(place).items() if key != "folder"}
    draft = folder / "place.json.new"
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        json.dump(facts, file)
    draft.replace(chosen)
    return place


def _keys(kept: Mapping[str, str]) -> dict[str, str]:
    return {name: kept.get(name) or secrets.token_hex(16) for name in TELCO_KEYS}


def _ports(kept: Mapping[str, int]) -> dict[str, int]:
    taken: set[int] = set()
    ports: dict[str, int] = {}
    for name, first in FIRST_CHOICE.items():
        key = f"{name}_port"
        wanted = [kept[key]] if key in kept else []
        port = next(
            (
                candidate
                for candidate in [*wanted, first]
                if candidate not in taken and _is_free(candidate)
            ),
            None,
        ) or _any_free(taken)
        ports[key] = port
        taken.add(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_free(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port
