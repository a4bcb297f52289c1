"""Pages that are read off the code say what the code says."""

import pytest

from broadcaster.rules.lifecycle import LIFECYCLE
from docs.generate import PAGES, REFERENCE, lifecycle_page


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_as_the_code_is(name: str) -> None:
    written = (REFERENCE / name).read_text("utf-8")
    assert written == PAGES[name](), "run: .venv/bin/python -m docs.generate"


def test_every_state_and_every_move_is_on_the_page() -> None:
    page = lifecycle_page()
    moves = [(s, to) for s, facts in LIFECYCLE.items() for to in facts.moves_to]
    assert all(f"    {state} --> {to}\n" in page for state, to in moves)
    assert all(f"\n| `{state}` |" in page for state in LIFECYCLE)
