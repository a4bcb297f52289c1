"""The network's records in the ledger's words: what is written, what is read."""

import json
import sqlite3
from dataclasses import asdict, astuple, dataclass

from broadcaster.simulator.ledger import Ledger, Values
from broadcaster.simulator.records import (
    Direction,
    Inbound,
    InboundState,
    Receipt,
    Status,
    Text,
    Wire,
)

FAR = 1e12
"""A moment after all others, in Unix seconds."""
ADD_TEXT = "INSERT INTO texts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
MOVE_TEXT = "UPDATE texts SET status=?, error=?, sent=?, finished=? WHERE seq=?"
OWE = "INSERT INTO receipts VALUES (?,?,?,?,?,?)"
POSTPONE = "UPDATE receipts SET due=?, attempt=? WHERE key=?"
SETTLE = "DELETE FROM receipts WHERE key=?"
KEEP_INBOUND = "INSERT OR REPLACE INTO inbound VALUES (?,?,?,?,?,?,?,?)"
KEEP_SETTING = "INSERT OR REPLACE INTO settings VALUES (?,?)"
KEEP_HANDSET = "INSERT OR REPLACE INTO handsets VALUES (?,?)"
FORGET = (
    "DELETE FROM texts",
    "DELETE FROM receipts",
    "DELETE FROM inbound",
    "DELETE FROM handsets",
    "DELETE FROM zalo_people",
    "DELETE FROM zalo_events",
)
FILTER = """(:sender = '' OR sender = :sender) AND (:status = '' OR status = :status)
    AND coalesce(nullif(sent, 0), created) BETWEEN :sent_from AND :sent_until
    AND created <= :taken_until AND seq > :after AND seq < :before
    ORDER BY seq DESC LIMIT :limit"""
LIST = " ".join(("SELECT * FROM texts WHERE", FILTER))
LIST_OF_NUMBER = " ".join(
    ("SELECT * FROM texts WHERE recipient = :recipient AND", FILTER)
)
TALLY = """SELECT count(*) AS taken, coalesce(sum(status='delivered'),0) AS delivered,
    coalesce(sum(status='undelivered'),0) AS failed, coalesce(sum(parts),0) AS parts,
    coalesce(max(seq),0) AS last FROM texts"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which texts to list: times in Unix seconds, `after` and `before` as seq."""

    recipient: str = ""
    sender: str = ""
    status: str = ""
    sent_from: float = 0.0
    sent_until: float = FAR
    taken_until: float = FAR
    after: int = 0
    before: int = 2**62
    limit: int = 2**31


def text_from(row: sqlite3.Row) -> Text:
    """Rebuild a text from its row."""
    facts = dict(row)
    facts["status"] = Status(facts["status"])
    facts["direction"] = Direction(facts["direction"])
    facts["wire"] = Wire(facts["wire"])
    return Text(**facts)


def inbound_from(row: sqlite3.Row) -> Inbound:
    """Rebuild a resident's text from its row."""
    facts = dict(row)
    facts["state"] = InboundState(facts["state"])
    facts["wire"] = Wire(facts["wire"])
    return Inbound(**facts)


def _receipt_from(row: sqlite3.Row) -> Receipt:
    facts = dict(row)
    facts["status"] = Status(facts["status"])
    return Receipt(**facts)


class Book:
    """Write and read the network's records."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add_text(self, text: Text) -> None:
        """Queue a new text."""
        self._ledger.write(ADD_TEXT, astuple(text))

    def move_text(self, text: Text) -> None:
        """Queue the text's new state."""
        values = (text.status, text.error, text.sent, text.finished, text.seq)
        self._ledger.write(MOVE_TEXT, values)

    def owe(self, receipt: Receipt) -> None:
        """Queue a receipt that must be posted."""
        self._ledger.write(OWE, astuple(receipt))

    def postpone(self, receipt: Receipt) -> None:
        """Queue a receipt's next attempt."""
        self._ledger.write(POSTPONE, (receipt.due, receipt.attempt, receipt.key))

    def settle(self, receipt: Receipt) -> None:
        """Forget a receipt that was taken, or given up."""
        self._ledger.write(SETTLE, (receipt.key,))

    def keep_inbound(self, inbound: Inbound) -> None:
        """Queue a resident's text, new or changed."""
        self._ledger.write(KEEP_INBOUND, astuple(inbound))

    def keep_handset(self, e164: str, state: str) -> None:
        """Queue a handset's state."""
        self._ledger.write(KEEP_HANDSET, (e164, state))

    def keep_setting(self, name: str, value: object) -> None:
        """Queue a setting as JSON."""
        self._ledger.write(KEEP_SETTING, (name, json.dumps(value)))

    def forget_all(self) -> None:
        """Queue the end of every text, receipt and handset state."""
        for sql in FORGET:
            self._ledger.write(sql)

    def write(self, sql: str, values: Values = ()) -> None:
        """Queue a statement of a wire's own tables."""
        self._ledger.write(sql, values)

    def read_at_start(self, sql: str) -> list[sqlite3.Row]:
        """Query a wire's own tables; at start only."""
        return self._ledger.read_at_start(sql)

    async def durable(self) -> None:
        """Wait until all that was queued is committed."""
        await self._ledger.durable()

    def settings(self) -> dict[str, object]:
        """Return every setting; at start only."""
        rows = self._ledger.read_at_start("SELECT * FROM settings")
        return {row["name"]: json.loads(row["value"]) for row in rows}

    def handset_states(self) -> dict[str, str]:
        """Return the handsets' kept states; at start only."""
        rows = self._ledger.read_at_start("SELECT * FROM handsets")
        return {row["e164"]: row["state"] for row in rows}

    def tally(self) -> dict[str, int]:
        """Count what was taken, delivered and failed; at start only."""
        return dict(self._ledger.read_at_start(TALLY)[0])

    def texts_of(self, wire: Wire) -> list[Text]:
        """List every text that came by a wire; at start only."""
        rows = self._ledger.read_at_start("SELECT * FROM texts ORDER BY seq")
        return [text_from(row) for row in rows if row["wire"] == wire]

    def unfinished_texts(self) -> list[Text]:
        """List the texts still on their way; at start only."""
        rows = self._ledger.read_at_start(
            "SELECT * FROM texts WHERE status NOT IN ('delivered','undelivered')"
            " OR sid IN (SELECT sid FROM receipts) ORDER BY seq"
        )
        return [text_from(row) for row in rows]

    def owed_receipts(self) -> list[Receipt]:
        """List the receipts still to be posted; at start only."""
        rows = self._ledger.read_at_start("SELECT * FROM receipts ORDER BY key")
        return [_receipt_from(row) for row in rows]

    def unsent_inbound(self, wire: Wire) -> list[Inbound]:
        """List the residents' texts still on their way by a wire; at start only."""
        rows = self._ledger.read_at_start("SELECT * FROM inbound WHERE state='sending'")
        found = [inbound_from(row) for row in rows]
        return [inbound for inbound in found if inbound.wire is wire]

    async def find_text(self, sid: str) -> Text | None:
        """Find a text by its sid."""
        rows = await self._ledger.read("SELECT * FROM texts WHERE sid=?", (sid,))
        return text_from(rows[0]) if rows else None

    async def list_texts(self, wanted: Wanted) -> list[Text]:
        """List texts, newest first."""
        sql = LIST_OF_NUMBER if wanted.recipient else LIST
        rows = await self._ledger.read(sql, asdict(wanted))
        return [text_from(row) for row in rows]

    async def list_inbound(self, handset: str, *, limit: int) -> list[Inbound]:
        """List what a resident wrote, newest first."""
        rows = await self._ledger.read(
            "SELECT * FROM inbound WHERE handset=? ORDER BY created DESC LIMIT ?",
            (handset, limit),
        )
        return [inbound_from(row) for row in rows]
