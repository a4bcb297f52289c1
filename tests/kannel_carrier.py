"""The carrier's end of Kannel's `smsc = fake`: lines of text over a socket."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

from tests.telco import until


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """One short message as it came; `part` is 0 where the text has one only."""

    sender: str
    to: str
    words: str
    part: int = 0


class Carrier:
    """Takes short messages for handsets, and hands in what residents write."""

    def __init__(self, port: int) -> None:
        self.shorts: list[Short] = []
        self._line = socket.socket()
        # not probed before: Kannel takes one carrier at a time, and a probe for it
        until(lambda: self._line.connect_ex(("127.0.0.1", port)) == 0)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def texts(self, to: str) -> list[str]:
        """List the texts of one handset, the parts of a long one put together.

        A handset of a test gets at most one long text.
        """
        mine = [short for short in self.shorts if short.to == to]
        whole = [short.words for short in mine if not short.part]
        parts = sorted((s for s in mine if s.part), key=lambda short: short.part)
        return whole + ["".join(short.words for short in parts)] * bool(parts)

    def write(self, sender: str, to: str, *, text: str) -> None:
        """Hand in a resident's text, in UCS-2 where it has accents."""
        if text.isascii():
            line = f"{sender} {to} text {text}\n"
        else:
            raw = quote_from_bytes(text.encode("utf-16-be"), safe="")
            line = f"{sender} {to} ucs2 {raw}\n"
        self._line.sendall(line.encode())

    def hang_up(self) -> None:
        """Cut the link to Kannel."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._line.close()

    def _listen(self) -> None:
        with suppress(OSError), self._line.makefile("rb") as lines:
            for line in lines:
                self.shorts.append(_read(line.rstrip(b"\n")))


def _read(line: bytes) -> Short:
    sender, to, kind, rest = line.split(b" ", 3)
    part = 0
    if kind == b"udh":
        udh, _data, rest = rest.split(b" ", 2)
        part = unquote_to_bytes(udh)[-1]
    raw = rest if kind == b"text" else unquote_to_bytes(rest.replace(b"+", b" "))
    is_wide = kind == b"ucs-2" or (part and b"\0" in raw)
    return Short(
        sender=sender.decode(),
        to=to.decode(),
        words=raw.decode("utf-16-be" if is_wide else "utf-8"),
        part=part,
    )


def is_open(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    with socket.socket() as line:
        line.settimeout(1.0)
        return line.connect_ex(("127.0.0.1", port)) == 0
