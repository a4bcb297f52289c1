"""`loa demo`: the whole product with invented people, on this machine alone."""

import sys
from pathlib import Path

import click

from broadcaster.demo.place import AlreadyRunningError
from broadcaster.demo.run import READY_SECONDS, NotReadyError, run_demo
from broadcaster.demo.supervisor import DeadOnArrivalError
from broadcaster.errors import ConfigurationError
from templates import read_words

FAILED = 1


@click.command()
@click.option("--reset", is_flag=True, help="Forget what was done and start over.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where its database, ports, keys and logs are kept.",
)
def demo(*, reset: bool, folder: Path) -> None:
    """Run everything with invented people until Ctrl-C; texts cannot leave."""
    words = read_words("demo")
    try:
        run_demo(folder, reset=reset, say=click.echo)
    except AlreadyRunningError:
        _fail(words["already_running"].format(folder=folder))
    except DeadOnArrivalError as error:
        _fail(words["keeps_dying"].format(name=error.name, log=error.log))
    except NotReadyError as error:
        urls, seconds = ", ".join(error.urls), int(READY_SECONDS)
        _fail(words["not_ready"].format(seconds=seconds, urls=urls, folder=error.logs))
    except ConfigurationError as error:
        _fail(words["unusable"].format(why=error))


def _fail(text: str) -> None:
    click.echo(text, err=True)
    sys.exit(FAILED)
