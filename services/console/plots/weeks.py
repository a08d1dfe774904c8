"""A column for each week: the contacts that were tried and how many succeeded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from services.console.plots.drawing import LINE, WIDTH, line, rect, svg, text

_HEIGHT = 120
_BETWEEN = 0.3
_DAYS_EVERY = 4  # weeks from one date label to the next


@dataclass(frozen=True)
class Week:
    """Contacts of the week that begins on this Monday."""

    monday: date
    reached: int
    missed: int

    def said(self) -> str:
        return f"week of {self.monday.day} {self.monday:%B}: {self.reached} reached, {self.missed} missed"


def weeks(name: str, title: str, figures: Sequence[Week]) -> Markup:
    """Draw each week's contacts, with the missed ones on top of the others."""
    most = max((week.reached + week.missed for week in figures), default=0) or 1
    slot, bottom = WIDTH / max(len(figures), 1), float(LINE + _HEIGHT)
    inside = [line(0, bottom, WIDTH, bottom), text(0, LINE - 6, f"most in a week: {most}")]
    for place, week in enumerate(figures):
        left, width = place * slot + slot * _BETWEEN / 2, slot * (1 - _BETWEEN)
        reached, missed = (_HEIGHT * part / most for part in (week.reached, week.missed))
        if reached:
            inside.append(rect(left, bottom - reached, width, reached))
        if missed:
            inside.append(rect(left, bottom - reached - missed, width, missed, "still"))
        if place % _DAYS_EVERY == 0:
            inside.append(text(left, bottom + LINE - 4, f"{week.monday.day} {week.monday:%b}"))
    told = "; ".join(week.said() for week in figures) or "No weeks yet"
    return svg(name, title, told, LINE + _HEIGHT + LINE, inside)
