"""Write the pages of docs, and parts of pages, that are read off the code.

Run `python -m docs.generate`; a test fails while a page differs from what this writes.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from broadcaster.rules.lifecycle import LIFECYCLE, PROOFS, MessageState, sources_of

DOCS = Path(__file__).parent
SOURCE = "broadcaster/rules/lifecycle.py"
MADE = "<!-- Made by `python -m docs.generate` from {source}; do not edit. -->"
BEGINS = f"<!-- Made by `python -m docs.generate` from {SOURCE}: begins -->\n"
ENDS = "<!-- ends -->"
TOLD = "told"
"""Stands in the diagram for all that a telco tells of a text."""


def lifecycle_page() -> str:
    """Return the page on a message's states and moves."""
    return "\n".join(
        [
            MADE.format(source=SOURCE),
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


def lifecycle_diagram() -> str:
    """Return the states on one screen: what telcos tell is drawn as one, in its order.

    A text goes from there to any later one; that is drawn as a chain.
    """
    told = frozenset(PROOFS)
    before = [state for state in MessageState if state not in told]
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> queued",
            f'    state "what the telco tells" as {TOLD} {{',
            *(
                f"        {state} --> {to}"
                for state, to in pairwise(PROOFS)
                if to in LIFECYCLE[state].moves_to
            ),
            "    }",
            *(
                f"    {state} --> {to}"
                for state in before
                for to in before
                if to in LIFECYCLE[state].moves_to
            ),
            *(
                f"    {state} --> {TOLD}"
                for state in before
                if told <= LIFECYCLE[state].moves_to
            ),
            *(f"    {state} --> [*]" for state in before if LIFECYCLE[state].final),
            f"    {TOLD} --> [*]",
            "```",
            "",
        ]
    )


def _with_diagram(page: str) -> str:
    before, rest = page.split(BEGINS)
    _old, after = rest.split(ENDS, maxsplit=1)
    return f"{before}{BEGINS}{lifecycle_diagram()}{ENDS}{after}"


PAGES: dict[str, Callable[[str], str]] = {
    "reference/lifecycle.md": lambda _page: lifecycle_page(),
    "explanation/send-path.md": _with_diagram,
}
"""What is generated: the page's place in docs, and what makes it of the page there."""


def main() -> None:
    """Write every page anew."""
    for name, write in PAGES.items():
        path = DOCS / name
        path.write_text(write(path.read_text("utf-8")), "utf-8")


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
