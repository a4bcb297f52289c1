"""Words and pages: everything people read. A leaf that every room may read."""

from pathlib import Path

ROOT = Path(__file__).parent
PAGES = ROOT / "pages"
MESSAGES = ROOT / "messages"
DOCUMENTS = ROOT / "documents"
