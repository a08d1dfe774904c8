"""Why we reached out and who told us of him: words that never leave their column."""

from collections.abc import Collection
from enum import StrEnum


class Reason(StrEnum):
    """Reason for reaching out; several may hold."""

    PARTNER_OF_SOMEBODY_KNOWN = "partner_of_somebody_known"
    STREET_DRINKING = "street_drinking"
    NO_SETTLED_HOME = "no_settled_home"
    KEPT_OUT_OF_SERVICES = "kept_out_of_services"
    OTHER = "other"


class Source(StrEnum):
    """Who told us. Another team of ours is never named."""

    ANOTHER_TEAM = "another_team"
    TB_SERVICE = "tb_service"
    DOSH = "dosh"
    SAU = "sau"
    STREET_ROUND = "street_round"
    DAY_CENTRE = "day_centre"
    HIMSELF = "himself"
    OTHER = "other"


def spread(reasons: Collection[Reason]) -> dict[str, bool]:
    """Every reason with yes or no: the length of what is sealed then does not tell how many hold."""
    return {reason.value: reason in reasons for reason in Reason}


def gathered(spread_out: dict[str, bool]) -> list[Reason]:
    """The reasons that hold."""
    return [reason for reason in Reason if spread_out.get(reason.value)]
