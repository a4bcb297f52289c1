"""Post prepared requests over some connections, as cheaply as Python can.

`python -m tests.benchmarks._callbacks PORT CONNECTIONS FILE` sends each request of the
file, one line of JSON each, and prints how many were answered 204, the seconds that
took, and the CPU seconds it took of them.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

END = b"\r\n\r\n"


class Line:
    """One connection, opened again whenever the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.socket = self._open()
        self._heard = b""

    def say(self, request: bytes) -> None:
        """Send a whole request."""
        self.socket.sendall(request)

    def hear(self) -> bytes | None:
        """Return the head of the answer, or None while it has not all come."""
        self._heard += self.socket.recv(4096)
        if not self._heard.endswith(END):
            return None
        heard, self._heard = self._heard, b""
        return heard

    def reopen(self) -> None:
        """Open a new connection in place of the old."""
        self.socket.close()
        self.socket = self._open()

    def _open(self) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self._port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line


def post_all(port: int, connections: int, requests: Iterator[bytes]) -> int:
    """Post every request, one at a time on each connection; return the 204s."""
    chosen = selectors.DefaultSelector()
    kept = 0
    for _ in range(connections):
        _next(chosen, Line(port), requests)
    while chosen.get_map():
        for key, _ in chosen.select():
            line: Line = key.data
            answer = line.hear()
            if answer is None:
                continue
            kept += answer.startswith(b"HTTP/1.1 204")
            chosen.unregister(line.socket)
            if b"connection: close" in answer.lower():
                line.reopen()
            _next(chosen, line, requests)
    return kept


def _next(
    chosen: selectors.BaseSelector, line: Line, requests: Iterator[bytes]
) -> None:
    request = next(requests, None)
    if request is None:
        line.socket.close()
        return
    line.say(request)
    chosen.register(line.socket, selectors.EVENT_READ, line)


def main() -> None:
    """Post what the file holds."""
    port, connections, file = sys.argv[1:]
    lines = Path(file).read_text("utf-8").splitlines()
    requests = [json.loads(line).encode() for line in lines]
    began, cpu_before = time.perf_counter(), time.process_time()
    kept = post_all(int(port), int(connections), iter(requests))
    told = {
        "kept": kept,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu_before,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
