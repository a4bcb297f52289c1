"""A gateway's tokens in the database: one lock and one pair for all processes.

The lock is a lease in the row, so that no transaction is open while the telco is
asked. A holder that died, or whose answer was lost, leaves the old refresh token: who
comes after the lease tries it, and finds out whether it was spent.
"""

import datetime as dt
import hashlib
import threading

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.ports import Clock, Tokens
from broadcaster.store.insertion import fit, insert_unless_there
from broadcaster.store.session import Database
from broadcaster.store.tables.gateways import GatewayTokens
from broadcaster.store.vault import Vault

LEASE = dt.timedelta(seconds=60)
LONGEST_REASON = 200


class DatabaseTokens:
    """The TokenStore of one gateway.

    `first_refresh` is the refresh token as the operator typed it. It begins the first
    pair, and once another is typed, everything begins anew with that one.
    """

    def __init__(
        self,
        database: Database,
        gateway: str,
        *,
        vault: Vault,
        first_refresh: str,
        clock: Clock,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._vault = vault
        self._first = first_refresh
        self._first_hash = hashlib.sha256(first_refresh.encode()).hexdigest()
        self._clock = clock
        self._mine = _Lease()

    def read(self) -> Tokens | None:
        """Return the latest pair, None when there never was one."""
        with self._database.reading() as session:
            row = self._row(session)
            if row is None or not row.locked_access:
                return None
            return self._open(row)

    def begin_rotation(self) -> Tokens | None:
        """Take the lease and return the pair to spend; None when another has it.

        None, too, for a refresh token that is known to be spent. Before there was a
        pair, the access token is empty.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            row = self._row_to_change(session, now=now)
            is_held = row.rotating_until is not None and row.rotating_until > now
            if is_held or row.lost_reason is not None:
                return None
            row.rotating_until = now + LEASE
            held = self._open(row)
        self._mine.until, self._mine.held = now + LEASE, held
        return held

    def finish_rotation(self, tokens: Tokens) -> None:
        """Commit the new pair and end the lease.

        The pair that `begin_rotation` gave out, unspent, ends the lease alone, and
        only where it is still ours.
        """
        change = update(GatewayTokens).where(GatewayTokens.gateway == self._gateway)
        if tokens == self._mine.held:
            change = change.where(GatewayTokens.rotating_until == self._mine.until)
            values: dict[str, object] = {"rotating_until": None}
        else:
            values = {
                "locked_access": self._vault.lock(tokens.access),
                "locked_refresh": self._vault.lock(tokens.refresh),
                "expires_at": tokens.expires_at,
                "rotated_at": self._clock.now(),
                "rotating_until": None,
                "lost_reason": None,
            }
        with self._database.writing() as session:
            session.execute(change.values(values))

    def why_lost(self) -> str | None:
        """Return why only a person can connect the account again; None: all is well."""
        with self._database.reading() as session:
            row = self._row(session)
            return row.lost_reason if row else None

    def lose(self, reason: str) -> None:
        """Note that the refresh token is spent and unknown: a person must connect.

        Only while the lease is ours: another holder since may have had better luck.
        """
        if self._mine.until is None:
            return
        change = (
            update(GatewayTokens)
            .where(
                GatewayTokens.gateway == self._gateway,
                GatewayTokens.rotating_until == self._mine.until,
            )
            .values(lost_reason=fit(reason, LONGEST_REASON), rotating_until=None)
        )
        with self._database.writing() as session:
            session.execute(change)

    def _row(self, session: Session) -> GatewayTokens | None:
        """Return the row, None while it belongs to a token typed earlier."""
        row = session.get(GatewayTokens, self._gateway)
        is_of_ours = row is not None and row.first_refresh_hash == self._first_hash
        return row if is_of_ours else None

    def _row_to_change(self, session: Session, *, now: dt.datetime) -> GatewayTokens:
        """Return the row, locked until the transaction ends, begun anew if need be."""
        beginning = {
            "locked_access": "",
            "locked_refresh": self._vault.lock(self._first),
            "expires_at": now,
            "rotated_at": now,
            "rotating_until": None,
            "lost_reason": None,
            "first_refresh_hash": self._first_hash,
        }
        there = {"gateway": self._gateway} | beginning
        insert_unless_there(session, GatewayTokens, there)
        same = GatewayTokens.gateway == self._gateway
        row = session.scalars(select(GatewayTokens).where(same).with_for_update()).one()
        if row.first_refresh_hash != self._first_hash:
            for name, value in beginning.items():
                setattr(row, name, value)
        return row

    def _open(self, row: GatewayTokens) -> Tokens:
        return Tokens(
            access=self._vault.open(row.locked_access) if row.locked_access else "",
            refresh=self._vault.open(row.locked_refresh),
            expires_at=row.expires_at,
        )


class _Lease(threading.local):
    """What this thread took, and until when."""

    until: dt.datetime | None = None
    held: Tokens | None = None
