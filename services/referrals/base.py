"""The tables of referrals hang on this base."""

from shared.db.base import service_base

SERVICE = "referrals"


class Base(service_base(SERVICE)):
    """Every table of this service."""

    __abstract__ = True
