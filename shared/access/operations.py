"""Actions of those who operate a service; none of them shows care data."""

from shared.access.roles import Grants, Role, anywhere

ACTIONS: Grants = {
    "operations.read": anywhere(Role.SUPERVISOR, Role.ADMIN, Role.SYSTEM),
    "operations.catch_up": anywhere(Role.ADMIN, Role.SYSTEM),
    "dead_letter.replay": anywhere(Role.ADMIN, Role.SYSTEM),
    # The console states the programs and their keys. No scope of a program holds it.
    "program.state": anywhere(Role.SYSTEM),
}
