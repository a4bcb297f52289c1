"""A ward that tells its homes by Zalo and by SMS, with the whole product running.

eSMS sends the SMS, the environment's Twilio stands by for more money, and the ward's
Zalo account comes first: three wires of one simulated telco.
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import select

from broadcaster.ports import Channel
from broadcaster.rules.permissions import Role
from broadcaster.rules.tariffs import TariffKind
from broadcaster.rules.timing import ward_today
from broadcaster.services.accounts import Actor
from broadcaster.services.gateway_routes import NewRoute, save_route
from broadcaster.services.gateway_setups import Account, NewGateway, add_gateway
from broadcaster.services.prices import NewPrice, add_price
from broadcaster.services.ward_channels import ChannelRules, set_channels
from broadcaster.store.routing import Hop
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.zalo import ZaloTemplate
from broadcaster.store.vault import Vault
from tests.builders.accounts import an_account
from tests.builders.people import a_group, a_household, a_ward
from tests.product import SECRET_KEY, Product
from tests.telco import (
    ESMS_API_KEY,
    ESMS_INBOUND_KEY,
    ESMS_SECRET_KEY,
    ZALO_APP_ID,
    ZALO_OA_ID,
    ZALO_OA_SECRET,
    ZALO_REFRESH,
    ZALO_SECRET,
    Telco,
    until,
)

ESMS, TWILIO, ZALO = "esms", "twilio", "zalo"
SERVICE_NUMBER = "+84899000888"
NOTICE = "214002"
"""The simulated Zalo's template for whatever a ward tells; 200 đ, 140 đ by user id."""
TWILIO_RATES = {"Viettel": 850, "VinaPhone": 800, "MobiFone": 780, "Vietnamobile": 700}
ESMS_RATES = {"Viettel": 760, "VinaPhone": 720, "MobiFone": 690, "Vietnamobile": 480}
PREFIXES = ("32", "83", "70", "92")
CONNECTIONS = "8"
READY_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone that hangs on the wall."""

    national: str
    label: str
    has_zalo: bool


def phone_number(n: int) -> str:
    """Return the n-th number of the ward, over four carriers, as people write it."""
    return f"0{PREFIXES[n % len(PREFIXES)]}{n:07}"


def e164(national: str) -> str:
    """Return a number as the wires write it."""
    return "+84" + national.removeprefix("0")


class ChannelProduct(Product):
    """The product with eSMS, Twilio and a Zalo account, all set up by the operator."""

    wall: Sequence[Phone] = ()
    operator: Actor

    def _start_telco(self) -> Telco:
        doors = f"{self.url}/callbacks"
        return Telco.start(
            self.folder,
            inbound_url=f"{doors}/{TWILIO}/inbound",
            zalo_webhook_url=f"{doors}/{ZALO}/events",
            handsets=self._write_handsets(),
        )

    def _settings(self, database_url: str, redis_url: str) -> dict[str, str]:
        with self.database.writing() as session:
            self.operator = an_account(session, Role.OPERATOR, ward_id=None)
        self._set_gateways_up()
        self._set_prices()
        options = {"LOA_GATEWAY_CONNECTIONS": CONNECTIONS, "LOA_GATEWAY_WINDOW": "40"}
        return super()._settings(database_url, redis_url) | options

    def use_zalo(
        self, ward_id: int, *, minutes: Mapping[Topic, int] = MappingProxyType({})
    ) -> None:
        """Let a ward tell by Zalo first; over quota its SMS leaves at once."""
        rules = ChannelRules(zalo_gateway=ZALO, fall_back_minutes=minutes)
        set_channels(
            self.database,
            rules,
            ward_id=ward_id,
            accounts=[ZALO],
            actor=self.operator,
            now=now(),
        )

    def wait_for_templates(self) -> None:
        """Wait until the clock has read Zalo's templates, and their prices."""
        until(self._has_templates, within_s=READY_WITHIN_S)

    def _has_templates(self) -> bool:
        with self.database.reading() as session:
            return session.scalar(select(ZaloTemplate.id).limit(1)) is not None

    def _write_handsets(self) -> Path:
        facts = {
            "service_number": SERVICE_NUMBER,
            "rates": TWILIO_RATES,
            "esms_rates": ESMS_RATES,
            "handsets": [
                {
                    "e164": e164(phone.national),
                    "label": phone.label,
                    "model": "Redmi 12" if phone.has_zalo else "Nokia 105",
                    "skin": "smartphone" if phone.has_zalo else "feature",
                    "has_zalo": phone.has_zalo,
                }
                for phone in self.wall
            ],
        }
        path = self.folder / "handsets.json"
        path.write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
        return path

    def _set_gateways_up(self) -> None:
        common = {"connections": CONNECTIONS, "window": "40"}
        esms = Account(
            sender="",
            options=common
            | {"base_url": self.telco.esms_url, "receipt_kind": "handset"},
            secrets={
                "api_key": ESMS_API_KEY,
                "secret_key": ESMS_SECRET_KEY,
                "inbound_key": ESMS_INBOUND_KEY,
            },
        )
        zalo = Account(
            sender="",
            options=common
            | {
                "base_url": self.telco.zalo_url,
                "app_id": ZALO_APP_ID,
                "oa_id": ZALO_OA_ID,
            },
            secrets={
                "app_secret": ZALO_SECRET,
                "oa_secret": ZALO_OA_SECRET,
                "refresh_token": ZALO_REFRESH,
            },
        )
        self._add(ESMS, Channel.SMS, esms)
        self._add(ZALO, Channel.ZALO, zalo)
        hops = (Hop(gateway=ESMS, share=100), Hop(gateway=TWILIO, share=0))
        save_route(
            self.database,
            NewRoute(channel=Channel.SMS, carrier="", hops=hops),
            offered=[ESMS, TWILIO],
            actor=self.operator,
            now=now(),
        )

    def _add(self, name: str, channel: Channel, account: Account) -> None:
        new = NewGateway(
            key=uuid.uuid4(), name=name, kind=name, channel=channel, account=account
        )
        add_gateway(
            self.database,
            new,
            vault=Vault(SECRET_KEY),
            reserved=(),
            actor=self.operator,
            now=now(),
        )

    def _set_prices(self) -> None:
        for gateway, rates in ((ESMS, ESMS_RATES), (TWILIO, TWILIO_RATES)):
            for carrier, rate in rates.items():
                price = NewPrice(
                    gateway=gateway,
                    carrier=carrier,
                    kind=TariffKind.CARE,
                    valid_from=ward_today(now()),
                    vnd_per_segment=rate,
                )
                add_price(self.database, price, actor=self.operator, now=now())


def settle(database: Database, homes: int, *, next_door: int = 0) -> tuple[int, int]:
    """Enrol so many homes in one group of a ward; return ward and group.

    With homes next door, that group is not the whole ward: it needs no approval.
    """
    with database.writing() as session:
        ward = a_ward(session)
        ward.quiet_until = ward.quiet_from  # no quiet hours: stories run at any hour
        ward.inbound_number = SERVICE_NUMBER
        group = a_group(session, ward, number=12)
        for n in range(homes):
            a_household(session, in_group=group, with_phone=phone_number(n))
        other = a_group(session, ward, number=13)
        for n in range(homes, homes + next_door):
            a_household(session, in_group=other, with_phone=phone_number(n))
        for role in (Role.OFFICER, Role.APPROVER, Role.ACCOUNTANT):
            an_account(session, role, ward_id=ward.id)
        return ward.id, group.id


def now() -> dt.datetime:
    """Return the moment."""
    return dt.datetime.now(dt.UTC)
