"""`loa migrate` and `loa doctor`: bring the database up to date, see what is wrong."""

import json
import os
import sys

import click
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.bootstrap import database_url
from broadcaster.cli.checks import Check, examine, kind, sqlite_file
from broadcaster.store.migrate import upgrade
from templates import read_words

TROUBLE = 1


@click.command()
def migrate() -> None:
    """Bring the database to the schema this version needs.

    The database is that of LOA_DATABASE_URL, by default var/loa.db.
    """
    words = read_words("upkeep")
    try:
        url = database_url(os.environ)
        file = sqlite_file(url)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        upgrade(url)
    except (SQLAlchemyError, CommandError, OSError, ModuleNotFoundError) as error:
        click.echo(words["cannot_migrate"].format(why=kind(error)), err=True)
        sys.exit(TROUBLE)
    click.echo(words["migrated"])


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def doctor(*, as_json: bool) -> None:
    """Look at settings, database, queue, processes and disk, and say what to do.

    Exits with 1 when something is wrong.
    """
    checks = list(examine(os.environ))
    if as_json:
        _print_json(checks)
    else:
        for check in checks:
            _print_lines(check)
    if not all(check.is_ok for check in checks):
        sys.exit(TROUBLE)


def _print_lines(check: Check) -> None:
    words = read_words("upkeep")
    mark = words["ok" if check.is_ok else "bad"]
    click.echo(f"{mark:<5} {_sentence(check)}")
    for detail in check.details:
        click.echo(f"      - {detail}")


def _print_json(checks: list[Check]) -> None:
    facts = {
        "ok": all(check.is_ok for check in checks),
        "checks": [
            {
                "name": check.name,
                "found": check.found,
                "help": _sentence(check),
                "details": list(check.details),
            }
            for check in checks
        ],
    }
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2))


def _sentence(check: Check) -> str:
    return read_words("upkeep")[f"{check.name}.{check.found}"].format(**check.facts)
