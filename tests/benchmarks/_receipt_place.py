"""An installation that takes reports: web server, reader, database, texts and load."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import func, insert, select
from twilio.request_validator import RequestValidator

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.announcements import Lane
from broadcaster.store.tables.messages import Message, MessageKind, RawCallback
from subscriptions.tables.base import new_public_id
from tests.benchmarks import _callbacks, _interpreter, _rival_views
from tests.benchmarks._usage import (
    children_of,
    cpu_seconds,
    family_cpu_seconds,
    peak_mb,
)
from tests.builders.people import NOW, a_ward
from tests.servers import PostgresServer
from tests.telco import ACCOUNT, ROOT, TOKEN, until

CONNECTIONS = 64
PUBLIC_URL = "https://loa.example"
WITHIN_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests ready to be posted, and the texts they speak of."""

    file: Path
    references: list[UUID]

    @property
    def reports(self) -> int:
        """Each text is reported sent, then delivered."""
        return 2 * len(self.references)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """CPU seconds of everything that takes part, the machine's other work left out."""

    web: float
    reader: float
    database: float
    load: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What runs while it is measured."""

    database: Database
    folder: Path
    port: int
    web: int
    reader: int
    postmaster: int
    ward_id: int

    def prepare(self, view: str, *, texts: int, has_texts: bool) -> Load:
        """Sign what is reported of texts, and put them into the outbox if asked to."""
        references = [new_public_id() for _ in range(texts)]
        if has_texts:
            rows = [_accepted(self.ward_id, reference) for reference in references]
            with self.database.writing() as session:
                session.execute(insert(Message), rows)
        file = self.folder / "load"
        requests = [
            _request(view, str(reference), word)
            for word in ("sent", "delivered")
            for reference in references
        ]
        file.write_text("".join(json.dumps(each) + "\n" for each in requests), "utf-8")
        return Load(file=file, references=references)

    def post(self, load: Load) -> float:
        """Post it all from a process of its own; return the CPU seconds it used.

        Raises AssertionError unless each was answered 204.
        """
        command = [sys.executable, "-m", _callbacks.__name__]
        command += [str(self.port), str(CONNECTIONS), str(load.file)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        told = json.loads(done.stdout)
        if told["kept"] != load.reports:
            raise AssertionError(f"{told['kept']} of {load.reports} were taken")
        return float(told["cpu"])

    def wait_until_read(self) -> None:
        """Return once no report waits."""
        query = select(RawCallback.id).where(RawCallback.interpreted_at.is_(None))

        def is_read() -> bool:
            with self.database.reading() as session:
                return session.execute(query.limit(1)).first() is None

        until(is_read, within_s=WITHIN_S)

    def check_delivered(self, load: Load) -> None:
        """Raise AssertionError unless every text is delivered."""
        query = select(func.count()).where(
            Message.public_id.in_(load.references),
            Message.state == MessageState.DELIVERED,
        )
        with self.database.reading() as session:
            found = session.scalar(query)
        if found != len(load.references):
            raise AssertionError(f"{found} of {len(load.references)} are delivered")

    def used(self) -> Used:
        """Return what the parts have used so far; the load's share is not known."""
        return Used(
            web=sum(map(cpu_seconds, children_of(self.web))),
            reader=cpu_seconds(self.reader),
            database=family_cpu_seconds(self.postmaster),
        )

    def peak_mb(self) -> tuple[float, float]:
        """Return the peaks of the largest web process and of the reader."""
        return max(map(peak_mb, children_of(self.web))), peak_mb(self.reader)


@contextmanager
def place(folder: Path, postgres: PostgresServer) -> Iterator[Place]:
    """Run the web server and the reader on a new database until the block ends."""
    url = postgres.create_database("loa")
    upgrade(url)
    database = Database(create_engine_for(url))
    with database.writing() as session:
        ward_id = a_ward(session).id
    port = _free_port()
    environ = os.environ | _environ(url)
    with (
        _process(web_command(port), environ, log=folder / "web.log") as web,
        _process(
            [sys.executable, "-m", _interpreter.__name__],
            environ,
            log=folder / "reader.log",
        ) as reader,
    ):
        until(lambda: _answers(port), within_s=WITHIN_S)
        yield Place(
            database=database,
            folder=folder,
            port=port,
            web=web.pid,
            reader=reader.pid,
            postmaster=_postmaster(postgres),
            ward_id=ward_id,
        )
    database.engine.dispose()


def web_command(port: int) -> list[str]:
    """Return the Procfile's web line, for the application with two views more."""
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    line = next(line for line in lines if line.startswith("web:"))
    words = shlex.split(line.removeprefix("web:"))
    program = Path(sys.executable).with_name(Path(words[0]).name)
    bind = f"127.0.0.1:{port}"
    rest = [bind if "PORT" in word else word for word in words[1:-1]]
    return [str(program), *rest, f"{_rival_views.__name__}:make()"]


def _environ(url: str) -> dict[str, str]:
    return {
        "LOA_DATABASE_URL": url,
        "LOA_REDIS_URL": "redis://127.0.0.1:1/0",
        "LOA_SECRET_KEY": "a secret of the measurements, long enough",
        "LOA_PUBLIC_URL": PUBLIC_URL,
        "LOA_GATEWAY": "twilio",
        "LOA_GATEWAY_ACCOUNT_SID": ACCOUNT,
        "LOA_GATEWAY_AUTH_TOKEN": TOKEN,
        "LOA_GATEWAY_RECEIPT_KIND": "handset",
    }


def _accepted(ward_id: int, reference: UUID) -> dict[str, object]:
    return {
        "public_id": reference,
        "ward_id": ward_id,
        "kind": MessageKind.REPLY,
        "to": "+84912000001",
        "sender": "PHOASUA",
        "text": "Thong bao: 7h30 ngay 12/10 tra luong huu tai nha van hoa to 5.",
        "encoding": "GSM7",
        "segments": 1,
        "carrier": "vinaphone",
        "gateway": "twilio",
        "lane": Lane.NOTICE,
        "state": MessageState.ACCEPTED,
        "attempts": 1,
        "due_at": NOW,
        "submitted_at": NOW,
        "accepted_at": NOW,
        "usage_day": NOW.date(),
        "usage_month": NOW.date().replace(day=1),
        "provider_id": f"SM{reference.hex}",
        "created_at": NOW,
    }


def _request(view: str, reference: str, word: str) -> str:
    sid = "SM" + reference.replace("-", "")
    form = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": "PHOASUA",
        "MessageSid": sid,
        "MessageStatus": word,
        "SmsSid": sid,
        "SmsStatus": word,
        "To": "+84912000001",
    }
    path, body = f"{view}{reference}", urlencode(form)
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, form)
    head = [
        f"POST {path} HTTP/1.1",
        "Host: loa.example",
        "User-Agent: TwilioProxy/1.1",
        "Accept: */*",
        "X-Forwarded-Proto: https",
        f"X-Twilio-Signature: {signature}",
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", body])


@contextmanager
def _process(
    command: list[str], environ: dict[str, str], *, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def _postmaster(postgres: PostgresServer) -> int:
    lines = (postgres.folder / "data" / "postmaster.pid").read_text("ascii")
    return int(lines.split()[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
