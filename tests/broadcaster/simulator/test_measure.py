"""The network measures texts by itself; the shared vectors judge it too."""

import csv
from pathlib import Path

import pytest

from broadcaster.simulator.measure import measure

VECTORS = Path(__file__).resolve().parents[2] / "data" / "gsm7_vectors.csv"
CONTROLS = {"\\t": "\t", "\\r": "\r", "\\n": "\n"}


def _vectors() -> list[object]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        pytest.param(
            _text(row["text"]),
            row["encoding"],
            int(row["units(septets_or_utf16)"]),
            int(row["segments"]),
            id=row["id"],
        )
        for row in rows
    ]


def _text(written: str) -> str:
    for mark, control in CONTROLS.items():
        written = written.replace(mark, control)
    return written


@pytest.mark.parametrize(("text", "encoding", "units", "parts"), _vectors())
def test_a_vector_measures_as_written(
    text: str, encoding: str, units: int, parts: int
) -> None:
    found = measure(text)
    assert (found.encoding, found.units, found.parts) == (encoding, units, parts)


def test_bytes_are_what_travels() -> None:
    assert measure("a" * 160).bytes == 140
    assert measure("ộ" * 70).bytes == 140


def test_a_pair_never_straddles_two_parts() -> None:
    assert measure("a" * 152 + "€" + "a" * 152).parts == 3
    assert measure("ộ" * 66 + "😀" + "ộ" * 66).parts == 3
