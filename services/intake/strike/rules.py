"""Rules of strikes: what can be struck, by whom, and who can see the strike afterwards."""

from enum import StrEnum

from shared.access.roles import Role


class Record(StrEnum):
    """The kinds of records that can be struck. A consent is withdrawn instead: it may have led to disclosures."""

    CONTACT = "contact"
    CONCERN = "concern"
    SAID_NO = "said_no"
    DEATH = "death"


# At most one record of these kinds is in force in a file, so that a request needs no id.
STANDS_ALONE = frozenset({Record.SAID_NO, Record.DEATH})
_OVERSIGHT = frozenset({Role.SUPERVISOR, Role.GUARDIAN})


def may_strike(record: Record, role: Role, *, wrote_it: bool) -> bool:
    """Return whether this role may strike a record.

    A death ended everything, so a supervisor or guardian corrects it; any other record is struck by its author or by a
    supervisor.
    """
    if record is Record.DEATH:
        return role in _OVERSIGHT
    return wrote_it or role is Role.SUPERVISOR


def may_see(role: Role, *, took_part: bool) -> bool:
    """Return whether a strike is visible: to the author, to the one who struck, to supervisors and guardians."""
    return took_part or role in _OVERSIGHT
