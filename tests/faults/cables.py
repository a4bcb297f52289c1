"""A network cable between a host and a server: cut, unplugged into nowhere, mended."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing says nothing but "reset"."""
WITHIN_S = 10.0

Target = tuple[str, int] | Path


class Cable:
    """Carries TCP from a port of its own to a server's port, or its Unix socket."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._is_hollow = False
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        # keeps the port for us while nobody listens, so that it refuses
        self._guard = socket.socket()
        self._guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._guard.bind(("127.0.0.1", 0))
        self.port: int = self._guard.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable")
        self._thread.start()
        self.mend()

    def cut(self) -> None:
        """Reset what is connected, and refuse whoever connects."""
        self._do(self._cut())

    def lose(self) -> None:
        """Let every byte vanish, both ways, and nobody be told."""
        self._is_hollow = True

    def mend(self) -> None:
        """Carry again. What was connected while bytes vanished is reset."""
        self._do(self._mend())

    def close(self) -> None:
        """Take the cable away."""
        self._do(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._guard.close()

    def _do(self, act: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(act, self._loop).result(WITHIN_S)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._reset_all()

    async def _mend(self) -> None:
        if self._is_hollow:
            self._is_hollow = False
            self._reset_all()
        if self._server is None:
            self._server = await asyncio.start_server(
                self._join, "127.0.0.1", self.port, reuse_port=True
            )

    def _reset_all(self) -> None:
        for end in self._ends:
            _reset(end)
        self._ends.clear()

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._ends.add(writer)
        if self._is_hollow:
            return
        try:
            far_reader, far_writer = await self._reach()
        except OSError:
            _reset(writer)
            return
        self._ends.add(far_writer)
        await asyncio.gather(
            self._carry(reader, far_writer), self._carry(far_reader, writer)
        )
        if not self._is_hollow:
            for end in (writer, far_writer):
                end.close()
                self._ends.discard(end)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target)

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        try:
            while data := await source.read(CHUNK):
                if not self._is_hollow:
                    sink.write(data)
                    await sink.drain()
            if not self._is_hollow:
                sink.write_eof()
        except OSError:
            if not self._is_hollow:
                _reset(sink)


def _reset(end: asyncio.StreamWriter) -> None:
    wire = end.get_extra_info("socket")
    if wire is not None and wire.family != socket.AF_UNIX:
        with contextlib.suppress(OSError):
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    end.transport.abort()


@contextmanager
def cables(*targets: Target) -> Iterator[list[Cable]]:
    """Give a cable to each server; they are taken away with the block."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Cable(target))) for target in targets]
