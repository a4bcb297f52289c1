"""Pages that are read off the code say what the code says."""

import re

import pytest

from broadcaster.rules.lifecycle import LIFECYCLE, PROOFS, MessageState
from docs.generate import DOCS, PAGES, TOLD, lifecycle_diagram, lifecycle_page

ARROW = re.compile(r"^ +(\w+) --> (\w+)$", re.MULTILINE)


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_as_the_code_is(name: str) -> None:
    written = (DOCS / name).read_text("utf-8")
    assert written == PAGES[name](written), "run: .venv/bin/python -m docs.generate"


def test_every_state_and_every_move_is_on_the_page() -> None:
    page = lifecycle_page()
    moves = [(s, to) for s, facts in LIFECYCLE.items() for to in facts.moves_to]
    assert all(f"    {state} --> {to}\n" in page for state, to in moves)
    assert all(f"\n| `{state}` |" in page for state in LIFECYCLE)


def test_the_diagram_stands_for_every_move_and_no_other() -> None:
    drawn = set(ARROW.findall(lifecycle_diagram()))
    chain = {(place, place + 1) for place in range(len(PROOFS) - 1)}
    assert {(PROOFS[a].value, PROOFS[b].value) for a, b in chain} <= drawn
    meant = {
        (a, proof)
        for a, b in drawn
        for proof in (PROOFS if b == TOLD else (MessageState(b),))
    }
    beyond = {(a, b) for i, a in enumerate(PROOFS) for b in PROOFS[i + 1 :]}
    moves = {(s, to) for s, facts in LIFECYCLE.items() for to in facts.moves_to}
    assert meant | beyond == moves
