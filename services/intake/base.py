"""The tables of intake hang on this base."""

from shared.db.base import service_base

SERVICE = "intake"


class Base(service_base(SERVICE)):
    """Every table of this service."""

    __abstract__ = True
