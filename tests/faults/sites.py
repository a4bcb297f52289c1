"""An installation to be hurt: its database, its telco, and whom it tells."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from sqlalchemy import func, select, update

from broadcaster.rules.lifecycle import MessageState
from broadcaster.rules.permissions import Role
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.announcements import Announcement, Lane
from broadcaster.store.tables.messages import Message, SendWindow
from subscriptions.audience import Audience, recipients
from subscriptions.tables.consents import Purpose
from subscriptions.tables.households import Line
from subscriptions.tables.places import Ward
from tests.builders.accounts import PASSWORD, an_account
from tests.builders.crowds import a_crowd
from tests.builders.messages import a_frozen_notice
from tests.builders.people import a_ward
from tests.faults.hosts import Host
from tests.product import Visitor
from tests.servers import free_port
from tests.telco import Telco, until

GATEWAY = "twilio"
EVERYBODY = Audience(group_ids=None)
TO_SEND = ("queued", "held", "submitting")
OPEN = (*TO_SEND, "in_doubt")
HOMES_A_LINE = 1.16
SETTLED_WITHIN_S = 90.0


@dataclass(slots=True, kw_only=True)
class Site:
    """What every host of an installation shares, and the handsets that judge it."""

    folder: Path
    database: Database
    telco: Telco
    web_port: int
    environ: dict[str, str]
    hosts: list[Host] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return where the web is, once a host has started it."""
        return f"http://127.0.0.1:{self.web_port}"

    def set_gateway(self, **options: object) -> None:
        """Set options of the gateway for hosts that are not there yet."""
        for name, word in options.items():
            self.environ[f"LOA_GATEWAY_{name.upper()}"] = str(word)

    def a_host(
        self, name: str = "host", *, environ: Mapping[str, str] | None = None
    ) -> Host:
        """Add a machine that runs nothing yet."""
        folder = self.folder / name
        folder.mkdir()
        host = Host(folder=folder, environ=self.environ | dict(environ or {}))
        self.hosts.append(host)
        return host

    def start_web(self, host: Host) -> None:
        """Start the web on a host, and wait until it answers."""
        host.start_web(self.web_port)
        until(self._is_up, within_s=60.0)

    def settle_people(self, lines: int) -> Ward:
        """Fill a ward in which at least so many lines may be told."""
        with self.database.writing() as session:
            ward = a_ward(session)
            ward.quiet_until = ward.quiet_from  # tests run at any hour
            ward.approval_over = 10 * lines  # one officer is enough
            a_crowd(session, ward, homes=int(lines * HOMES_A_LINE) + 50, groups=5)
            an_account(session, Role.OFFICER, ward_id=ward.id)
            return ward

    def tell(self, texts: int, *, lane: Lane = Lane.NOTICE) -> list[str]:
        """Confirm a notice to as many phones, told nothing yet; return their numbers.

        Written as a confirmation does it, but that no bell is rung.
        """
        with self.database.writing() as session:
            ward = session.scalars(select(Ward)).one()
            told = recipients(EVERYBODY, ward_id=ward.id, purpose=Purpose.NOTICES)
            ids = told.with_only_columns(told.selected_columns.line_id)
            lines = session.scalars(
                select(Line)
                .where(Line.id.in_(ids), Line.id.not_in(select(Message.line_id)))
                .order_by(Line.id)
                .limit(texts)
            ).all()
            assert len(lines) == texts, f"only {len(lines)} may be told"
            notice = a_frozen_notice(session, ward, lines, gateway=GATEWAY, lane=lane)
            notice.audience = EVERYBODY.to_json()
            return [line.e164 for line in lines]

    def let_pass(self, seconds: float) -> None:
        """Bring every lease and every look at a doubt as much nearer."""
        sooner = dt.timedelta(seconds=seconds)
        with self.database.writing() as session:
            for window in session.scalars(select(SendWindow)):
                window.lease_until -= sooner
            session.execute(
                update(Message)
                .where(Message.state == MessageState.IN_DOUBT)
                .values(due_at=dt.datetime.now(dt.UTC) - sooner)
            )

    def states(self) -> dict[str, int]:
        """Count the messages by state."""
        query = select(Message.state, func.count()).group_by(Message.state)
        with self.database.reading() as session:
            return {state.value: n for state, n in session.execute(query)}

    def count(self, *states: str) -> int:
        """Count the messages in any of these states."""
        counted = self.states()
        return sum(counted.get(state, 0) for state in states)

    def taken(self) -> int:
        """Return how many texts the telco has taken in all."""
        return int(self.telco.stats()["taken"])

    def wait_until_taken(self, texts: int) -> None:
        """Wait until the telco has taken as many texts."""
        self._until(lambda: self.taken() >= texts)

    def settle(self) -> dict[str, int]:
        """Wait until no text waits, is out or in doubt; return the states."""
        self._until(lambda: self.count(*OPEN) == 0)
        self._until(lambda: self.telco.stats()["waiting"] == 0)
        return self.states()

    def an_officer(self) -> Visitor:
        """Sign in at the web as the ward's officer."""
        visitor = Visitor(self.url)
        visitor.post("/sign-in", {"username": "officer", "password": PASSWORD})
        return visitor

    def page_of_notice(self, visitor: Visitor) -> str:
        """Return the page of the newest announcement."""
        newest = select(Announcement.public_id).order_by(Announcement.id.desc())
        with self.database.reading() as session:
            public_id = session.scalars(newest).first()
        return visitor.get(f"/staff/announcements/{public_id}")

    def heard(self) -> Counter[str]:
        """Count what each handset has received: the only true list."""
        return Counter(str(text["to"]) for text in self.telco.received())

    def _until(self, wanted: Callable[[], bool]) -> None:
        """Wait, and fail with what the processes said; none may end by itself."""
        try:
            until(lambda: self._has_ended() or wanted(), within_s=SETTLED_WITHIN_S)
            assert not self._has_ended(), "a process has ended"
        except AssertionError as error:
            said = [f"{error}: {self.states()}", *(h.last_words() for h in self.hosts)]
            raise AssertionError("\n".join(said)) from error

    def _has_ended(self) -> bool:
        return any(
            not host.is_alive(name) for host in self.hosts for name in host.running
        )

    def _is_up(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False


@contextmanager
def a_site(
    folder: Path,
    *,
    database_url: str,
    redis_url: str,
    lines: int = 0,
    weather: Mapping[str, object] | None = None,
) -> Iterator[Site]:
    """Give an installation with a telco and people, whose hosts end with the block.

    The database is migrated already. No host runs anything yet.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    telco = Telco.start(
        folder,
        inbound_url=f"{url}/callbacks/{GATEWAY}/inbound",
        weather=dict(weather or {}),
    )
    site = Site(
        folder=folder,
        database=Database(create_engine_for(database_url)),
        telco=telco,
        web_port=port,
        environ={
            "LOA_DATABASE_URL": database_url,
            "LOA_REDIS_URL": redis_url,
            "LOA_SECRET_KEY": "not a secret, but long enough for a test",
            "LOA_PUBLIC_URL": url,
            "LOA_GATEWAY": GATEWAY,
        },
    )
    site.set_gateway(
        base_url=telco.base_url,
        account_sid=telco.account_sid,
        auth_token=telco.auth_token,
        receipt_kind="handset",
    )
    try:
        if lines:
            site.settle_people(lines)
        yield site
    finally:
        for host in site.hosts:
            host.stop()
        telco.stop()
        site.database.engine.dispose()
