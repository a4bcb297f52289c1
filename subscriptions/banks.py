"""Banks by the number that the payments network knows them by."""

import csv
from dataclasses import dataclass
from importlib import resources

SEEN = "seen in public samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A bank: its six-digit number (BIN), its short code, the name people know."""

    bin: str
    code: str
    name: str
    is_seen: bool
    """Whether its number was seen in use; the others are to be tried by a scan."""


def _banks() -> dict[str, Bank]:
    source = resources.files("subscriptions") / "data" / "bank_bins.csv"
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {
        row["bin"]: Bank(
            bin=row["bin"],
            code=row["short"],
            name=row["name"],
            is_seen=row["source"] == SEEN,
        )
        for row in rows
    }


BANKS = _banks()
"""By BIN, in the order in which they are offered."""
