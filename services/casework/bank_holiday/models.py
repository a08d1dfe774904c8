"""Casework's own copy of the bank holidays that were added."""

from services.casework.base import Base
from shared.days_off import Kept


class DaysOffRow(Kept, Base):
    """The added days as they stood after each change: by which of them a day was counted is kept beside it."""
