"""The thread that drives libcurl for an engine, and one request on its way.

libcurl sends a request again, unasked, when a kept connection dies before the first
byte of an answer: the telco may have taken the first. It asks before every try whether
the request may leave, so the second try is refused and the text is in doubt.
"""

import os
import time
from collections import deque
from threading import Lock, Thread

import pycurl
from certifi import where

from broadcaster.gateways.http_exchange import (
    Exchange,
    HttpAnswer,
    Unanswered,
)
from broadcaster.gateways.http_sockets import Sockets

CONNECT_MS = 3_000
WHOLE_MS = 10_000
"""From the first try to connect to the last byte of the answer."""
LONGEST_ANSWER = 64 * 1024
IDLE_S = 30
"""A connection that nobody used for this long is not trusted with a text."""
REFUSAL = 400

NOTHING = Exchange((), may_start=lambda: False)


class Handle:
    """One handle of libcurl, used for one request after another."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._chunks: list[bytes] = []
        self._exchange = NOTHING
        self._index = 0
        self._has_left = False
        self._met_a_dead_end = False
        self._url = ""
        self._headers: tuple[str, ...] = ()
        self.curl = pycurl.Curl()
        for option, value in (
            (pycurl.POST, 1),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.PROXY, ""),  # else it reads the environment
            (pycurl.CAINFO, where()),  # its wheel looks where Debian has none
            (pycurl.CONNECTTIMEOUT_MS, CONNECT_MS),
            (pycurl.TIMEOUT_MS, WHOLE_MS),
            (pycurl.MAXFILESIZE, LONGEST_ANSWER),
            (pycurl.MAXAGE_CONN, IDLE_S),
            (pycurl.NOSIGNAL, 1),
            (pycurl.TCP_NODELAY, 1),
            (pycurl.WRITEFUNCTION, self._chunks.append),
            (pycurl.PREREQFUNCTION, self._before_it_leaves),
        ):
            self.curl.setopt(option, value)

    def begin(self, exchange: Exchange) -> None:
        """Take the next request of a call."""
        self._exchange, self._index = exchange, exchange.take()
        self._has_left = self._met_a_dead_end = False
        self._chunks.clear()
        request = exchange.requests[self._index]
        if request.url != self._url:
            self.curl.setopt(pycurl.URL, request.url)
            self._url = request.url
        if request.headers != self._headers:
            self.curl.setopt(pycurl.HTTPHEADER, request.headers)
            self._headers = request.headers
        self.curl.setopt(pycurl.POSTFIELDS, request.body)

    def settle_answered(self) -> None:
        """Hand over the answer, which has come whole."""
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        # reading every header in Python would cost 2 µs a text
        wait = self.curl.getinfo(pycurl.RETRY_AFTER) if status >= REFUSAL else 0
        answer = HttpAnswer(
            status=status, body=b"".join(self._chunks), retry_after=wait or None
        )
        self._let_go().settle(self._index, answer)

    def settle_unanswered(self) -> Exchange | None:
        """Say whether the request may have arrived; the handle is not used again.

        Returns the call if it is to be taken again, by another connection.
        """
        exchange = self._let_go()
        if self._met_a_dead_end and not self._has_left:
            exchange.give_back(self._index)
            return exchange
        exchange.settle(self._index, Unanswered.LOST if self._has_left else None)
        return None

    def _let_go(self) -> Exchange:
        exchange, self._exchange = self._exchange, NOTHING
        return exchange

    def _before_it_leaves(self, _to: str, by: str, _port: int, by_port: int) -> int:
        """Answer libcurl, which asks once before every try."""
        if self._has_left:
            return int(pycurl.PREREQFUNC_ABORT)
        if self._sockets.has_hung_up((by, by_port)):
            self._met_a_dead_end = True
            return int(pycurl.PREREQFUNC_ABORT)
        if not self._exchange.may_leave():
            return int(pycurl.PREREQFUNC_ABORT)
        self._has_left = True
        return int(pycurl.PREREQFUNC_OK)


class Loop:
    """Waits for sockets, calls and time, and lets libcurl do the rest."""

    def __init__(self, *, connections: int) -> None:
        self._pid = os.getpid()
        self._lock = Lock()
        self._inbox: list[Exchange] = []
        self._is_ending = False
        self.has_ended = False
        self._waiting: deque[Exchange] = deque()
        self._due_at: float | None = None
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._sockets = Sockets()
        self._sockets.add_bell(self._bell)
        self._free = [Handle(self._sockets) for _ in range(connections)]
        self._busy: dict[pycurl.Curl, Handle] = {}
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._sockets.watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

    def start(self) -> None:
        """Start the thread."""
        Thread(target=self._run, name="http-engine", daemon=True).start()

    def post(self, exchange: Exchange) -> bool:
        """Hand a call to the thread; False when there is no thread any more."""
        with self._lock:
            if self.has_ended:
                return False
            self._inbox.append(exchange)
            os.eventfd_write(self._bell, 1)
            return True

    def end(self) -> None:
        """Let the thread end; what is on the wire is in doubt."""
        if self._pid != os.getpid():
            return
        with self._lock:
            if not self.has_ended:
                self._is_ending = True
                os.eventfd_write(self._bell, 1)

    def _run(self) -> None:
        try:
            while not self._is_ending:
                self._turn()
        finally:
            self._end()

    def _turn(self) -> None:
        for fd, ready in self._sockets.wait(self._patience()):
            if fd == self._bell:
                self._take_in()
            else:
                self._multi.socket_action(fd, ready)
                self._sockets.watch_on(fd)
        if self._due_at is not None and self._due_at <= time.monotonic():
            self._due_at = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()
        self._send()

    def _patience(self) -> float | None:
        if self._due_at is None:
            return None
        return max(0.0, self._due_at - time.monotonic())

    def _take_in(self) -> None:
        with self._lock:
            os.eventfd_read(self._bell)
            self._waiting.extend(self._inbox)
            self._inbox.clear()

    def _collect(self) -> None:
        _left, answered, unanswered = self._multi.info_read()
        for curl in answered:
            self._multi.remove_handle(curl)
            handle = self._busy.pop(curl)
            handle.settle_answered()
            self._free.append(handle)
        for curl, _code, _words in unanswered:
            self._multi.remove_handle(curl)
            again = self._busy.pop(curl).settle_unanswered()
            if again is not None:
                self._waiting.append(again)
            self._free.append(Handle(self._sockets))

    def _send(self) -> None:
        """Start what there is room for, one of each call in turn."""
        while self._free and self._waiting:
            exchange = self._waiting.popleft()
            if not exchange.has_more:
                continue
            self._waiting.append(exchange)
            handle = self._free.pop()
            self._busy[handle.curl] = handle
            handle.begin(exchange)
            self._multi.add_handle(handle.curl)

    def _end(self) -> None:
        with self._lock:
            self.has_ended = True
            self._waiting.extend(self._inbox)
            os.close(self._bell)
        self._multi.close()
        self._sockets.close()
        self._waiting.extend(
            again
            for handle in self._busy.values()
            if (again := handle.settle_unanswered()) is not None
        )
        for exchange in self._waiting:
            exchange.abandon()

    def _set_timer(self, delay_ms: int) -> None:
        self._due_at = None if delay_ms < 0 else time.monotonic() + delay_ms / 1000
