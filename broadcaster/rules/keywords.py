"""What a resident's text asks for, however it is typed."""

import enum
import re
import unicodedata


class Keyword(enum.StrEnum):
    """The words a ward's number understands."""

    STOP = "TC"
    START = "DK"
    HELP = "TG"


_WHOLE = {
    "tc": Keyword.STOP,
    "tuchoi": Keyword.STOP,
    "tuchoinhantin": Keyword.STOP,
    "tochei": Keyword.STOP,  # "tõ chèi": typed in TCVN3, the font before Unicode
    "tochoai": Keyword.STOP,  # "töø choái": typed in VNI
    "huy": Keyword.STOP,
    "huydk": Keyword.STOP,
    "huydangky": Keyword.STOP,
    "huydangki": Keyword.STOP,
    "stop": Keyword.STOP,
    "no": Keyword.STOP,
    "dk": Keyword.START,
    "dangky": Keyword.START,
    "dangki": Keyword.START,
    "tg": Keyword.HELP,
    "trogiup": Keyword.HELP,
}
_FIRST = {"tc": Keyword.STOP, "stop": Keyword.STOP, "tuchoi": Keyword.STOP}
"""Words that open no other sentence. HUY and NO do: "Huy hop a?", "No xin hoi…"."""


def read_keyword(text: str) -> Keyword | None:
    """Return what the text asks for; None when it is none of our words.

    Case, accents, spaces and signs between letters do not matter: "T.C", "từ  chối!".
    """
    words = re.findall(r"[a-z0-9]+", _fold(text))
    whole = _WHOLE.get("".join(words))
    if whole is not None or not words:
        return whole
    return _FIRST.get(words[0]) or _FIRST.get("".join(words[:2]))


def _fold(text: str) -> str:
    plain = text.casefold().replace("đ", "d").replace("ð", "d")
    letters = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in letters if not unicodedata.combining(c))
