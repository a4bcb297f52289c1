"""The words of an audience: groups as people say them, and what narrows them."""

import re
from collections.abc import Collection, Iterable
from itertools import groupby

from subscriptions.tables.households import Tag
from subscriptions.tables.places import ResidentialGroup
from templates import read_words

_SHORTEST_RANGE = 3
_NUMBERED = re.compile(r"(?P<name>.*?)\s*0*(?P<number>[0-9]+)")


def say(key: str, **facts: object) -> str:
    """Return the words of `key`. Raises KeyError when nobody wrote them."""
    return read_words("audience")[key].format(**facts)


def say_count(key: str, count: int) -> str:
    """Return the words of `key` with a count; nothing for none."""
    return say(key, count=count) if count else ""


def describe(*, named: Iterable[str], but: Iterable[str], tags: Collection[Tag]) -> str:
    """Return the whole sentence: who is named, who is not, and with which tags."""
    who = say("and").join(filter(None, named)) or say("nobody")
    excluded = say("and").join(filter(None, but))
    if excluded:
        who = say("except", who=who, excluded=excluded)
    if not tags:
        return who
    words = read_words("tags")
    any_of = say("or").join(words[tag] for tag in Tag if tag in tags)
    return say("narrowed", who=who, tags=any_of)


def name_groups(groups: Iterable[ResidentialGroup]) -> str:
    """Name groups in their order, runs of numbers in short: "Tổ 1–4, 6, Thôn Đoài"."""
    numbered: dict[str, set[int]] = {}
    others: list[str] = []
    for group in groups:
        parts = _NUMBERED.fullmatch(group.name)
        if parts and int(parts["number"]) == group.number:
            numbered.setdefault(parts["name"], set()).add(group.number)
        else:
            others.append(group.name)
    names = [f"{name} {_runs(numbers)}" for name, numbers in numbered.items()]
    return ", ".join([*names, *others])


def _runs(numbers: Iterable[int]) -> str:
    """Write numbers in short: 1, 2, 4, 5, 6 gives "1, 2, 4–6"."""
    words: list[str] = []
    # in a run, a number and its place grow together
    for _, run in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        if len(members) < _SHORTEST_RANGE:
            words.extend(map(str, members))
        else:
            words.append(f"{members[0]}–{members[-1]}")
    return ", ".join(words)
