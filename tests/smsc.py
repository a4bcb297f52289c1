"""An SMSC that we did not write the wire of: Perl's Net::SMPP, in a process."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from tests.telco import until

PROGRAM = Path(__file__).with_name("smsc.pl")
STOP_S = 10
SYSTEM_ID, PASSWORD = "loa-phuong", "secret"
UDHI = 0x40
BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 1, 2, 9
ENQUIRE_LINK, UNBIND, GENERIC_NACK = 0x15, 0x6, 0x8000_0000
RECEIPT = 0x04


@dataclass(slots=True, kw_only=True)
class Smsc:
    """A running SMSC. What it answers is scripted; all it was handed is on its list."""

    port: int
    process: subprocess.Popen[str]
    lock: Lock = field(default_factory=Lock)

    def reset(self) -> None:
        """Forget the texts, and answer everything at once with yes."""
        self._do("reset")

    def script(self, **how: Any) -> None:
        """Say how texts and binds are answered from now on."""
        self._do("script", **how)

    def answer_next(self, *answers: Mapping[str, Any]) -> None:
        """Say how the very next texts are answered; then the script goes on."""
        self._do("next", answers=answers)

    def texts(self) -> list[dict[str, Any]]:
        """List each submit_sm that came, in order, refused ones too."""
        found: list[dict[str, Any]] = self._do("facts")["texts"]
        return found

    def bound(self) -> list[int]:
        """List the binds that are held now, by their command."""
        return sorted(self._do("facts")["bound"])

    def said(self, command: int) -> int:
        """Count how often this command came."""
        return int(self._do("facts")["said"].get(str(command), 0))

    def taken(self) -> int:
        """Count the requests that were taken."""
        return int(self._do("facts")["taken"])

    def received(self, to: str) -> list[str]:
        """List what this handset shows; parts of one text are joined."""
        shown: list[str] = []
        waiting: list[str] = []
        for text in self.texts():
            if text["destination_addr"] != to.lstrip("+") or not text["is_taken"]:
                continue
            waiting.append(words_of(text))
            total, place = place_of(text)
            if place == total:
                shown.append("".join(waiting))
                waiting = []
        return shown

    def deliver(
        self,
        data: bytes,
        *,
        tlvs: Mapping[str, bytes] | None = None,
        **fields: Any,
    ) -> int:
        """Bring a deliver_sm, and return its sequence number."""
        usual = {"source_addr": "84912000001", "destination_addr": "8088"}
        hexed = {name: value.hex() for name, value in (tlvs or {}).items()}
        told = usual | fields | {"short_message": data.hex(), "tlvs": hexed}
        return int(self._do("deliver", **told)["seq"])

    def answer_to(self, sequence: int) -> int:
        """Wait for the answer to a deliver_sm, and return its status."""
        answers = until(lambda: self._answers_with(sequence))
        return int(answers[str(sequence)])

    def has_answer_to(self, sequence: int) -> bool:
        """Tell whether a deliver_sm was answered."""
        return bool(self._answers_with(sequence))

    def write(self, octets: bytes) -> None:
        """Write anything at all into every session."""
        self._do("write", octets=octets.hex())

    def enquire(self) -> None:
        """Ask every session whether it is there."""
        self._do("enquire")

    def unbind(self) -> None:
        """Ask every session to leave."""
        self._do("unbind")

    def drop(self) -> None:
        """Cut every session."""
        self._do("drop")

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(STOP_S)
        self.process.stdout.close()

    def _answers_with(self, sequence: int) -> dict[str, int]:
        answers: dict[str, int] = self._do("facts")["answers"]
        return answers if str(sequence) in answers else {}

    def _do(self, what: str, **facts: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with self.lock:
            self.process.stdin.write(json.dumps({"do": what} | facts) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        assert line, "the SMSC has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


def words_of(text: Mapping[str, Any]) -> str:
    """Read a submit_sm's text: ASCII, or UCS-2 where its coding says so."""
    octets = bytes.fromhex(text["octets"])
    if text["esm_class"] & UDHI:
        octets = octets[1 + octets[0] :]
    return octets.decode("utf-16-be" if text["data_coding"] == 8 else "ascii")


def place_of(text: Mapping[str, Any]) -> tuple[int, int]:
    """Return of how many parts this is one, and which, counted from 1."""
    if text.get("sar"):
        return int(text["sar"][1], 16), int(text["sar"][2], 16)
    if text["esm_class"] & UDHI:
        octets = bytes.fromhex(text["octets"])
        return octets[4], octets[5]
    return 1, 1


@contextmanager
def smsc() -> Iterator[Smsc]:
    """Run an SMSC until the block ends."""
    process = subprocess.Popen(
        ["perl", str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    running = Smsc(port=int(process.stdout.readline()), process=process)
    try:
        yield running
    finally:
        running.stop()
