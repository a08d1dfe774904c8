"""What can be struck, by whom, and who sees afterwards that it was."""

from enum import StrEnum

from shared.access.roles import Role


class Record(StrEnum):
    """Kinds of records that can be struck. A consent is withdrawn instead: what it allowed may have been told."""

    CONTACT = "contact"
    CONCERN = "concern"
    SAID_NO = "said_no"
    DEATH = "death"


# Of these at most one stands in a file, so that nobody needs to name it.
STANDS_ALONE = frozenset({Record.SAID_NO, Record.DEATH})
_OVERSIGHT = frozenset({Role.SUPERVISOR, Role.GUARDIAN})


def may_strike(record: Record, role: Role, *, wrote_it: bool) -> bool:
    """Whether this role may strike it. A death ended everything, so that putting it right takes a second pair of eyes;
    anything else is struck by whoever wrote it or by a supervisor.
    """
    if record is Record.DEATH:
        return role in _OVERSIGHT
    return wrote_it or role is Role.SUPERVISOR


def may_see(role: Role, *, took_part: bool) -> bool:
    """Whether this role sees that a record was struck, and why: who wrote or struck it, supervisors and guardians."""
    return took_part or role in _OVERSIGHT
