"""Which parts of what an agency is told need which of the kinds of data that he agrees to. Pure.

A part is a field of what is told, or a kind that its writer says the free text speaks of.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum


class Data(StrEnum):
    """What we may tell them."""

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


# What help is asked for is said in free text: any kind that can be a reason to ask will do, unless its writer names
# the kinds it speaks of.
_A_NEED = frozenset(Data) - {Data.ALIAS, Data.SAFE_CONTACT, Data.LANGUAGE, Data.WHEREABOUTS, Data.APPOINTMENTS}

# A field may be told when he agreed to one of its kinds; about the worker nothing needs to be agreed.
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

# A field and a kind of one name are told apart, so that a kind which is named always needs itself.
_ABOUT = "about."
_NEEDS: Mapping[str, frozenset[Data]] = {**FIELDS, **{_ABOUT + kind: frozenset({kind}) for kind in Data}}

PARTS: tuple[str, ...] = tuple(_NEEDS)


def parts(fields: Iterable[str], about: Iterable[str] = ()) -> list[str]:
    """What is told, part by part: the fields that hold something, and the kinds that its writer named."""
    return [*fields, *(_ABOUT + kind for kind in about)]


def covered(told: Iterable[str], agreed: Collection[str]) -> bool:
    """Whether he agreed to all of it. A part that is not known here is not agreed."""
    for part in told:
        needs = _NEEDS.get(part)
        if needs is None or (needs and needs.isdisjoint(agreed)):
            return False
    return True
