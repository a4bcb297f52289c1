"""`loa ward add` and `loa account add`: a real ward starts without SQL."""

import os
import sys
from typing import Any, NoReturn

import click
from sqlalchemy.orm import Session

from broadcaster.bootstrap import SystemClock, open_database
from broadcaster.errors import InputError
from broadcaster.rules.permissions import Role
from broadcaster.services import wards
from broadcaster.services.accounts import NewAccount, hash_password
from subscriptions.phones import read_phone
from subscriptions.places import Scope, list_groups
from subscriptions.tables.places import Ward, WardKind
from templates import read_words

REFUSED = 2


@click.group()
def ward() -> None:
    """Bring wards on board."""


@click.group()
def account() -> None:
    """Bring the people who work with the service on board."""


@ward.command(name="add")
@click.option("--name", required=True, help="As people read it: Phường Thanh Xuân.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in WardKind]),
    default=WardKind.WARD.value,
    show_default=True,
)
@click.option("--province", required=True)
@click.option("--brand", required=True, help="Sender of the texts, at most 11 letters.")
@click.option("--groups", type=int, required=True, help="How many; numbered from 1.")
@click.option("--inbound", default="", help="Number that residents text to, if any.")
def add_ward(**typed: Any) -> None:
    """Add a ward with its residential groups, and print its id."""
    new = wards.NewWard(
        name=typed["name"],
        kind=WardKind(typed["kind"]),
        province=typed["province"],
        sender_brand=typed["brand"],
        groups=typed["groups"],
        inbound_number=typed["inbound"],
    )
    try:
        added = wards.add_ward(
            open_database(os.environ), new, actor=None, now=SystemClock().now()
        )
    except InputError as error:
        _refuse(error)
    click.echo(added.id)


@account.command(name="add")
@click.option("--username", required=True)
@click.option("--name", required=True, help="As colleagues read it.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--ward", "ward_name", help="Id or name; operators have none.")
@click.option(
    "--group", "groups", type=int, multiple=True, help="Number of a leader's group."
)
@click.option("--phone", default="", help="Own mobile, for texts to oneself.")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")
def add_account(**typed: Any) -> None:
    """Add an account, and print its id. Asks for its password unless it is piped."""
    role = Role(typed["role"])
    if (typed["ward_name"] is None) != (role is Role.OPERATOR):
        raise click.UsageError("every account but an operator's needs one --ward")
    database = open_database(os.environ)
    with database.reading() as session:
        place = _find_ward(session, typed["ward_name"])
        group_ids = _group_ids(session, place, typed["groups"])
    try:
        new = NewAccount(
            ward_id=place.id if place else None,
            username=typed["username"],
            display_name=typed["name"],
            password_hash=hash_password(_password(from_stdin=typed["password_stdin"])),
            role=role,
            group_ids=group_ids,
            e164=_own_phone(typed["phone"]),
        )
        added = wards.add_account(database, new, actor=None, now=SystemClock().now())
    except InputError as error:
        _refuse(error)
    click.echo(added.id)


def _find_ward(session: Session, named: str | None) -> Ward | None:
    if named is None:
        return None
    found = wards.find_ward(session, named)
    if found is None:
        raise click.UsageError(f"there is not one ward {named!r}")
    return found


def _group_ids(
    session: Session, place: Ward | None, numbers: tuple[int, ...]
) -> frozenset[int]:
    known = list_groups(session, Scope(ward_id=place.id)) if place else []
    ids = {group.number: group.id for group in known}
    for number in numbers:
        if number not in ids:
            raise click.UsageError(f"there is no group {number} in the ward")
    return frozenset(ids[number] for number in numbers)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt(
        read_words("upkeep")["new_password"], hide_input=True, confirmation_prompt=True
    )
    return typed


def _own_phone(typed: str) -> str | None:
    if not typed:
        return None
    reading = read_phone(typed)
    if not reading.sms:
        raise click.UsageError(reading.help)
    return reading.e164


def _refuse(error: InputError) -> NoReturn:
    """Say in words what cannot be used, and what to do."""
    words = read_words("operator")
    click.echo(words.get(f"{error.field}.{error.reason}", str(error)), err=True)
    sys.exit(REFUSED)
