"""The gateways of a running house: those of the environment, and the operator's."""

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.errors import ConfigurationError
from broadcaster.ports import Channel, Gateway
from broadcaster.store.session import Database
from broadcaster.store.tables.gateways import GatewaySetup
from broadcaster.store.vault import Vault

LOOK_EVERY_S = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One gateway as the operator set it up, its secrets opened."""

    name: str
    kind: str
    channel: Channel
    options: Mapping[str, str]


Make = Callable[[Setup], Gateway]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    gateway: Gateway
    changed_at: dt.datetime
    is_enabled: bool
    sender: str


class GatewayShelf(Mapping[str, Gateway]):
    """Gateways by name, the environment's first; looked at anew every two seconds.

    One that was switched off is still here: reports of what it took come in yet. One
    that cannot be made of its settings is logged and left out.
    """

    def __init__(
        self,
        fixed: Mapping[str, Gateway],
        database: Database,
        *,
        vault: Vault,
        make: Make,
    ) -> None:
        self._fixed = dict(fixed)
        self._database = database
        self._vault = vault
        self._make = make
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()
        self._looked_at = float("-inf")

    def __getitem__(self, name: str) -> Gateway:
        if name in self._fixed:
            return self._fixed[name]
        return self._set_up()[name].gateway

    def __iter__(self) -> Iterator[str]:
        yield from self._fixed
        yield from self._set_up()

    def __len__(self) -> int:
        return len(self._fixed) + len(self._set_up())

    @property
    def fixed_names(self) -> frozenset[str]:
        """The names of those that the environment gives."""
        return frozenset(self._fixed)

    def sending(self, channel: Channel) -> tuple[str, ...]:
        """Return who may send by a channel, in the order in which they are asked."""
        fixed = [
            name
            for name, gateway in self._fixed.items()
            if gateway.capabilities.channel is channel
        ]
        return (*fixed, *self._enabled(channel))

    @property
    def switched_off(self) -> frozenset[str]:
        """The names of those that send nothing: others send what waits for them."""
        return frozenset(
            name for name, kept in self._set_up().items() if not kept.is_enabled
        )

    def sender(self, name: str) -> str | None:
        """Return whom a gateway sends as; None: each ward as itself."""
        kept = self._set_up().get(name)
        return kept.sender or None if kept is not None else None

    def look(self) -> None:
        """Look at once, after a change that must be seen by what comes next."""
        self._looked_at = float("-inf")
        self._set_up()

    def _enabled(self, channel: Channel) -> list[str]:
        return [
            name
            for name, kept in self._set_up().items()
            if kept.is_enabled and kept.gateway.capabilities.channel is channel
        ]

    def _set_up(self) -> dict[str, _Kept]:
        with self._lock:
            if time.monotonic() >= self._looked_at + LOOK_EVERY_S:
                self._looked_at = time.monotonic()
                self._kept = self._read()
            return self._kept

    def _read(self) -> dict[str, _Kept]:
        found: dict[str, _Kept] = {}
        try:
            with self._database.reading() as session:
                rows = session.scalars(
                    select(GatewaySetup).order_by(GatewaySetup.place, GatewaySetup.id)
                ).all()
        except SQLAlchemyError as error:
            log.warning("gateways_not_read", error=type(error).__name__)
            return self._kept
        for row in rows:
            kept = row.name not in self._fixed and self._keep(row)
            if kept:
                found[row.name] = kept
        return found

    def _keep(self, row: GatewaySetup) -> _Kept | None:
        known = self._kept.get(row.name)
        if known is not None and known.changed_at == row.changed_at:
            return known
        try:
            gateway = self._make(
                Setup(
                    name=row.name,
                    kind=row.kind,
                    channel=row.channel,
                    options=row.options | self._open(row.locked_options),
                )
            )
        except ConfigurationError as error:
            log.warning("gateway_not_made", gateway=row.name, faults=error.missing)
            return None
        return _Kept(
            gateway=gateway,
            changed_at=row.changed_at,
            is_enabled=row.is_enabled,
            sender=row.sender,
        )

    def _open(self, locked: str) -> dict[str, str]:
        if not locked:
            return {}
        secrets: dict[str, str] = json.loads(self._vault.open(locked))
        return secrets
