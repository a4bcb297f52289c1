"""The only reader of the environment: every setting, declared once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from broadcaster.errors import ConfigurationError

MIN_SECRET_LENGTH = 32
MIN_TOKEN_LENGTH = 16
MOST_GATEWAYS = 9
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """One gateway: the entry point of its kind, our name for it, its own options."""

    name: str
    kind: str
    options: Mapping[str, str]
    prefix: str
    """What its variables begin with, for telling what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process of ours is told when it starts."""

    demo: bool
    database_url: str
    redis_url: str
    secret_key: str
    public_url: str
    """Where browsers and telcos reach us, no slash at the end; telcos sign it."""
    gateways: tuple[GatewayConfig, ...]
    """The route: texts leave by the first; each stands in for those before it."""
    wall_url: str | None
    metrics_token: str | None = None
    """Whoever shows it may read /metrics; None: nobody may."""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises ConfigurationError with everything that is wrong."""
    demo = environ.get("LOA_MODE", "production") == "demo"
    faults = [
        f"{name} is missing: {why}"
        for name, why in _REQUIRED.items()
        if not environ.get(name)
    ]
    secret = environ.get("LOA_SECRET_KEY", "")
    if secret and len(secret) < MIN_SECRET_LENGTH:
        faults.append(f"LOA_SECRET_KEY is shorter than {MIN_SECRET_LENGTH} characters")
    metrics_token = environ.get("LOA_METRICS_TOKEN") or None
    if metrics_token is not None and len(metrics_token) < MIN_TOKEN_LENGTH:
        faults.append(
            f"LOA_METRICS_TOKEN is shorter than {MIN_TOKEN_LENGTH} characters"
        )
    gateways = read_gateways(environ)
    faults += _behind_a_gap(environ, len(gateways))
    if faults:
        raise ConfigurationError(faults)
    return Settings(
        demo=demo,
        database_url=environ["LOA_DATABASE_URL"],
        redis_url=environ["LOA_REDIS_URL"],
        secret_key=secret,
        public_url=environ["LOA_PUBLIC_URL"].rstrip("/"),
        gateways=gateways,
        wall_url=environ.get("LOA_WALL_URL"),
        metrics_token=metrics_token,
    )


def read_gateways(environ: Mapping[str, str]) -> tuple[GatewayConfig, ...]:
    """Read the route: LOA_GATEWAY, then LOA_GATEWAY2, LOA_GATEWAY3 and so on.

    LOA_GATEWAY=none leaves it to the operator's page.
    """
    if environ.get("LOA_GATEWAY") == NONE:
        return ()
    route = [_read_gateway(environ, "")]
    for place in range(2, MOST_GATEWAYS + 1):
        if not environ.get(f"LOA_GATEWAY{place}"):
            break
        route.append(_read_gateway(environ, str(place)))
    return tuple(route)


def _behind_a_gap(environ: Mapping[str, str], gateways: int) -> list[str]:
    return [
        f"LOA_GATEWAY{place} is not reached: LOA_GATEWAY{gateways + 1} is missing"
        for place in range(gateways + 1, MOST_GATEWAYS + 1)
        if environ.get(f"LOA_GATEWAY{place}")
    ]


def _read_gateway(environ: Mapping[str, str], place: str) -> GatewayConfig:
    kind = environ.get(f"LOA_GATEWAY{place}") or "twilio"
    prefix = f"LOA_GATEWAY{place}_"
    return GatewayConfig(
        name=f"{kind}{place}",
        kind=kind,
        prefix=prefix,
        options={
            name.removeprefix(prefix).lower(): value
            for name, value in environ.items()
            if name.startswith(prefix)
        },
    )


def read_database_url(environ: Mapping[str, str]) -> str:
    """Read where the database is; the embedded default lies in ./var."""
    return environ.get("LOA_DATABASE_URL") or f"sqlite:///{Path('var/loa.db')}"


_REQUIRED = {
    "LOA_DATABASE_URL": "for example postgresql+psycopg://loa@db/loa",
    "LOA_REDIS_URL": "for example redis://127.0.0.1:6379/0",
    "LOA_SECRET_KEY": "at least 32 random characters; it signs sessions",
    "LOA_PUBLIC_URL": "the address browsers and telcos use, https://…",
}
