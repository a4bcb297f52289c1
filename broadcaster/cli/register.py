"""`loa register`: look at a leader's list, and take it into the register."""

import datetime as dt
import json
import os
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.bootstrap import SystemClock, open_database
from broadcaster.services.wards import find_ward
from subscriptions.enrolments import Agreement
from subscriptions.errors import RegisterError
from subscriptions.months import WARD_ZONE
from subscriptions.places import Scope
from subscriptions.register_import import (
    MAX_BYTES,
    Duplicate,
    Fault,
    HeldPhone,
    Imported,
    ImportOrder,
    Reading,
    Remark,
    apply_import,
    read_register,
)
from subscriptions.tables.consents import ConsentMethod, Purpose
from subscriptions.tables.places import ResidentialGroup
from templates import ROOT

_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
REFUSED = 2

Finding = Fault | Duplicate | HeldPhone | Remark

_WORDS: dict[str, str] = tomllib.loads(
    (ROOT / "words" / "register.toml").read_text("utf-8")
)


@click.group()
def register() -> None:
    """Read leaders' lists of households: xlsx, xls, ods, csv."""


@register.command()
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--list-date", type=_DAY, help="Day the list was written.")
@click.option("--sheet", help="Name of the sheet; by default the first list.")
def preview(
    file: Path, *, as_json: bool, list_date: dt.datetime | None, sheet: str | None
) -> None:
    """Show what is in a list and what is wrong in it; store nothing."""
    reading = _read(file, list_date=list_date, sheet=sheet, as_json=as_json)
    _print(_facts(reading) if as_json else _summary(reading))


@register.command(name="import")
@click.argument("file", type=_FILE)
@click.option("--ward", required=True, help="Name or number of the ward.")
@click.option("--group", required=True, help="Name of the group, as “Tổ 12”.")
@click.option(
    "--consent",
    type=click.Choice(["paper", "none"]),
    required=True,
    help="Whether everybody listed has agreed on paper. None: nobody is texted.",
)
@click.option("--wording", help="Version of the words agreed to; needed with paper.")
@click.option(
    "--purpose",
    "purposes",
    type=click.Choice([purpose.value for purpose in Purpose]),
    multiple=True,
    help="What was agreed to, once for each; needed with paper.",
)
@click.option("--list-date", type=_DAY, help="Day the list was written.")
@click.option("--sheet", help="Name of the sheet; by default the first list.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def import_(file: Path, **options: Any) -> None:
    """Take the good rows of a list into the register, all or none.

    The same list again adds nothing.
    """
    agreement = _agreement(options)
    as_json = options["as_json"]
    reading = _read(
        file, list_date=options["list_date"], sheet=options["sheet"], as_json=as_json
    )
    with open_database(os.environ).writing() as session:
        group = _find_group(session, ward=options["ward"], name=options["group"])
        imported = apply_import(
            session,
            Scope(ward_id=group.ward_id),
            reading,
            order=ImportOrder(
                group_id=group.id,
                agreement=agreement,
                recorded_by=None,
                now=SystemClock().now(),
            ),
        )
    if as_json:
        _print({**_facts(reading), "added": _added(imported)})
    else:
        plan = imported.plan
        found: list[Finding] = [*plan.held, *plan.differences]
        lines = [_summary(reading), *map(_finding, found), _sentence(imported)]
        _print("\n".join(lines))


def _read(
    file: Path, *, list_date: dt.datetime | None, sheet: str | None, as_json: bool
) -> Reading:
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    try:
        return read_register(
            data,
            today=SystemClock().now().astimezone(WARD_ZONE).date(),
            list_date=list_date.date() if list_date else None,
            sheet=sheet,
        )
    except RegisterError as err:
        _refuse(err, as_json=as_json)


def _refuse(err: RegisterError, *, as_json: bool) -> NoReturn:
    if as_json:
        _print({"code": err.reason, "help": err.help})
    click.echo(f"Error: {err.help}", err=True)
    sys.exit(REFUSED)


def _agreement(options: dict[str, Any]) -> Agreement | None:
    given = (options["wording"], options["purposes"])
    if options["consent"] == "none":
        if any(given):
            raise click.UsageError("--wording and --purpose go with --consent paper")
        return None
    if not all(given):
        raise click.UsageError("--consent paper needs --wording and --purpose")
    return Agreement(
        method=ConsentMethod.PAPER,
        wording_version=options["wording"],
        purposes=frozenset(Purpose(purpose) for purpose in options["purposes"]),
    )


def _find_group(session: Session, *, ward: str, name: str) -> ResidentialGroup:
    place = find_ward(session, ward)
    group = session.scalars(
        select(ResidentialGroup).where(
            ResidentialGroup.ward_id == (place.id if place else None),
            ResidentialGroup.name == name,
            ResidentialGroup.merged_into_id.is_(None),
        )
    ).all()
    if len(group) != 1:
        raise click.UsageError(f"there is no one group {name!r} in a ward {ward!r}")
    return group[0]


def _facts(reading: Reading) -> dict[str, Any]:
    return {
        "households": reading.households,
        "residents": reading.residents,
        "lines": reading.lines,
        "duplicates": [asdict(duplicate) for duplicate in reading.duplicates],
        "faults": [asdict(fault) for fault in reading.faults],
        "repaired": [asdict(repair) for repair in reading.repaired],
        "mended": [asdict(repair) for repair in reading.mended],
        "remarks": [asdict(remark) for remark in reading.remarks],
        "sheet": reading.sheet,
        "list_date": reading.list_date.isoformat() if reading.list_date else None,
    }


def _added(imported: Imported) -> dict[str, Any]:
    return {
        "households": imported.households,
        "residents": imported.residents,
        "lines": imported.lines,
        "consents": imported.consents,
        "refused_before": imported.refused_before,
        "held": [asdict(held) for held in imported.plan.held],
        "differences": [asdict(found) for found in imported.plan.differences],
    }


def _sentence(imported: Imported) -> str:
    return _WORDS["added"].format(
        households=imported.households,
        residents=imported.residents,
        lines=imported.lines,
        consents=imported.consents,
        held=len(imported.plan.held),
        refused=imported.refused_before,
    )


def _summary(reading: Reading) -> str:
    found: list[Finding] = [*reading.faults, *reading.duplicates, *reading.remarks]
    counts = _WORDS["summary"].format(
        households=reading.households,
        residents=reading.residents,
        lines=reading.lines,
        repaired=len(reading.repaired),
        faults=len(reading.faults),
        duplicates=len(reading.duplicates),
    )
    day = reading.list_date
    dated = [_WORDS["summary_of_list"].format(day=f"{day:%d/%m/%Y}")] if day else []
    count = len(reading.mended)
    fonts = [_WORDS["summary_of_fonts"].format(mended=count)] if count else []
    return "\n".join([counts, *fonts, *dated, *map(_finding, found)])


def _finding(found: Finding) -> str:
    column = "" if isinstance(found, Remark) else found.column
    key = "finding" if column else "finding_in_line"
    if found.row is None:
        key = "finding_in_all"
    return _WORDS[key].format(
        row=found.row, column=column, value=found.value, help=found.help
    )


def _print(answer: dict[str, Any] | str) -> None:
    as_json = not isinstance(answer, str)
    text = json.dumps(answer, ensure_ascii=False, indent=2) if as_json else answer
    # a name that was no Unicode comes as lone surrogates: print their escapes
    click.echo(str(text).encode("utf-8", "backslashreplace"))
