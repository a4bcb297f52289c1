"""A Zalo account's settings."""

from dataclasses import dataclass, field

from broadcaster.gateways.options import (
    BASE_URL,
    WINDOW,
    Kind,
    Option,
    connections,
    read_options,
)
from broadcaster.ports import (
    Capabilities,
    Channel,
    GatewaySettings,
    ReceiptKind,
    Thanks,
)

OAUTH = "https://oauth.zaloapp.com"
BUSINESS = "https://business.openapi.zalo.me"
OPEN_API = "https://openapi.zalo.me"
LONG = 2_000
"""Letters of a token, at most."""
OPTIONS = (
    Option(name="app_id", required=True, most=32),
    Option(name="app_secret", kind=Kind.SECRET, required=True),
    Option(name="oa_id", required=True, most=32),
    # signs webhooks; some accounts sign with the application's own secret instead
    Option(name="oa_secret", kind=Kind.SECRET, required=True),
    # the first one, as it was got when the account was connected; later ones are kept
    Option(name="refresh_token", kind=Kind.SECRET, required=True, most=LONG),
    # one root for all three; without it each is Zalo's own, or what is given
    BASE_URL,
    Option(name="oauth_url", kind=Kind.URL),
    Option(name="template_url", kind=Kind.URL),
    Option(name="oa_url", kind=Kind.URL),
    Option(
        name="requests_per_minute",
        kind=Kind.NUMBER,
        default="4000",
        least=1,
        most=1_000_000,
    ),
    Option(name="daily_quota", kind=Kind.WHOLE, most=100_000_000),
    Option(name="sending_mode", kind=Kind.CHOICE, default="1", choices=("1", "3")),
    Option(name="mode", kind=Kind.CHOICE, choices=("development",)),
    Option(name="form_image_url", kind=Kind.URL),
    connections(64),
    WINDOW,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Where Zalo's three interfaces are."""

    oauth: str
    business: str
    open_api: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose messages they are, and where they are handed in."""

    app_id: str
    app_secret: str = field(repr=False)
    oa_id: str
    oa_secret: str = field(repr=False)
    hosts: Hosts
    sending_mode: str
    mode: str
    form_image_url: str
    daily_quota: int | None
    capabilities: Capabilities


def read_account(settings: GatewaySettings) -> Account:
    """Read an account. Raises ConfigurationError with every fault."""
    given = read_options(settings, OPTIONS)
    root = given.url("")
    per_minute = given.number("requests_per_minute") or 0.0
    quota = given.number("daily_quota")
    return Account(
        app_id=given.text("app_id"),
        app_secret=given.text("app_secret"),
        oa_id=given.text("oa_id"),
        oa_secret=given.text("oa_secret"),
        hosts=Hosts(
            oauth=root or _host(given.text("oauth_url"), OAUTH),
            business=root or _host(given.text("template_url"), BUSINESS),
            open_api=root or _host(given.text("oa_url"), OPEN_API),
        ),
        sending_mode=given.text("sending_mode"),
        mode=given.text("mode"),
        form_image_url=given.text("form_image_url"),
        daily_quota=None if quota is None else int(quota),
        capabilities=Capabilities(
            receipt_kind=ReceiptKind.HANDSET,
            window=given.whole("window"),
            connections=given.whole("connections"),
            segments_per_second=per_minute / 60,
            inbound=True,
            channel=Channel.ZALO,
            thanks=Thanks(status=200),
        ),
    )


def _host(given: str, or_else: str) -> str:
    return (given or or_else).rstrip("/")
