"""Lines of a chat or an address book, read into people, doors and phones.

A leader pastes what neighbours wrote. Nothing is decided here: a person looks at each
line, beside the words it was read from, before any of it is saved.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from subscriptions.phone_cells import LOOK_ALIKES

_LABELS = r"(?:số\s+)?(?:điện thoại|dien thoai|đtdđ|sđt|sdt|đt|tel|phone|mobile|zalo)"
_TITLES = "anh|chị|cô|chú|bác|ông|bà|cụ|dì|cậu|em"
_DOOR_WORDS = r"căn hộ|căn|phòng|số nhà|nhà số|nhà|hộ|số|sn|tầng|tòa|toà|lô|p"
_ROADS = r"ngõ|ngách|hẻm|kiệt|đường|phố|tòa|toà|tầng|block"
_PLATE = r"[a-zđ]{0,3}\d[\w/.\-]*(?:\s*·\s*\w*\d\w*)?"

_STAMP = re.compile(r"^\s*\[[^\]]{0,40}\d{1,2}:\d{2}[^\]]{0,40}\]")
_ORDINAL = re.compile(r"^\s*(?:\d{1,3}\s*[.)]\s*(?=[^\W\d])|[-•*]\s+)")
_LABEL = re.compile(rf"(?<!\w){_LABELS}(?![^\W\d])\s*[.:]?", re.I)
_NOTE = re.compile(r"\(([^()]*)\)")
_PIECES = re.compile(r"[,;:|\t]|\s[-–—]|[-–—]\s")
_DATE = re.compile(r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)")
_LETTERS = "".join(LOOK_ALIKES)
# a name is often glued to a whole number; anything else must stand by itself
_GROUP = re.compile(
    rf"(?<!\d)0\d{{8,10}}(?!\d)|(?<!\w)[+(]{{0,2}}[\d{_LETTERS}]+\)?(?!\w)"
)
_GAP = re.compile(r"[ .\-–]{0,3}")
_TITLE = re.compile(rf"^(?:{_TITLES})\s+(?=\S)", re.I)
_DOOR_FIRST = re.compile(
    rf"^(?:(?P<word>{_DOOR_WORDS})[\s.]*)?{_PLATE}"
    rf"(?P<road>(?:\s+(?:{_ROADS})\s+[\w/.\-]+)*)(?=\s|$)",
    re.I,
)
_DOOR_LAST = re.compile(rf"(?<=\s)(?:(?:{_DOOR_WORDS})[\s.]*)?{_PLATE}$", re.I)
_YEAR = re.compile(r"(?:19|20)\d\d")

_FEWEST_DIGITS = 7
_WHOLE_DIGITS = 8
_CHUNK_DIGITS = 4
"""Digits that people write between two spaces of one number, at most."""
_NAME_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class PastedLine:
    """What one line was read as; `row` is its place in the text, from 1.

    `phones` are as they were written: ask `read_phone`. `note` is all that was none
    of the rest.
    """

    row: int
    text: str = field(repr=False)
    full_name: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    note: str = field(default="", repr=False)


def read_pasted(text: str) -> tuple[PastedLine, ...]:
    """Read pasted text line by line; a lone number belongs to the name above it.

    A title before a name ("cô Lan") is left out of the name, a list's own counting
    out of everything. Lines without a letter or a digit are skipped.
    """
    found: list[PastedLine] = []
    for row, line in enumerate(text.splitlines(), start=1):
        if not any(character.isalnum() for character in line):
            continue
        read = _read_line(row, _plain(line))
        bare = not (read.full_name or read.address or read.note)
        if bare and found and not found[-1].phones:
            above = found.pop()
            whole = f"{above.text} {read.text}"
            read = replace(above, text=whole, phones=read.phones)
        found.append(read)
    return tuple(found)


def _plain(line: str) -> str:
    """Compose letters, drop invisible marks, make every space an ordinary one."""
    kept = (c for c in line if unicodedata.category(c) != "Cf")
    spaced = (" " if unicodedata.category(c) == "Zs" else c for c in kept)
    return unicodedata.normalize("NFC", "".join(spaced)).strip()


def _read_line(row: int, line: str) -> PastedLine:
    words = _ORDINAL.sub("", _STAMP.sub("", line))
    phones, words = _take_phones(_LABEL.sub(" ", words))
    notes = [note.strip() for note in _NOTE.findall(words)]
    pieces = [
        piece
        for part in _PIECES.split(_NOTE.sub("|", words))
        if (piece := part.strip(" .·-–—/&"))
    ]
    name, address, rest = _name_and_door(pieces)
    return PastedLine(
        row=row,
        text=line,
        full_name=name,
        address=address,
        phones=phones,
        note="; ".join(note for note in [*rest, *notes] if note),
    )


def _name_and_door(pieces: Sequence[str]) -> tuple[str, str, list[str]]:
    """Return the first name, the first door, and the pieces that are neither."""
    name, address = "", ""
    rest: list[str] = []
    for place, piece in enumerate(pieces):
        more_follows = place + 1 < len(pieces)
        door, other = _split_door(piece, more_follows=more_follows)
        if door and address:
            door, other = "", piece
        address = address or door
        if other and not name and _may_be_name(other):
            name = _as_name(other)
        elif other:
            rest.append(other)
    return name, address, rest


def _split_door(piece: str, *, more_follows: bool) -> tuple[str, str]:
    """Cut the door off a piece; a street's own name stays with its number."""
    first = _DOOR_FIRST.match(piece)
    if first:
        other = piece[first.end() :].strip()
        on_street = first["road"] or (first["word"] or "").lower() in ("số", "số nhà")
        if other and on_street and more_follows and not _TITLE.match(other):
            return piece, ""
        return first[0].strip(), other
    last = _DOOR_LAST.search(piece)
    if last and not _YEAR.fullmatch(last[0]):
        return last[0], piece[: last.start()].strip()
    return "", piece


def _may_be_name(words: str) -> bool:
    has_digit = any(character.isdigit() for character in words)
    return not has_digit and len(words.split()) <= _NAME_WORDS


def _as_name(words: str) -> str:
    name = _TITLE.sub("", words)
    return name.title() if name.islower() else name


def _take_phones(line: str) -> tuple[tuple[str, ...], str]:
    """Cut the phone numbers out of a line, leaving a bar where each stood."""
    dates = [match.span() for match in _DATE.finditer(line)]
    groups = [
        match
        for match in _GROUP.finditer(line)
        if _is_mostly_digits(match[0])
        and not any(start <= match.start() < end for start, end in dates)
    ]
    phones: list[str] = []
    words, done = "", 0
    while groups:
        taken = _count_groups(line, groups)
        if taken:
            start, end = groups[0].start(), groups[taken - 1].end()
            phones.append(line[start:end].strip())
            words, done = f"{words}{line[done:start]}|", end
        groups = groups[taken or 1 :]
    return tuple(phones), words + line[done:]


def _count_groups(line: str, groups: Sequence[re.Match[str]]) -> int:
    """Count the groups of digits that the number beginning here has, 0 for none."""
    digits = _digits(groups[0][0])
    if not (digits.startswith(("0", "84")) or groups[0][0].startswith("+")):
        return 1 if len(digits) >= _WHOLE_DIGITS else 0
    taken = 1
    for before, after in pairwise(groups):
        lacking = _full_length(digits) - len(digits)
        more = _digits(after[0])
        if lacking <= 0 or len(more) > max(lacking, _CHUNK_DIGITS):
            break
        if not _GAP.fullmatch(line[before.end() : after.start()]):
            break
        digits, taken = digits + more, taken + 1
    return taken if len(digits) >= _FEWEST_DIGITS else 0


def _full_length(digits: str) -> int:
    """Return how many digits a number that begins so has, old eleven included."""
    lead = 2 if digits.startswith("84") else 1
    return lead + (10 if digits[lead : lead + 1] in ("1", "2") else 9)


def _digits(group: str) -> str:
    read = "".join(LOOK_ALIKES.get(character, character) for character in group)
    return "".join(character for character in read if character.isdigit())


def _is_mostly_digits(group: str) -> bool:
    digits = sum(character.isdigit() for character in group)
    letters = sum(character.isalpha() for character in group)
    return digits > letters
