"""Rules of the sealed facts, the reasons for reaching out and the source: codes that never leave their column."""

from collections.abc import Collection
from enum import StrEnum


class Reason(StrEnum):
    """The reasons for reaching out; several may apply."""

    PARTNER_OF_SOMEBODY_KNOWN = "partner_of_somebody_known"
    STREET_DRINKING = "street_drinking"
    NO_SETTLED_HOME = "no_settled_home"
    KEPT_OUT_OF_SERVICES = "kept_out_of_services"
    OTHER = "other"


class Source(StrEnum):
    """The source of what we know. Another team of ours is never named."""

    ANOTHER_TEAM = "another_team"
    TB_SERVICE = "tb_service"
    DOSH = "dosh"
    SAU = "sau"
    STREET_ROUND = "street_round"
    DAY_CENTRE = "day_centre"
    PERSON = "person"
    OTHER = "other"


def spread(reasons: Collection[Reason]) -> dict[str, bool]:
    """Return every reason with True or False, so that the length of the ciphertext does not reveal how many apply."""
    return {reason.value: reason in reasons for reason in Reason}


def gathered(spread_out: dict[str, bool]) -> list[Reason]:
    """Return the reasons that apply."""
    return [reason for reason in Reason if spread_out.get(reason.value)]
