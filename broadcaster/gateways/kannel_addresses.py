"""The addresses that Kannel brings reports to: each says which text, and is signed.

Kannel gives no id, signs nothing and asks one address for all numbers of a request,
telling the phone. So the address of a text alone ends with our reference; that of many
holds all their references, each after the last four digits of its phone: whoever reads
a report needs no table, even after a crash between the request and its answer.
"""

import hmac
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from broadcaster.errors import InputError
from broadcaster.ports import Callback, Submission

MANY = "many"
TAG_BYTES = 2
ROW = TAG_BYTES + 16
MAC_BYTES = 16
LAST_DIGITS = 4
ALONE = "&d=%d&m=%D"
TOGETHER = ALONE + "&p=%p"
"""What Kannel fills in: the kind of report, what the SMSC told with it, the phone.

Not %A, the report's words: they begin with the text's own.
"""


def tag_of(phone: str) -> int:
    """Return what tells a phone from the others of its request: its last digits.

    Kannel may write the number's beginning otherwise than we did.
    """
    digits = phone[-LAST_DIGITS:]
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


class Addresses:
    """Makes and reads the addresses of one gateway."""

    def __init__(self, public_url: str, *, name: str, key: str) -> None:
        # a % of ours must not be taken for one of Kannel's marks
        base = f"{public_url}/callbacks/{name}/status"
        self._base = base.replace("%", "%%")
        self._key = key.encode()

    def of(self, texts: Sequence[Submission]) -> str:
        """Return where reports of these texts go; their tags must differ."""
        if len(texts) == 1:
            return self.of_one(str(texts[0].reference))
        rows = [
            tag_of(text.to).to_bytes(TAG_BYTES, "big") + text.reference.bytes
            for text in texts
        ]
        packed = urlsafe_b64encode(b"".join(rows)).rstrip(b"=").decode()
        return f"{self._base}/{MANY}?r={packed}&k={self._sign(packed)}{TOGETHER}"

    def of_one(self, reference: str) -> str:
        """Return where reports of a text alone in its request go."""
        return f"{self._base}/{reference}?k={self._sign(reference)}{ALONE}"

    def proves(self, callback: Callback) -> bool:
        """Tell whether we made the address that a report came to."""
        signed = callback.reference or ""
        if signed == MANY:
            signed = callback.query.get("r", "")
        given = callback.query.get("k", "")
        return hmac.compare_digest(given.encode(), self._sign(signed).encode())

    def reference(self, callback: Callback) -> str:
        """Return which text a report is about. Raises InputError."""
        if callback.reference != MANY:
            if not callback.reference:
                raise InputError("reference", "missing")
            return callback.reference
        tag = tag_of(callback.query.get("p", ""))
        for row in self._rows(callback.query.get("r", "")):
            if int.from_bytes(row[:TAG_BYTES], "big") == tag:
                return str(uuid.UUID(bytes=row[TAG_BYTES:]))
        raise InputError("p", "unknown")

    def _rows(self, packed: str) -> list[bytes]:
        padded = packed + "=" * (-len(packed) % 4)
        try:
            raw = urlsafe_b64decode(padded.encode())
        except ValueError as err:
            raise InputError("r", "unreadable") from err
        if len(raw) % ROW:
            raise InputError("r", "unreadable")
        return [raw[at : at + ROW] for at in range(0, len(raw), ROW)]

    def _sign(self, word: str) -> str:
        digest = hmac.digest(self._key, f"status:{word}".encode(), "sha256")
        return urlsafe_b64encode(digest[:MAC_BYTES]).rstrip(b"=").decode()
