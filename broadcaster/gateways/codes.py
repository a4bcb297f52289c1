"""Vendors' own codes as ours: a table beside each adapter, the unknown included."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from broadcaster.ports import Blame, Verdict

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFacts:
    """What one of a vendor's codes lets us do next, and who has to mend it."""

    verdict: Verdict
    blame: Blame | None
    meaning: str = ""
    wait_s: float | None = None
    """How long to leave such texts alone, where the vendor does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """A vendor's codes. What is not in it is of the table's own unknown class."""

    rows: Mapping[str, CodeFacts]

    def facts(self, code: str) -> CodeFacts:
        """Return what a code means, a code that nobody wrote down included."""
        return self.rows.get(code) or self.rows[UNKNOWN]


def read_codes(name: str) -> CodeTable:
    """Read a table: columns code, verdict, blame, meaning. Raises ValueError.

    `name` is a file beside this one. It has a row called unknown, and may have a
    column wait_s.
    """
    path = resources.files("broadcaster.gateways") / name
    with path.open(encoding="utf-8") as file:
        rows = {
            row["code"]: CodeFacts(
                verdict=Verdict(row["verdict"]),
                blame=Blame(row["blame"]) if row["blame"] else None,
                meaning=row.get("meaning") or "",
                wait_s=float(row["wait_s"]) if row.get("wait_s") else None,
            )
            for row in csv.DictReader(file)
        }
    if UNKNOWN not in rows:
        raise ValueError(f"{name} has no row called {UNKNOWN}")
    return CodeTable(rows=rows)
