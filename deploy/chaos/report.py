"""The report of a run, for people and as one JSON object."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deploy.chaos.truth.found import Finding, Kind

Json = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """One fault that was made, with its times by the clock of care."""

    kind: str
    target: str
    seconds: float
    began: datetime
    ended: datetime


@dataclass
class Report:
    """The report of a run.

    `skipped` are the kinds of faults that this machine does not allow, with reasons; for `not_made` there was no time.
    """

    seed: int
    minutes: float
    seconds: float = 0.0
    made: list[Made] = field(default_factory=list[Made])
    skipped: dict[str, str] = field(default_factory=dict[str, str])
    not_made: list[str] = field(default_factory=list[str])
    accepted: dict[str, int] = field(default_factory=dict[str, int])
    refused: dict[str, int] = field(default_factory=dict[str, int])
    rungs: dict[str, int] = field(default_factory=dict[str, int])
    seen: dict[str, int] = field(default_factory=dict[str, int])
    findings: list[Finding] = field(default_factory=list[Finding])

    @property
    def ok(self) -> bool:
        return not self.findings

    def of(self, kind: Kind) -> list[str]:
        """Return the findings of this kind."""
        return [found.what for found in self.findings if found.kind is kind]

    def as_json(self) -> Json:
        return {
            "ok": self.ok,
            "seed": self.seed,
            "minutes": self.minutes,
            "seconds": self.seconds,
            **{kind.value: self.of(kind) for kind in Kind},
            "faults": self._counted(),
            "order": [f"{made.kind} {made.target}" for made in self.made],
            "skipped": self.skipped,
            "not_made": self.not_made,
            "accepted": self.accepted,
            "refused": self.refused,
            "rungs": self.rungs,
            "seen": self.seen,
        }

    def lines(self) -> list[str]:
        """Return the report as lines for people."""
        faults = self._counted()
        said = [
            f"seed {self.seed}: {self.minutes:g} min, {self.seconds:g} s with start and count",
            f"{len(self.made)} faults: {_list(faults)}",
            *(f"skipped: {kind}: {why}" for kind, why in self.skipped.items()),
            *([f"not made in this time: {', '.join(self.not_made)}"] if self.not_made else []),
            f"accepted: {_list(self.accepted)}",
            f"no longer possible when it was asked: {_list(self.refused)}",
            f"rungs that fired: {_list(self.rungs)}",
            "seen:",
            *(f"  {times:6} {what}" for what, times in self.seen.items()),
            ", ".join(f"{len(self.of(kind))} {kind}" for kind in Kind),
        ]
        return said + [f"  {found}" for found in self.findings]

    def _counted(self) -> dict[str, int]:
        return dict(Counter(made.kind for made in self.made).most_common())


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{times} {what}" for what, times in counts.items()) or "none"
