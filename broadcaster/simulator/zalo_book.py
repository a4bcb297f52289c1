"""What the simulated Zalo writes down: people, and events still to be posted."""

import json
from collections.abc import Mapping
from typing import Any

from broadcaster.simulator.book import Book

KEEP_PERSON = """INSERT OR REPLACE INTO zalo_people VALUES
    (:e164, :user_id, :has_zalo, :is_following, :refuses, :talked_at)"""
KEEP_EVENT = "INSERT OR REPLACE INTO zalo_events VALUES (?,?,?,?)"
SETTLE_EVENT = "DELETE FROM zalo_events WHERE key=?"
TAKEN = "SELECT details, created FROM texts WHERE wire='zalo'"


class ZaloBook:
    """Write and read Zalo's own records in the network's ledger."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def keep_person(self, person: Mapping[str, object]) -> None:
        """Queue what is known of somebody."""
        self._book.write(KEEP_PERSON, person)

    def keep_event(self, key: str, *, body: str, sid: str, attempt: int) -> None:
        """Queue an event that must be posted; `sid` is the resident's text in it."""
        self._book.write(KEEP_EVENT, (key, body, sid, attempt))

    def settle_event(self, key: str) -> None:
        """Forget an event that was taken, or given up."""
        self._book.write(SETTLE_EVENT, (key,))

    def people(self) -> list[dict[str, Any]]:
        """List everybody of whom anything is known; at start only."""
        people = []
        for row in self._book.read_at_start("SELECT * FROM zalo_people"):
            facts = dict(row)
            for name in ("is_following", "refuses"):
                facts[name] = bool(facts[name])
            if facts["has_zalo"] is not None:
                facts["has_zalo"] = bool(facts["has_zalo"])
            people.append(facts)
        return people

    def events(self) -> list[dict[str, Any]]:
        """List the events still to be posted; at start only."""
        rows = self._book.read_at_start("SELECT * FROM zalo_events ORDER BY rowid")
        return [dict(row) for row in rows]

    def taken(self) -> list[tuple[str, float]]:
        """List the template of each message and when it was taken; at start only."""
        return [
            (json.loads(row["details"]).get("template_id", ""), row["created"])
            for row in self._book.read_at_start(TAKEN)
        ]
