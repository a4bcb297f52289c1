"""A server that does to a connection exactly what a test says, and counts."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"

Serve = Callable[["RawPeer", socket.socket, int], None]
"""Serves one connection; it is told which one it is, counted from 1."""


class RawPeer:
    """What arrived: each request whole, and how many connections."""

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = threading.Semaphore(0)
        """Released once for each connection that was closed from this end."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/texts"

    @property
    def bodies(self) -> list[bytes]:
        return [request.partition(b"\r\n\r\n")[2] for request in self.requests]

    def read(self, line: socket.socket) -> bytes | None:
        """Read one request whole and keep it; None when the other end closed."""
        raw = b""
        while b"\r\n\r\n" not in raw:
            if not (more := line.recv(65_536)):
                return None
            raw += more
        head, _, body = raw.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += line.recv(65_536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return body


def answering(peer: RawPeer, line: socket.socket, _number: int) -> None:
    """Answer whatever comes, as long as it comes."""
    while peer.read(line) is not None:
        line.sendall(ANSWER)


@contextmanager
def raw_peer(serve: Serve = answering) -> Iterator[RawPeer]:
    """Listen on a free port until the block ends; a connection has its own thread."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    peer = RawPeer(listener)
    lines: list[socket.socket] = []

    def handle(line: socket.socket, number: int) -> None:
        with suppress(OSError):
            serve(peer, line, number)
        line.close()
        peer.closed.release()

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _address = listener.accept()
                peer.connections += 1
                lines.append(line)
                threading.Thread(
                    target=handle, args=(line, peer.connections), daemon=True
                ).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        thread.join()
