"""What those who keep a service running may do; nothing here shows care data."""

from shared.access.roles import Grants, Role, anywhere

ACTIONS: Grants = {
    "operations.read": anywhere(Role.SUPERVISOR, Role.ADMIN, Role.SYSTEM),
    "operations.hear": anywhere(Role.ADMIN, Role.SYSTEM),
    "dead_letter.replay": anywhere(Role.ADMIN, Role.SYSTEM),
}
