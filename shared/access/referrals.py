"""What each role may do in referrals. Actions are named ``noun.verb``."""

from shared.access.roles import Grants

ACTIONS: Grants = {}
