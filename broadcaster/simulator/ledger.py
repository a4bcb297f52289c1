"""SQLite in one writing thread: what is awaited as durable survives kill -9.

Writes that arrive while a transaction commits share the next one, so that the cost of
committing is shared by all that wait and a lone write still waits for one commit only.
"""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

Values = Sequence[object] | Mapping[str, object]
SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL,
    sender TEXT NOT NULL, service TEXT NOT NULL, body TEXT NOT NULL,
    parts INTEGER NOT NULL, callback TEXT NOT NULL, validity_s INTEGER NOT NULL,
    direction TEXT NOT NULL, status TEXT NOT NULL, error INTEGER NOT NULL,
    created REAL NOT NULL, sent REAL NOT NULL, finished REAL NOT NULL,
    wire TEXT NOT NULL, price INTEGER NOT NULL, details TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS texts_of ON texts (recipient, seq);
CREATE TABLE IF NOT EXISTS receipts (
    key INTEGER PRIMARY KEY, sid TEXT NOT NULL, status TEXT NOT NULL,
    error INTEGER NOT NULL, due REAL NOT NULL, attempt INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS inbound (
    sid TEXT PRIMARY KEY, handset TEXT NOT NULL, service_number TEXT NOT NULL,
    body TEXT NOT NULL, created REAL NOT NULL, state TEXT NOT NULL,
    attempt INTEGER NOT NULL, wire TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS inbound_of ON inbound (handset, created);
CREATE TABLE IF NOT EXISTS handsets (e164 TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS zalo_people (
    e164 TEXT PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, has_zalo INTEGER,
    is_following INTEGER NOT NULL, refuses INTEGER NOT NULL, talked_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS zalo_events (
    key TEXT PRIMARY KEY, body TEXT NOT NULL, sid TEXT NOT NULL,
    attempt INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Ledger:
    """Hold the state of one simulated network in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open or create the ledger; the folder is made when absent."""
        folder.mkdir(parents=True, exist_ok=True)
        path = str(folder / "wires.sqlite3")
        self._writer = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None, cached_statements=256
        )
        self._writer.execute("PRAGMA journal_mode=WAL")
        # NORMAL keeps what a killed process committed; only a power cut may lose it.
        self._writer.execute("PRAGMA synchronous=NORMAL")
        self._writer.executescript(SCHEMA)
        self._reader = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None
        )
        self._reader.row_factory = sqlite3.Row
        self._write_thread = ThreadPoolExecutor(1, "ledger-write")
        self._read_thread = ThreadPoolExecutor(1, "ledger-read")
        self._batch: list[tuple[str, Values]] = []
        self._queued: asyncio.Future[None] | None = None
        self._under_way: asyncio.Future[None] | None = None
        self._committing: asyncio.Task[None] | None = None

    def write(self, sql: str, values: Values = ()) -> None:
        """Queue one statement; statements run in the order they were queued."""
        self._batch.append((sql, values))
        if self._queued is None:
            self._queued = asyncio.get_running_loop().create_future()
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_until_empty())

    async def durable(self) -> None:
        """Wait until everything queued so far is committed."""
        youngest = self._queued or self._under_way
        if youngest is not None:
            await asyncio.shield(youngest)

    async def read(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """Run a query over what is committed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._read_thread, self._query, sql, values)

    def read_at_start(self, sql: str) -> list[sqlite3.Row]:
        """Run a query and wait for it: only before the network serves anyone."""
        return self._query(sql, ())

    async def close(self) -> None:
        """Commit what is queued and close the files."""
        await self.durable()
        self._write_thread.shutdown()
        self._read_thread.shutdown()
        self._reader.close()
        self._writer.close()

    def _query(self, sql: str, values: Values) -> list[sqlite3.Row]:
        return self._reader.execute(sql, values).fetchall()

    async def _commit_until_empty(self) -> None:
        loop = asyncio.get_running_loop()
        while self._batch:
            batch, self._batch = self._batch, []
            self._under_way, self._queued = self._queued, None
            work = loop.run_in_executor(self._write_thread, self._commit, batch)
            try:
                await work
            finally:
                if self._under_way is not None:
                    _pass_on(work, self._under_way)
                self._under_way = None

    def _commit(self, batch: list[tuple[str, Values]]) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in batch:
                self._writer.execute(sql, values)
        except sqlite3.Error:
            self._writer.execute("ROLLBACK")
            raise
        self._writer.execute("COMMIT")


def _pass_on(work: asyncio.Future[None], to: asyncio.Future[None]) -> None:
    """Tell those who wait how a commit ended."""
    if work.cancelled():
        to.cancel()
    elif work.exception() is not None:
        to.set_exception(work.exception() or RuntimeError())
    else:
        to.set_result(None)
