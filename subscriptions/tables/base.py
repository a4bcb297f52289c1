"""What every table shares: names of constraints, aware times, public ids."""

import datetime as dt
import enum
import uuid
from typing import Any, ClassVar

import uuid_utils.compat
from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, MetaData, Uuid
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment: aware when it goes in, aware and in UTC when it comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Turn an aware moment to UTC. Raises ValueError when it is naive."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self, value: Any | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Give the moment back aware, whatever the driver made of it."""
        if value is None:
            return None
        moment: dt.datetime = value
        if moment.tzinfo is None:
            return moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """The one metadata of the product: both rooms' tables hang on it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dt.datetime: UtcDateTime,
        uuid.UUID: Uuid(as_uuid=True),
    }


def stored(words: type[enum.StrEnum]) -> Enum:
    """Return a text column type that the database itself holds to these words."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=True,
        length=24,
        values_callable=lambda kinds: [word.value for word in kinds],
        name=_snake(words.__name__),
    )


def new_public_id() -> uuid.UUID:
    """Return a UUIDv7: known before the insert, ordered by time, safe to show."""
    return uuid_utils.compat.uuid7()


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
