"""Put one simulated network together and serve it over HTTP."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from broadcaster.simulator.book import Book
from broadcaster.simulator.changes import Tally
from broadcaster.simulator.control import Control
from broadcaster.simulator.door import Door
from broadcaster.simulator.esms_desk import EsmsDesk, EsmsKeys
from broadcaster.simulator.esms_mailbag import EsmsMailbag
from broadcaster.simulator.esms_reports import EsmsReporter
from broadcaster.simulator.esms_wire import EsmsWire
from broadcaster.simulator.handsets import Town
from broadcaster.simulator.ledger import Ledger
from broadcaster.simulator.mailbag import Mailbag
from broadcaster.simulator.network import Network
from broadcaster.simulator.postman import Postman
from broadcaster.simulator.receipts import Receipts, Reporter
from broadcaster.simulator.records import Wire
from broadcaster.simulator.twilio_reports import TwilioReporter
from broadcaster.simulator.twilio_wire import TwilioWire, json_answer
from broadcaster.simulator.twilio_words import TwilioError
from broadcaster.simulator.wall import Wall
from broadcaster.simulator.zalo_account import ZaloAccount
from broadcaster.simulator.zalo_control import ZaloControl
from broadcaster.simulator.zalo_post import ZaloIdentity, ZaloReporter
from broadcaster.simulator.zalo_wire import ZaloWire, refuse_in_zalos_words

STATIC = Path(__file__).parent / "static"
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a simulated network is started with."""

    state: Path
    town: Town
    account: str
    token: str
    zalo: ZaloIdentity
    inbound_url: str = ""
    esms: EsmsKeys = field(default_factory=EsmsKeys)


@web.middleware
async def refuse_in_twilio_words(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Turn a TwilioError into its JSON answer."""
    try:
        return await handler(request)
    except TwilioError as error:
        return json_answer(error.as_json(), status=error.status)


@web.middleware
async def guard_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse forms of other sites and close pages to foreign scripts."""
    if not request.path.startswith("/wall"):
        return await handler(request)
    if (
        request.headers.get("Sec-Fetch-Site") == "cross-site"
        and request.method != "GET"
    ):
        raise web.HTTPForbidden(text="forms of other sites are refused")
    answer = await handler(request)
    answer.headers["Content-Security-Policy"] = CSP
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def make_app(options: Options) -> web.Application:
    """Return the application; it opens the ledger and resumes when it starts."""
    key = (options.account, options.token)
    book_keeper = Ledger(options.state)
    book, tally, postman = Book(book_keeper), Tally(), Postman(options.token)
    reporters: dict[Wire, Reporter] = {
        Wire.TWILIO: TwilioReporter(postman, account=options.account),
        Wire.ESMS: EsmsReporter(postman),
    }
    receipts = Receipts(book, reporters, tally=tally)
    network = Network(book, receipts, town=options.town, tally=tally)
    zalo = ZaloAccount(options.zalo, network, book, postman=postman)
    reporters[Wire.ZALO] = ZaloReporter(zalo.post, options.zalo)
    esms = EsmsDesk(network, book=book, keys=options.esms)
    mailbag = _mailbag(options, network, book, postman=postman)

    async def life(_app: web.Application) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(book_keeper.close)
            await stack.enter_async_context(postman)
            network.resume()
            stack.push_async_callback(receipts.stop)
            mailbag.resume()
            zalo.resume()
            esms.resume()
            stack.push_async_callback(zalo.post.stop)
            stack.push_async_callback(mailbag.stop)
            yield

    refusing = [refuse_in_twilio_words, refuse_in_zalos_words]
    app = web.Application(middlewares=[*refusing, guard_pages])
    app.cleanup_ctx.append(life)
    desks = (
        TwilioWire(network, receipts, book=book, key=key),
        ZaloWire(network, zalo, book=book, door=Door(network, receipts)),
        ZaloControl(zalo, book=book),
        EsmsWire(network, receipts, book=book, desk=esms),
        Control(network, receipts, book=book, mailbag=mailbag),
        Wall(network, book=book, mailbag=mailbag, zalo=zalo),
    )
    for desk in desks:
        app.add_routes(desk.routes())
    app.router.add_static("/wall/static", STATIC)
    return app


def _mailbag(
    options: Options, network: Network, book: Book, *, postman: Postman
) -> Mailbag:
    """Return who carries residents' texts: eSMS where only it knows where to."""
    if options.esms.inbound_url and not options.inbound_url:
        return EsmsMailbag(network, postman, book=book, keys=options.esms)
    return Mailbag(
        network,
        postman,
        book=book,
        account=options.account,
        inbound_url=options.inbound_url,
    )
