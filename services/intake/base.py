"""The declarative base of intake's tables, and the mixin of those whose rows can be struck."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from shared.db.base import service_base

SERVICE = "intake"


class Base(service_base(SERVICE)):
    """The base of every table of this service."""

    __abstract__ = True


class Strikable:
    """A mixin for tables whose rows can be struck. Invariant: queries that show or count rows leave out struck ones."""

    struck_at: Mapped[datetime | None]
