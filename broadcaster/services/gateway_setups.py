"""The operator sets gateways up: adds, changes, switches and orders them.

Credentials are locked before they are written, and are in no entry of the journal.
Nothing is ever deleted: a gateway's name is in every message that left by it.
"""

import datetime as dt
import json
import re
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.errors import ConfigurationError, InputError
from broadcaster.ports import Channel
from broadcaster.rules.permissions import Act
from broadcaster.services import journal
from broadcaster.services.accounts import Actor
from broadcaster.store.gateway_setups import get_setup, list_of_channel
from broadcaster.store.insertion import insert_unless_there
from broadcaster.store.session import Database
from broadcaster.store.tables.gateways import GatewaySetup
from broadcaster.store.vault import Vault

NAME = re.compile(r"[a-z][a-z0-9-]{1,23}")
MAX_SENDER_LENGTH = 20
TICK = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom a gateway sends as, and its options: found right by its adapter already."""

    sender: str
    options: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    """Options that nobody reads again; one that is left out keeps its old word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGateway:
    """What a gateway is made from."""

    key: uuid.UUID
    """Made with the form: the same form sent twice adds one gateway."""
    name: str
    kind: str
    channel: Channel
    account: Account


def reserved_names(
    kind: str, *, kinds: Collection[str], fixed: Collection[str]
) -> frozenset[str]:
    """Return the names that no gateway of a kind may take.

    The environment's own gateways, running or not, are called after their kinds: a
    text that left by one must never be looked for at another telco.
    """
    others = {
        f"{other}{place}"
        for other in kinds
        if other != kind
        for place in ("", *range(2, 10))
    }
    return frozenset({*others, *fixed})


def add_gateway(
    database: Database,
    new: NewGateway,
    *,
    vault: Vault,
    reserved: Collection[str],
    actor: Actor,
    now: dt.datetime,
) -> str:
    """Add a gateway behind the others of its channel; return its name.

    Raises InputError for its name or its sender.
    """
    actor.require(Act.OPERATE)
    _check_name(new.name, reserved=reserved)
    row = {
        "public_id": new.key,
        "name": new.name,
        "kind": new.kind,
        "channel": new.channel,
        "sender": _sender(new.account.sender),
        "options": dict(new.account.options),
        "locked_options": _lock(vault, new.account.secrets),
        "is_enabled": True,
        "created_at": now,
        "changed_at": now,
    }
    with database.writing() as session:
        added = _find_by_key(session, new.key)
        if added is not None:
            return added
        row["place"] = len(list_of_channel(session, new.channel)) + 1
        if not insert_unless_there(session, GatewaySetup, row):
            # somebody was quicker: the same form, or another of the same name
            added = _find_by_key(session, new.key)
            if added is None:
                raise InputError("name", "taken")
            return added
        facts = {"name": new.name, "kind": new.kind}
        _note(session, "gateway.added", facts, actor=actor, now=now)
    return new.name


def saved_secrets(setup: GatewaySetup, vault: Vault) -> dict[str, str]:
    """Return a gateway's secrets; nothing when they were locked with another key."""
    if not setup.locked_options:
        return {}
    try:
        secrets: dict[str, str] = json.loads(vault.open(setup.locked_options))
    except ConfigurationError:
        return {}
    return secrets


def change_gateway(
    database: Database,
    name: str,
    account: Account,
    *,
    vault: Vault,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Change whom a gateway sends as and its options. Raises InputError."""
    actor.require(Act.OPERATE)
    sender = _sender(account.sender)
    with database.writing() as session:
        setup = get_setup(session, name)
        changed = _changed(setup, account)
        setup.sender = sender
        setup.options = dict(account.options)
        secrets = saved_secrets(setup, vault) | dict(account.secrets)
        setup.locked_options = _lock(vault, secrets)
        _touch(setup, now=now)
        facts = {"name": name, "options": ", ".join(changed) or "–"}
        _note(session, "gateway.changed", facts, actor=actor, now=now)


def switch_gateway(
    database: Database, name: str, *, on: bool, actor: Actor, now: dt.datetime
) -> None:
    """Let texts leave by a gateway, or let no more leave by it."""
    actor.require(Act.OPERATE)
    with database.writing() as session:
        setup = get_setup(session, name)
        if setup.is_enabled is on:
            return
        setup.is_enabled = on
        _touch(setup, now=now)
        act = "gateway.switched_on" if on else "gateway.switched_off"
        _note(session, act, {"name": name}, actor=actor, now=now)


def move_gateway(
    database: Database, name: str, *, to: int, actor: Actor, now: dt.datetime
) -> None:
    """Put a gateway at a place among those of its channel, counted from 1."""
    actor.require(Act.OPERATE)
    with database.writing() as session:
        setup = get_setup(session, name)
        order = list_of_channel(session, setup.channel)
        was = order.index(setup) + 1
        order.remove(setup)
        order.insert(to - 1, setup)
        for place, each in enumerate(order, start=1):
            each.place = place
        if was != to:
            facts = {"name": name, "place": order.index(setup) + 1}
            _note(session, "gateway.moved", facts, actor=actor, now=now)


def _find_by_key(session: Session, key: uuid.UUID) -> str | None:
    return session.scalar(
        select(GatewaySetup.name).where(GatewaySetup.public_id == key)
    )


def _check_name(name: str, *, reserved: Collection[str]) -> None:
    if not NAME.fullmatch(name):
        raise InputError("name", "not_a_name")
    if name in reserved:
        raise InputError("name", "taken")


def _sender(typed: str) -> str:
    sender = typed.strip()
    if len(sender) > MAX_SENDER_LENGTH or not (sender.isascii() or not sender):
        raise InputError("sender", "not_a_sender")
    if not sender.isprintable():
        raise InputError("sender", "not_a_sender")
    return sender


def _lock(vault: Vault, secrets: Mapping[str, str]) -> str:
    given = {name: word for name, word in secrets.items() if word}
    return vault.lock(json.dumps(given)) if given else ""


def _changed(setup: GatewaySetup, account: Account) -> list[str]:
    """Return the names of what is changed: never the words."""
    names = setup.options.keys() | account.options.keys()
    changed = {
        name
        for name in names
        if setup.options.get(name, "") != account.options.get(name, "")
    }
    changed |= {name for name, word in account.secrets.items() if word}
    if setup.sender != account.sender.strip():
        changed.add("sender")
    return sorted(changed)


def _touch(setup: GatewaySetup, *, now: dt.datetime) -> None:
    # who keeps a made gateway looks at this moment alone to see that it is stale
    setup.changed_at = max(now, setup.changed_at + TICK)


def _note(
    session: Session,
    act: str,
    facts: Mapping[str, object],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    facts = dict(facts)
    journal.write(session, act, actor=actor, ward_id=None, facts=facts, now=now)
