"""The declarative base of intake's tables."""

from shared.db.base import service_base

SERVICE = "intake"


class Base(service_base(SERVICE)):
    """The base of every table of this service."""

    __abstract__ = True
