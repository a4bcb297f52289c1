"""What a leader is told about a file: stable codes in, Vietnamese sentences out."""

import functools
import tomllib

from subscriptions.errors import RegisterError
from templates import ROOT


def say(code: str, **facts: object) -> str:
    """Return the sentence for a code. Raises KeyError when nobody wrote one."""
    return _sentences()[code].format(**facts)


def refusal(reason: str, **facts: object) -> RegisterError:
    """Return the error that refuses a whole file."""
    return RegisterError(reason, advice=say(reason, **facts))


@functools.cache
def _sentences() -> dict[str, str]:
    raw = tomllib.loads((ROOT / "words" / "register.toml").read_text("utf-8"))
    return {code: str(sentence) for code, sentence in raw.items()}
