"""Tell a word of Vietnamese from letters that merely stand beside one another."""

import functools
import tomllib
import unicodedata
from importlib import resources

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_SHARP, _HEAVY = "\u0301", "\u0323"
_STOPS = ("c", "ch", "p", "t")


@functools.lru_cache(maxsize=1 << 16)
def is_syllable(word: str) -> bool:
    """Tell whether the word is spelled as Vietnamese is, in small or capital letters.

    Says nothing of meaning: "ngoèng" is one.
    """
    marks = unicodedata.normalize("NFD", word.lower())
    tones = [mark for mark in marks if mark in _TONES]
    bare = unicodedata.normalize("NFC", "".join(m for m in marks if m not in _TONES))
    if len(tones) > 1 or bare not in _spellings():
        return False
    return not bare.endswith(_STOPS) or tones in ([_SHARP], [_HEAVY])


@functools.cache
def _spellings() -> frozenset[str]:
    source = resources.files("subscriptions") / "data" / "syllables.toml"
    sounds = tomllib.loads(source.read_text(encoding="utf-8"))
    onsets = ["", *sounds["onsets"].split()]
    return frozenset(
        onset + rime for onset in onsets for rime in sounds["rimes"].split()
    )
