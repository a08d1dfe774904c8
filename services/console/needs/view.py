"""The latest assessment of each domain, and what has changed since the one before. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.needs.words import DOMAINS
from services.console.plots.scale import Place
from services.console.web.words import day

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One domain as last assessed; `before` and `before_at` belong to the assessment before, if any."""

    domain: str
    score: int
    sentence: str | None
    at: str
    before: int | None = None
    before_at: str | None = None

    @property
    def label(self) -> str:
        return DOMAINS[self.domain]

    @property
    def change(self) -> str:
        """Return the change in words; a smaller score is better."""
        if self.before is None:
            return "First look"
        if self.before == self.score:
            return f"As on {day(self.before_at)}"
        return f"{'Better' if self.score < self.before else 'Worse'}: was {self.before} on {day(self.before_at)}"

    @property
    def place(self) -> Place:
        """Return the place of this domain in the plot."""
        return Place(self.label, self.score, self.before, f"{self.score}. {self.change}")


def lines(looks: Sequence[Json]) -> list[Line]:
    """Return the domains that were assessed, from all assessments, newest first.

    An assessment may leave a domain out, so the latest two are found for each domain separately.
    """
    found = ((domain, [look for look in looks if domain in look["domains"]][:2]) for domain in DOMAINS)
    return [_line(domain, *looked) for domain, looked in found if looked]


def _line(domain: str, now: Json, before: Json | None = None) -> Line:
    score = now["domains"][domain]
    return Line(
        domain,
        score["score"],
        score["sentence"],
        now["at"],
        before["domains"][domain]["score"] if before else None,
        before["at"] if before else None,
    )


def left_out(looked: Iterable[Line]) -> list[str]:
    """Return the labels of the domains that nobody has assessed yet."""
    known = {line.domain for line in looked}
    return [label for domain, label in DOMAINS.items() if domain not in known]
