"""What each role may do in intake. Actions are named ``noun.verb``."""

from shared.access.roles import Grants

ACTIONS: Grants = {}
