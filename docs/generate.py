"""Write the pages of docs/reference that are read off the code.

Run `python -m docs.generate`; a test fails while a page differs from what this writes.
"""

from collections.abc import Callable
from pathlib import Path

from broadcaster.rules.lifecycle import LIFECYCLE, MessageState, sources_of

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- Made by `python -m docs.generate` from {source}; do not edit. -->"


def lifecycle_page() -> str:
    """Return the page on a message's states and moves."""
    return "\n".join(
        [
            MADE.format(source="broadcaster/rules/lifecycle.py"),
            "",
            "# The states of a text",
            "",
            "Every change of state is one conditional UPDATE over this table: a move",
            "that is not here does not happen, however often it is asked for. So",
            "receipts may repeat and overtake each other, and end the same.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> queued",
            *_arrows(),
            "```",
            "",
            "| state | over | paid for | may come from | may go to |",
            "|---|---|---|---|---|",
            *_rows(),
            "",
        ]
    )


PAGES: dict[str, Callable[[], str]] = {"lifecycle.md": lifecycle_page}
"""Every generated page of docs/reference, and what writes it."""


def main() -> None:
    """Write every page anew."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), "utf-8")


def _arrows() -> list[str]:
    moves = [
        f"    {state} --> {to}"
        for state, facts in LIFECYCLE.items()
        for to in MessageState
        if to in facts.moves_to
    ]
    ends = [f"    {state} --> [*]" for state, facts in LIFECYCLE.items() if facts.final]
    return moves + ends


def _rows() -> list[str]:
    return [
        f"| `{state}` | {_yes(facts.final)} | {_yes(facts.billable)} "
        f"| {_list(sources_of(state))} | {_list(facts.moves_to)} |"
        for state, facts in LIFECYCLE.items()
    ]


def _yes(fact: object) -> str:
    return "yes" if fact else "-"


def _list(states: frozenset[MessageState]) -> str:
    return ", ".join(f"`{state}`" for state in MessageState if state in states) or "-"


if __name__ == "__main__":
    main()
