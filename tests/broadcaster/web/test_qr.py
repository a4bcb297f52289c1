"""A transfer's QR is drawn small and whole."""

import re

import pytest

from broadcaster.web.qr import qr_svg
from subscriptions.banks import BANKS
from subscriptions.vietqr import MAX_TEXT, MAX_VND, Transfer, encode

SHORTEST = Transfer(bank_bin="970436", account="1")
LONGEST = Transfer(
    bank_bin=sorted(BANKS)[0],
    account="9" * 19,
    amount_vnd=MAX_VND,
    purpose="x" * MAX_TEXT,
    bill="y" * MAX_TEXT,
)
QUIET = 4
"""Modules of white that a scanner needs on each side."""
FINDER = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]


def modules_of(svg: str) -> list[str]:
    """Return the rows that an SVG draws, "1" for dark, its white margin included."""
    side = int(re.findall(r'viewBox="0 0 (\d+) \1"', svg)[0])
    rows = [["0"] * side for _ in range(side)]
    dark = re.findall(r'stroke="#000" d="([^"]+)"', svg)[0]
    x, y = 0, 0.0
    for word, dx, dy in re.findall(r"([Mmh])(-?\d+)(?: ?(-?[\d.]+))?", dark):
        if word == "h":
            rows[int(y)][x : x + int(dx)] = "1" * int(dx)
        x, y = (
            (int(dx), float(dy)) if word == "M" else (x + int(dx), y + float(dy or 0))
        )
    return ["".join(row) for row in rows]


@pytest.mark.parametrize("transfer", [SHORTEST, LONGEST])
def test_a_scanner_finds_three_corners_and_white_around(transfer: Transfer) -> None:
    rows = modules_of(qr_svg(encode(transfer)))
    side = len(rows)
    for top, left in ((4, 4), (4, side - 11), (side - 11, 4)):
        corner = [row[left : left + 7] for row in rows[top : top + 7]]
        assert corner == FINDER
    margin = "0" * QUIET
    assert {row[:QUIET] + row[-QUIET:] for row in rows} == {margin * 2}
    assert set("".join(rows[:QUIET] + rows[-QUIET:])) == {"0"}


def test_the_longest_transfer_stays_small() -> None:
    assert len(qr_svg(encode(LONGEST))) < 5_000


def test_every_transfer_has_a_drawing_of_its_own() -> None:
    assert qr_svg(encode(SHORTEST)) != qr_svg(encode(LONGEST))


def test_the_drawing_brings_no_style_that_the_page_forbids() -> None:
    assert not re.search(r"style|script|href", qr_svg(encode(LONGEST)))
