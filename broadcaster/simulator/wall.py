"""The handset wall."""

from aiohttp import web

from broadcaster.simulator.book import Book
from broadcaster.simulator.mailbag import Mailbag
from broadcaster.simulator.network import Network


class Wall:
    """Serve the wall."""

    def __init__(self, network: Network, *, book: Book, mailbag: Mailbag) -> None:
        self._network = network
        self._book = book
        self._mailbag = mailbag

    def routes(self) -> list[web.RouteDef]:
        """List the routes of the wall."""
        return []
