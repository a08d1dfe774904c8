"""The base of a service's tables: naming, types and the columns of every care table."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from shared import clock
from shared.ids import new_id

__all__ = ["NAMING", "Instant", "Row", "Versioned", "service_base", "table_of"]

# Migrations change constraints by name; without a convention PostgreSQL invents the names.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A `timestamptz` that refuses a datetime without a zone and always returns UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        # Our connections already return UTC, and a page holds hundreds of instants.
        return value if value is None or value.tzinfo is UTC else value.astimezone(UTC)


def service_base(service: str) -> type[DeclarativeBase]:
    """Return the declarative base of one service, with its own MetaData.

    `metadata.info["service"]` is the service's name: sealed columns bind their ciphertext to it.
    """

    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention=NAMING, info={"service": service})
        type_annotation_map = {
            datetime: Instant(),
            UUID: Uuid(),
            str: String(),
            dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
            list[Any]: JSON().with_variant(JSONB(), "postgresql"),
        }

    return Base


def table_of(model: type[DeclarativeBase]) -> Table:
    """Return the table of a mapped class, for statements that create no objects."""
    return cast(Table, model.__table__)


class Row:
    """The columns of every care table: our own id (UUIDv7), the team that may see the row, and when it was recorded.

    Name `Row` before the base (`class Person(Row, Base)`): its constructor then sets the id first, so that sealed
    columns, which are bound to the id, can be set in the same call.
    """

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id)
    team_id: Mapped[UUID] = mapped_column(Uuid(), nullable=False, index=True)
    recorded_at: Mapped[datetime] = mapped_column(Instant(), nullable=False, default=clock.now)

    def __init__(self, **values: Any) -> None:
        made: dict[str, Any] = {"id": new_id(), "recorded_at": clock.now()}
        super().__init__(**{**made, **values})


class Versioned:
    """A row that is edited. Its version, from 1, is its ETag and the version of its events.

    Lock the row (`with_for_update`) before `touch`, or two writers give one version to two facts.
    """

    version: Mapped[int] = mapped_column(nullable=False, default=1)

    def __init__(self, **values: Any) -> None:
        # A column default is only set by the INSERT, but the first event needs the version before it.
        super().__init__(**{"version": 1, **values})

    def touch(self) -> int:
        """Increment the version and return it; call this once per transaction that changes the row."""
        self.version += 1
        return self.version
