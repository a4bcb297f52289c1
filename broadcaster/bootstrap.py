"""Composition root: from the environment to the parts that processes work with."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from broadcaster.config import (
    GatewayConfig,
    Settings,
    read_database_url,
    read_gateways,
    read_settings,
)
from broadcaster.errors import ConfigurationError
from broadcaster.ports import Clock, Gateway, GatewaySettings
from broadcaster.store.session import Database, create_engine_for


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
    gateways: Mapping[str, Gateway]
    """By name, in the order of the route."""
    clock: Clock

    @property
    def gateway_name(self) -> str:
        """Return the gateway that texts leave by unless it is down."""
        return next(iter(self.gateways))


def build_house(environ: Mapping[str, str], *, clock: Clock | None = None) -> House:
    """Put the parts together. Raises ConfigurationError with every fault found."""
    settings = read_settings(environ)
    return House(
        settings=settings,
        database=Database(create_engine_for(settings.database_url)),
        gateways={
            config.name: _load_gateway(
                config, public_url=settings.public_url, demo=settings.demo
            )
            for config in settings.gateways
        },
        clock=clock or SystemClock(),
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
            _load_gateway(config, public_url="", demo=False)
        except ConfigurationError as error:
            faults += error.missing
    return faults


def _load_gateway(config: GatewayConfig, *, public_url: str, demo: bool) -> Gateway:
    found = entry_points(group="broadcaster.gateways", name=config.kind)
    if not found:
        raise ConfigurationError([f"no gateway is installed as {config.kind!r}"])
    settings = GatewaySettings(
        name=config.name,
        public_url=public_url,
        demo=demo,
        options=config.options,
        prefix=config.prefix,
    )
    gateway: Gateway = next(iter(found)).load().build(settings)
    return gateway
