"""Offer what people usually say yes to, service by service: one choice with its ticks beneath. Pure.

A set holds the least that a referral of its kind discloses, and whether they came and what became of it. Nothing counts
before the set is chosen, and each of its ticks can be taken away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.console.referral.view import KINDS, NEEDS, PATHWAYS, TELLS_US, needs_of
from services.console.web.form import BadField, Form

SET, OWN = "set", "own"
BACK = ("attendance", "outcome")
_CAPITALS = frozenset({"tb", "hiv", "gp"})
NOTHING = "choose at least one thing you may share"


@dataclass(frozen=True)
class Set:
    """One choice. Its boxes are named after its key, so that those of sets that were not chosen count for nothing."""

    key: str
    label: str
    may_tell: Sequence[str]
    may_tell_us: Sequence[str]

    @property
    def hint(self) -> str:
        told = _sentence(", ".join(KINDS[one] for one in self.may_tell))
        back = ", ".join(TELLS_US[one] for one in self.may_tell_us)
        return f"{told}.{f' The service may tell us: {back}.' if back else ''}"

    def boxes(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Return the choices of both groups of boxes; all are ticked once this set is chosen."""
        return (
            [(one, _sentence(KINDS[one])) for one in self.may_tell],
            [(one, _sentence(TELLS_US[one])) for one in self.may_tell_us],
        )


def of_pathways(pathways: Iterable[str | None]) -> list[Set]:
    """Return a set for each kind of help that a service gives."""
    known = dict.fromkeys(one if one in NEEDS else None for one in pathways) or {None: None}
    return [_of(pathway) for pathway in known]


def of_referral(kinds: Iterable[str], consent: Mapping[str, Sequence[str]] | None) -> list[Set]:
    """Return the set of exactly what a referral needs, with what there is consent for already."""
    told = [*(consent["may_tell"] if consent else ()), *kinds]
    back = consent["may_tell_us"] if consent else BACK
    ordered = [one for one in KINDS if one in told]
    return [Set("needed", "What this referral needs", ordered, [*back])] if ordered else []


def chosen(form: Form) -> tuple[list[str], list[str]]:
    """Return what may be shared, and what the service may tell us. Raises BadField when nothing is chosen."""
    key = form.text(SET)
    prefix = f"{key}." if key and key != OWN else ""
    told = [kind for kind in KINDS if kind in form.all(f"{prefix}may_tell")]
    if not told:
        raise BadField(f"{prefix}may_tell" if key else SET, NOTHING if key else "choose what they said yes to")
    return told, [kind for kind in TELLS_US if kind in form.all(f"{prefix}may_tell_us")]


def _of(pathway: str | None) -> Set:
    kinds = {"safe_contact", *(kind for _, _, kinds in needs_of(pathway) for kind in kinds)}
    told = [kind for kind in KINDS if kind in kinds]
    if pathway is None:
        return Set("any", "What a referral needs", told, BACK)
    name = PATHWAYS[pathway]
    plain = name if pathway in _CAPITALS else name[:1].lower() + name[1:]
    return Set(pathway, f"What a referral needs: {plain}", told, BACK)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
