"""Numbers that are counted only so far: a page must not wait for a million rows."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many there are, or where counting stopped: then there are more."""

    number: int = 0
    is_more: bool = False

    def __add__(self, other: "Counted") -> "Counted":
        """Add up; what is not known to its end stays so."""
        return Counted(
            number=self.number + other.number, is_more=self.is_more or other.is_more
        )


def up_to(cap: int, number: int) -> Counted:
    """Read a number that was counted up to `cap` + 1."""
    return Counted(number=min(number, cap), is_more=number > cap)


def count_up_to(cap: int, rows: Select[*tuple[Any, ...]]) -> ScalarSelect[int]:
    """Return the number of rows, counted up to `cap` + 1, as part of a statement."""
    return (
        select(func.count()).select_from(rows.limit(cap + 1).subquery())
    ).scalar_subquery()
