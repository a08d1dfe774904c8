"""The base of every table of referrals."""

from shared.db.base import service_base

SERVICE = "referrals"


class Base(service_base(SERVICE)):
    """Every table of this service."""

    __abstract__ = True
