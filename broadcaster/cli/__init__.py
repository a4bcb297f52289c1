"""The command `loa`, for operators and scripts; docs/reference/loa.md is its contract.

A command is added with one import and one line below.
"""

import click
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.cli.checks import kind
from broadcaster.cli.demo import demo
from broadcaster.cli.facts import phone, segments
from broadcaster.cli.onboarding import account, ward
from broadcaster.cli.operations import month
from broadcaster.cli.register import register
from broadcaster.cli.upkeep import doctor, migrate
from templates import read_words

CANNOT_NOW = 1


class _Commands(click.Group):
    """Commands that say in one line when there is no database to work on."""

    def invoke(self, ctx: click.Context) -> object:
        """Run what was called; exit with CANNOT_NOW for the database's own errors."""
        try:
            return super().invoke(ctx)
        except SQLAlchemyError as error:
            sentence = read_words("upkeep")["no_database"].format(why=kind(error))
            click.echo(sentence, err=True)
            ctx.exit(CANNOT_NOW)


@click.group(
    name="loa",
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def main() -> None:
    """Loa Phường: a ward's loudspeaker in every pocket."""


main.add_command(phone)
main.add_command(segments)
main.add_command(month)
main.add_command(register)
main.add_command(demo)
main.add_command(migrate)
main.add_command(doctor)
main.add_command(ward)
main.add_command(account)
