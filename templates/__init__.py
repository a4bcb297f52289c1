"""Words and pages: everything people read. A leaf that every room may read."""

import functools
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent
PAGES = ROOT / "pages"
MESSAGES = ROOT / "messages"
DOCUMENTS = ROOT / "documents"
WORDS = ROOT / "words"


@functools.cache
def read_words(table: str) -> dict[str, str]:
    """Return one table of words: keys that code knows to what people read."""
    raw = tomllib.loads((WORDS / f"{table}.toml").read_text("utf-8"))
    return {key: str(text) for key, text in raw.items()}


@functools.cache
def message_text(name: str, medium: str = "sms") -> str:
    """Return the words of a text to a phone, its variables still in braces."""
    return (MESSAGES / name / f"{medium}.vi.txt").read_text("utf-8").strip()
