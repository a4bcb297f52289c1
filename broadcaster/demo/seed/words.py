"""What the seed is made of: syllables of names, notices, and the phones on the wall."""

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from subscriptions.tables.households import Tag

DATA = resources.files(__package__) / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class WallPerson:
    """A resident whose phone hangs on the wall, as the table has them."""

    e164: str
    label: str
    full_name: str
    age: int
    group: int
    tags: frozenset[Tag]
    model: str
    skin: str
    state: str
    agrees: bool
    shares: bool
    """With who else is old at home."""
    job: str


@cache
def wall() -> tuple[WallPerson, ...]:
    """Return the people of the wall, in the order of their phones."""
    rows = csv.DictReader((DATA / "wall.csv").read_text("utf-8").splitlines())
    return tuple(
        WallPerson(
            e164=row["e164"],
            label=row["label"],
            full_name=row["full_name"],
            age=int(row["age"]),
            group=int(row["group"]),
            tags=frozenset(Tag(word) for word in row["tags"].split()),
            model=row["model"],
            skin=row["skin"],
            state=row["state"],
            agrees=row["agrees"] == "yes",
            shares=row["shares"] == "yes",
            job=row["job"],
        )
        for row in rows
    )


@cache
def syllables() -> dict[str, list[str]]:
    """Return the words that names and addresses are made of."""
    return _table("people.toml")


@cache
def notices() -> dict[str, dict[str, Any]]:
    """Return what the ward says: topic, body, accented."""
    return _table("notices.toml")


@cache
def inbox() -> dict[str, list[str]]:
    """Return what residents write: to be left alone, and other things."""
    return _table("inbox.toml")


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text("utf-8"))
