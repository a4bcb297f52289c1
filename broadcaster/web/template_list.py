"""An account's Zalo templates as people read them, and the button that asks anew."""

from sqlalchemy.orm import Session

from broadcaster.errors import GatewayAwayError
from broadcaster.ports import HasTemplates
from broadcaster.services.zalo_templates import LONG_AGO, sync_templates
from broadcaster.store.zalo_templates import (
    last_synced,
    list_templates,
    params_of,
)
from broadcaster.web.guards import the_actor, the_house
from broadcaster.web.wording import say
from broadcaster.web.zalo_card import blank_label
from templates import read_words


def template_facts(session: Session, gateway: str) -> dict[str, object]:
    """Return what the list of an account's templates shows."""
    words, synced = read_words("channels"), last_synced(session, gateway)
    return {
        "rows": [
            (
                row,
                [(blank_label(param.name), param) for param in params_of(row)],
                words.get(f"quality.{row.quality}"),
            )
            for row in list_templates(session, gateway)
        ],
        "synced": None if synced == LONG_AGO else synced,
        "is_due": synced == LONG_AGO,
    }


def sync_now(name: str) -> str:
    """Ask an account for its templates, and say what came of it."""
    house = the_house()
    gateway = house.gateways.get(name)
    if not isinstance(gateway, HasTemplates):
        return say("gone", "channels", gateway=name)
    try:
        done = sync_templates(
            house.database,
            name,
            gateway=gateway,
            actor=the_actor(),
            now=house.clock.now(),
        )
    except GatewayAwayError:
        return say("away", "channels")
    return say("synced", "channels", listed=done.listed, approved=done.approved)
