"""Steps on their days: each a bar from the beginning to its time, in another colour after the deadline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.console.plots.drawing import LINE, WIDTH, line, rect, svg, text, wrapped

_BAR, _GAP, _TICK = 12, 14, 5
_LETTERS = 46
_SHORTEST = 3.0  # a step at the beginning is visible too


@dataclass(frozen=True)
class StepMark:
    """One step: `after` is the time since the beginning, in any unit; `up` marks the deadline itself."""

    label: str
    when: str
    after: float
    up: bool = False

    @property
    def words(self) -> str:
        return f"{self.when}: {self.label}"


def steps(name: str, title: str, marks: Sequence[StepMark], longest: float) -> Markup:
    """Draw the marks from top to bottom; `longest` fills the width, so that two plots can be compared."""
    up = next((mark.after for mark in marks if mark.up), longest)
    inside: list[Markup] = []
    top = 0
    for mark in marks:
        for words in (*wrapped(mark.label, _LETTERS), mark.when):
            top += LINE
            inside.append(text(0, top - 6, words))
        inside += _bar(mark, up, top, (WIDTH - 1) / longest if longest else 0.0)
        top += _BAR + _GAP
    return svg(name, title, "; ".join(mark.words for mark in marks), top - _GAP + _TICK, inside)


def _bar(mark: StepMark, up: float, top: int, scale: float) -> Iterator[Markup]:
    """Return the part of a bar up to the deadline, the part after it, and a line at the deadline."""
    in_time = max(_SHORTEST, min(mark.after, up) * scale)
    yield rect(0, top, in_time, _BAR, "now" if mark.up else "")
    if mark.after > up:
        yield rect(in_time, top, (mark.after - up) * scale, _BAR, "late")
    yield line(up * scale, top, up * scale, top + _BAR + _TICK)
