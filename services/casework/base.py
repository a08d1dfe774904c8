"""The declarative base of casework's tables."""

from shared.db.base import service_base

Base = service_base("casework")
