"""Composition root: from the environment to the parts that processes work with."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from broadcaster.bootstrap.kinds import GatewayKind, gateway_kinds, make_gateway
from broadcaster.bootstrap.shelf import GatewayShelf, Setup
from broadcaster.config import (
    GatewayConfig,
    Settings,
    read_database_url,
    read_gateways,
    read_settings,
)
from broadcaster.errors import ConfigurationError
from broadcaster.ports import Channel, Clock, Gateway, GatewaySettings
from broadcaster.store.gateway_tokens import DatabaseTokens
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.vault import Vault

__all__ = [
    "GatewayKind",
    "GatewayShelf",
    "House",
    "SystemClock",
    "assemble",
    "build_house",
    "database_url",
    "gateway_kinds",
    "list_faults",
    "make_settings",
    "open_database",
]


class SystemClock:
    """The machine's own time."""

    def now(self) -> dt.datetime:
        """Return the aware moment, in UTC."""
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything a process needs: handed to web, workers and commands."""

    settings: Settings
    database: Database
    gateways: GatewayShelf
    """By name, the environment's first, in the order of the route."""
    clock: Clock
    vault: Vault

    @property
    def gateway_name(self) -> str:
        """Return the gateway that texts leave by where no route says otherwise.

        Empty when there is none.
        """
        return next(iter(self.gateways.sending(Channel.SMS)), "")


def build_house(environ: Mapping[str, str], *, clock: Clock | None = None) -> House:
    """Put the parts together. Raises ConfigurationError with every fault found."""
    settings = read_settings(environ)
    fixed = [
        make_gateway(
            config.kind,
            make_settings(
                settings, config.name, options=config.options, prefix=config.prefix
            ),
        )
        for config in settings.gateways
    ]
    return assemble(
        settings,
        Database(create_engine_for(settings.database_url)),
        fixed=fixed,
        clock=clock or SystemClock(),
    )


def assemble(
    settings: Settings, database: Database, *, fixed: Sequence[Gateway], clock: Clock
) -> House:
    """Make a house of settings, a database and the gateways that are given."""
    vault = Vault(settings.secret_key)

    def make(setup: Setup) -> Gateway:
        told = make_settings(settings, setup.name, options=setup.options)
        tokens = DatabaseTokens(
            database,
            setup.name,
            vault=vault,
            first_refresh=setup.options.get("refresh_token", ""),
            clock=clock,
        )
        return make_gateway(setup.kind, replace(told, tokens=tokens))

    gateways = GatewayShelf(
        {gateway.name: gateway for gateway in fixed}, database, vault=vault, make=make
    )
    return House(
        settings=settings,
        database=database,
        gateways=gateways,
        clock=clock,
        vault=vault,
    )


def make_settings(
    settings: Settings, name: str, *, options: Mapping[str, str], prefix: str = ""
) -> GatewaySettings:
    """Return what an adapter is told of one gateway."""
    key = hmac.new(settings.secret_key.encode(), digestmod=hashlib.sha256)
    key.update(f"callbacks of {name}".encode())
    return GatewaySettings(
        name=name,
        public_url=settings.public_url,
        demo=settings.demo,
        options=options,
        prefix=prefix,
        callback_key=key.hexdigest(),
    )


def open_database(environ: Mapping[str, str]) -> Database:
    """Open the database alone, for commands that need nothing else."""
    return Database(create_engine_for(read_database_url(environ)))


def database_url(environ: Mapping[str, str]) -> str:
    """Return where the database is, for migrations."""
    return read_database_url(environ)


def list_faults(environ: Mapping[str, str]) -> list[str]:
    """Return all that keeps a house from being built, the gateway's own keys too."""
    faults: list[str] = []
    try:
        read_settings(environ)
    except ConfigurationError as error:
        faults += error.missing
    for config in read_gateways(environ):
        try:
            make_gateway(config.kind, _bare(config))
        except ConfigurationError as error:
            faults += error.missing
    return faults


def _bare(config: GatewayConfig) -> GatewaySettings:
    return GatewaySettings(
        name=config.name,
        public_url="",
        demo=False,
        options=config.options,
        prefix=config.prefix,
    )
