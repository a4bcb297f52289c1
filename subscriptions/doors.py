"""Doors in the order a leader walks: what follows the one just enrolled."""

import re

_LAST_NUMBER = re.compile(r"\d+(?=\s*$)")
_STREET_DOOR = re.compile(r"^(?P<before>(?:số|sn)\s*)(?P<number>\d+)(?=\D|$)", re.I)
_OTHER_SIDE = 2
"""Odd and even numbers of a street face each other."""


def next_door(address: str) -> str:
    """Propose the door after this one, keeping the building or the street.

    `A1 · 1204` is followed by `A1 · 1205` and `Số 69 ngách 12/4 Nguyễn Tuân` by
    `Số 71 ngách 12/4 Nguyễn Tuân`. An address that no number ends or begins is kept
    as it is.
    """
    at_street = _STREET_DOOR.match(address)
    if at_street:
        after = int(at_street["number"]) + _OTHER_SIDE
        return f"{at_street['before']}{after}{address[at_street.end() :]}"
    last = _LAST_NUMBER.search(address)
    if last is None:
        return address
    following = str(int(last[0]) + 1).zfill(len(last[0]))
    return f"{address[: last.start()]}{following}"
