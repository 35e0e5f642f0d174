"""The column types of the tables: the same values in and out on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, Text
from sqlalchemy.types import TypeDecorator, TypeEngine


def moment_text(moment: datetime | None) -> str | None:
    """Return a moment as SQLite keeps it: UTC, whole seconds, in text that sorts. A naive one is refused."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = in_utc(moment)
    return moment.isoformat()[:19] + "Z"


def moment_of(text: str | None) -> datetime | None:
    """Return the moment that SQLite keeps as text."""
    return None if text is None else datetime.fromisoformat(text)


def in_utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC. A naive one is refused: it would be read as the machine's local time."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return moment.astimezone(UTC)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware, in UTC, both ways. The processors are replaced whole, as the usual hook costs a call a value."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        if dialect.name == "sqlite":
            return moment_text
        return lambda moment: None if moment is None else in_utc(moment).replace(microsecond=0)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        if dialect.name == "sqlite":
            return moment_of
        return lambda moment: None if moment is None else moment.astimezone(UTC)


def word(values: type[StrEnum], name: str) -> Enum:
    """Return the column type of an enumeration: its values as text, held by a named CHECK."""
    return Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )
