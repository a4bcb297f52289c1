"""The sockets that libcurl waits for, watched with as few calls as it takes."""

import select
import socket
from contextlib import suppress

import pycurl

ONCE = select.EPOLLONESHOT
MASKS = {
    pycurl.POLL_NONE: ONCE,
    pycurl.POLL_IN: select.EPOLLIN | ONCE,
    pycurl.POLL_OUT: select.EPOLLOUT | ONCE,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT | ONCE,
}
End = tuple[str, int]
"""Our end of a connection: address and port."""


class Sockets:
    """Watches each socket for one event at a time.

    Watching a kept connection again so costs one call of the kernel a text, and not
    the two of taking it off the list and putting it back.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._wanted: dict[int, int] = {}
        self._ends: dict[int, End] = {}
        self._hangups: dict[End, select.poll] = {}

    def add_bell(self, fd: int) -> None:
        """Watch something that is not libcurl's, for as long as it is open."""
        self._epoll.register(fd, select.EPOLLIN)

    def wait(self, seconds: float | None) -> list[tuple[int, int]]:
        """Wait for events; each socket with what libcurl calls the event."""
        return [(fd, _ready(events)) for fd, events in self._epoll.poll(seconds)]

    def watch(self, what: int, fd: int, *_more: object) -> None:
        """Take down what libcurl waits for. It closes sockets without a word."""
        if what == pycurl.POLL_REMOVE:
            self._wanted.pop(fd, None)
            return
        self._wanted[fd] = MASKS[what]
        self.watch_on(fd)

    def watch_on(self, fd: int) -> None:
        """Watch for the next event, if libcurl still waits for one."""
        mask = self._wanted.get(fd)
        if mask is None:
            return
        if fd in self._ends:
            try:
                self._epoll.modify(fd, mask)
            except FileNotFoundError:
                self._hangups.pop(self._ends.pop(fd), None)
            else:
                return
        self._epoll.register(fd, mask)
        self._meet(fd)

    def has_hung_up(self, end: End) -> bool:
        """Tell whether the other side has closed the connection that ends here.

        libcurl itself looks only when nobody used it for a second (8.23).
        """
        hangup = self._hangups.get(end)
        return hangup is not None and bool(hangup.poll(0))

    def close(self) -> None:
        """Watch nothing any more."""
        self._epoll.close()

    def _meet(self, fd: int) -> None:
        self._ends[fd] = "", fd
        with suppress(OSError):  # a pipe of its own to the resolver's thread
            opened = socket.socket(fileno=fd)
            try:
                name = opened.getsockname()
            finally:
                opened.detach()
            if isinstance(name, tuple):
                self._ends[fd] = name[0], name[1]
                hangup = self._hangups[self._ends[fd]] = select.poll()
                hangup.register(fd, select.POLLRDHUP)


def _ready(events: int) -> int:
    if events == select.EPOLLIN:
        return int(pycurl.CSELECT_IN)
    ready = pycurl.CSELECT_IN if events & ~select.EPOLLOUT else 0
    return int(ready | (pycurl.CSELECT_OUT if events & select.EPOLLOUT else 0))
