"""The declarative base of the console's tables."""

from shared.db.base import service_base

SERVICE = "console"


class Base(service_base(SERVICE)):
    """Every table of this service. None of them holds care data."""

    __abstract__ = True
