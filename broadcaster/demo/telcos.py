"""The demo's gateways beside the one of its environment, as an operator sets them up.

eSMS sends the SMS and Twilio stands in; our ward tells by Zalo whom Zalo reaches. All
three are the simulated telco, whose address may change between two runs.
"""

import datetime as dt
import json

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from broadcaster.demo.place import Place
from broadcaster.demo.seed.places import OUR_WARD
from broadcaster.ports import Channel
from broadcaster.store.session import Database
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.gateways import CarrierRoute, GatewaySetup
from broadcaster.store.tables.zalo import OverQuota, WardChannels
from broadcaster.store.vault import Vault
from subscriptions.tables.places import Ward

ESMS, ZALO, TWILIO = "esms", "zalo", "twilio"
ZALO_APP, ZALO_ACCOUNT = "4000300020001000", "1000200030004000"
FALL_BACK_MINUTES = {Topic.PENSION.value: 30}


def set_up(database: Database, place: Place, *, now: dt.datetime) -> None:
    """Set up the gateways, or point them at where the telco answers now."""
    vault = Vault(place.secret_key)
    with database.writing() as session:
        is_new = session.scalar(select(GatewaySetup.id).limit(1)) is None
        for order, (name, channel) in enumerate(
            ((ESMS, Channel.SMS), (ZALO, Channel.ZALO)), start=1
        ):
            _keep(session, name, channel, place=place, order=order, now=now)
            setup = session.scalars(
                select(GatewaySetup).where(GatewaySetup.name == name)
            ).one()
            setup.options = _options(name, place)
            setup.locked_options = vault.lock(json.dumps(_secrets(name, place)))
            setup.changed_at = now
        if is_new:
            _route(session)
            _use_zalo(session)


def telco_arguments(place: Place) -> list[str]:
    """Return what the simulated telco is started with, so that keys and doors fit."""
    doors = f"{place.web_url}/callbacks"
    return [
        *("--zalo-app-id", ZALO_APP),
        *("--zalo-oa-id", ZALO_ACCOUNT),
        *("--zalo-secret", place.telco_keys["zalo_app"]),
        *("--zalo-oa-secret", place.telco_keys["zalo_oa"]),
        *("--zalo-refresh-token", place.telco_keys["zalo_refresh"]),
        *("--zalo-webhook-url", f"{doors}/{ZALO}/events"),
        *("--esms-api-key", place.telco_keys["esms_api"]),
        *("--esms-secret-key", place.telco_keys["esms_secret"]),
        *("--esms-inbound-url", f"{doors}/{ESMS}/inbound"),
        *("--esms-inbound-key", place.telco_keys["esms_inbound"]),
    ]


def _keep(
    session: Session,
    name: str,
    channel: Channel,
    *,
    place: Place,
    order: int,
    now: dt.datetime,
) -> None:
    known = select(GatewaySetup.id).where(GatewaySetup.name == name)
    if session.scalar(known) is None:
        session.add(
            GatewaySetup(
                name=name,
                kind=name,
                channel=channel,
                sender="",
                options=_options(name, place),
                locked_options="",
                place=order,
                is_enabled=True,
                created_at=now,
                changed_at=now,
            )
        )
        session.flush()


def _options(name: str, place: Place) -> dict[str, str]:
    if name == ESMS:
        return {"base_url": f"{place.telco_url}/esms", "receipt_kind": "handset"}
    return {
        "base_url": f"{place.telco_url}/zalo",
        "app_id": ZALO_APP,
        "oa_id": ZALO_ACCOUNT,
    }


def _secrets(name: str, place: Place) -> dict[str, str]:
    keys = place.telco_keys
    if name == ESMS:
        return {
            "api_key": keys["esms_api"],
            "secret_key": keys["esms_secret"],
            "inbound_key": keys["esms_inbound"],
        }
    return {
        "app_secret": keys["zalo_app"],
        "oa_secret": keys["zalo_oa"],
        "refresh_token": keys["zalo_refresh"],
    }


def _route(session: Session) -> None:
    session.add_all(
        CarrierRoute(
            channel=Channel.SMS,
            carrier="",
            gateway=name,
            share=share,
            place=at,
        )
        for at, (name, share) in enumerate(((ESMS, 100), (TWILIO, 0)), start=1)
    )


def _use_zalo(session: Session) -> None:
    ward_id = session.scalars(select(Ward.id).where(Ward.name == OUR_WARD.name)).one()
    session.execute(delete(WardChannels).where(WardChannels.ward_id == ward_id))
    session.add(
        WardChannels(
            ward_id=ward_id,
            zalo_gateway=ZALO,
            over_quota=OverQuota.FALL_BACK,
            fall_back_minutes=FALL_BACK_MINUTES,
        )
    )
