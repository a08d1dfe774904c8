"""Every table of the console, for migrations and the mapper: neither sees a table that is not imported here."""

from services.console.account_changes.models import AccountChange, AccountChangesRead
from services.console.base import SERVICE, Base
from services.console.board.models import Look
from services.console.staff.models import Account, AccountTeam, Invitation, Passkey, Session, SpentChallenge, Team

__all__ = [
    "SERVICE",
    "Account",
    "AccountChange",
    "AccountChangesRead",
    "AccountTeam",
    "Base",
    "Invitation",
    "Look",
    "Passkey",
    "Session",
    "SpentChallenge",
    "Team",
]
