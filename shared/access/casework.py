"""What each role may do in casework. Actions are named ``noun.verb``."""

from shared.access.roles import Grants

ACTIONS: Grants = {}
