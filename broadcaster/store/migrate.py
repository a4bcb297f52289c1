"""Bring a database to the schema this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(url: str) -> Config:
    """Return the configuration alembic needs to work on this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Apply every migration that the database does not have yet."""
    command.upgrade(alembic_config(url), "head")


def is_current(engine: Engine) -> bool:
    """Tell whether a database has every migration, and none that is unknown here."""
    known = ScriptDirectory.from_config(alembic_config("")).get_heads()
    with engine.connect() as connection:
        applied = MigrationContext.configure(connection).get_current_heads()
    return set(applied) == set(known)
