"""The words of the pages: stable codes in, Vietnamese sentences out."""

import functools
import tomllib

from templates import ROOT


@functools.cache
def words(table: str) -> dict[str, str]:
    """Return one table of templates/words, dotted keys to sentences."""
    raw = tomllib.loads((ROOT / "words" / f"{table}.toml").read_text("utf-8"))
    return {key: str(value) for key, value in raw.items()}


def say(word: object, table: str, **facts: object) -> str:
    """Return the sentence for a stable word. Raises KeyError when nobody wrote one.

    A missing sentence is a defect that a test finds; a blank would hide it.
    """
    return words(table)[str(word)].format(**facts)
