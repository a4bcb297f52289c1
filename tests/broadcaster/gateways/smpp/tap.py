"""A tap on the wire to an SMSC, and Wireshark's own reading of what it heard."""

import json
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHUNK = 65_536
HEADER = 16
PORT = 2_775
OUT, IN = "O", "I"
ERROR = 0x0080_0000
"""Wireshark's PI_ERROR."""
FIELDS = (
    "smpp.command_id",
    "smpp.message_text",
    "smpp.message_payload",
    "smpp.sar_segment_seqnum",
    "smpp.sar_total_segments",
    "smpp.receipted_message_id",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One write of one side, as long as the frame says it is."""

    way: str
    octets: bytes


@dataclass(slots=True, kw_only=True)
class Tap:
    """Carries one TCP stream after the other, and keeps what each side wrote."""

    port: int
    listener: socket.socket
    smsc_port: int
    frames: list[Frame] = field(default_factory=list)
    ends: list[socket.socket] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def carry(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.smsc_port))
                self.ends += [near, far]
                for source, target, way in ((near, far, OUT), (far, near, IN)):
                    threading.Thread(
                        target=self._copy, args=(source, target, way), daemon=True
                    ).start()

    def _copy(self, source: socket.socket, target: socket.socket, way: str) -> None:
        waiting = b""
        with suppress(OSError):
            while came := source.recv(CHUNK):
                waiting = self._keep(way, waiting + came)
                target.sendall(came)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def _keep(self, way: str, octets: bytes) -> bytes:
        """Keep the frames that are whole, and return what is left."""
        while len(octets) >= HEADER:
            length = max(struct.unpack_from(">L", octets)[0], HEADER)
            if len(octets) < length:
                break
            with self.lock:
                self.frames.append(Frame(way=way, octets=octets[:length]))
            octets = octets[length:]
        return octets


@contextmanager
def tap(smsc_port: int) -> Iterator[Tap]:
    """Listen in before an SMSC until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = Tap(
            port=listener.getsockname()[1], listener=listener, smsc_port=smsc_port
        )
        threading.Thread(target=running.carry, daemon=True).start()
        yield running
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # ends `accept`
        for end in running.ends:
            end.close()


def judge(frames: Sequence[Frame], folder: Path) -> list[dict[str, Any]]:
    """Return what Wireshark reads in each frame, by the names of its fields."""
    dump, packets = folder / "wire.txt", folder / "wire.pcap"
    dump.write_text("".join(map(_dumped, frames)), "ascii")
    _run("text2pcap", "-q", "-D", "-T", f"{PORT + 1},{PORT}", str(dump), str(packets))
    asked = [word for name in FIELDS for word in ("-e", name)]
    told = _run(
        *("tshark", "-r", str(packets), "-d", f"tcp.port=={PORT},smpp"),
        *("-o", "smpp.decode_sms_over_smpp:GSM 7-bit", "-T", "json", *asked),
    )
    return [packet["_source"].get("layers", {}) for packet in json.loads(told)]


def faults(read: Sequence[dict[str, Any]]) -> list[str]:
    """List what Wireshark finds wrong: frames it cannot read, and errors in others."""
    found = []
    for number, packet in enumerate(read, start=1):
        severities = [int(word) for word in packet.get("_ws.expert.severity", [])]
        if "_ws.malformed" in packet or any(word >= ERROR for word in severities):
            found.append(f"{number}: {packet.get('_ws.expert.message', 'malformed')}")
        elif "smpp.command_id" not in packet:
            found.append(f"{number}: no SMPP")
    return found


def _dumped(frame: Frame) -> str:
    octets = " ".join(f"{octet:02x}" for octet in frame.octets)
    return f"{frame.way}\n000000 {octets}\n"


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout
