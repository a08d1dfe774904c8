"""The kinds of data to which the person must have agreed for each part of a disclosure to an agency. Pure.

A part is a field of the disclosure, or a kind of data that its writer names as mentioned in the free text.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum


class Data(StrEnum):
    """The kinds of data that a consent may cover."""

    ALIAS = "alias"
    SAFE_CONTACT = "safe_contact"
    LANGUAGE = "language"
    WHEREABOUTS = "whereabouts"
    PERSON_WANTS = "person_wants"
    ACCOMMODATION = "accommodation"
    HEALTH = "health"
    SUBSTANCE_USE = "substance_use"
    MONEY = "money"
    LEGAL = "legal"
    SUPPORT_NEEDS = "support_needs"
    APPOINTMENTS = "appointments"


# The requested help is described in free text: consent to any kind that can be a reason to refer is enough, unless the
# writer names the kinds that the text mentions.
_A_NEED = frozenset(Data) - {Data.ALIAS, Data.SAFE_CONTACT, Data.LANGUAGE, Data.WHEREABOUTS, Data.APPOINTMENTS}

# A field may be disclosed when the person agreed to one of its kinds; fields about the worker need no consent.
FIELDS: Mapping[str, frozenset[Data]] = {
    "safe_contact": frozenset({Data.SAFE_CONTACT}),
    "first_name": frozenset({Data.ALIAS}),
    "need": _A_NEED,
    "person_wants": frozenset({Data.PERSON_WANTS}),
    "language": frozenset({Data.LANGUAGE}),
    "interpreter": frozenset({Data.LANGUAGE}),
    "access_needs": frozenset({Data.SUPPORT_NEEDS, Data.HEALTH}),
    "entitlement": frozenset({Data.MONEY, Data.LEGAL}),
    "risk": _A_NEED,
    "worker_first_name": frozenset(),
    "worker_phone": frozenset(),
}

# The prefix separates a kind from a field of the same name, so that a named kind always needs consent to itself.
_ABOUT = "about."
_NEEDS: Mapping[str, frozenset[Data]] = {**FIELDS, **{_ABOUT + kind: frozenset({kind}) for kind in Data}}

PARTS: tuple[str, ...] = tuple(_NEEDS)


def parts(fields: Iterable[str], about: Iterable[str] = ()) -> list[str]:
    """List the parts of a disclosure: the fields with a value, and the kinds of data that the writer named."""
    return [*fields, *(_ABOUT + kind for kind in about)]


def covered(told: Iterable[str], agreed: Collection[str]) -> bool:
    """Return whether the consent covers every part. An unknown part is not covered."""
    for part in told:
        needs = _NEEDS.get(part)
        if needs is None or (needs and needs.isdisjoint(agreed)):
            return False
    return True
