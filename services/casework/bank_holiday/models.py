"""Casework's own copy of the added bank holidays."""

from services.casework.base import Base
from shared.days_off import Kept


class DaysOffRow(Kept, Base):
    """The added days after each change. A plan step or a task keeps the revision by which it was counted."""
