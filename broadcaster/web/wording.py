"""The words of the pages: stable codes in, Vietnamese sentences out."""

from templates import read_words


def say(word: object, table: str, **facts: object) -> str:
    """Return the sentence for a stable word. Raises KeyError when nobody wrote one.

    A missing sentence is a defect that a test finds; a blank would hide it.
    """
    return read_words(table)[str(word)].format(**facts)
