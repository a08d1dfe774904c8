"""Rows on one scale, one below the other: each with its current and its earlier value."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.console.plots.drawing import LINE, WIDTH, circle, line, svg, text, wrapped

_BESIDE, _ROW, _DOT = 200.0, 30, 8.0
_LETTERS = 30


@dataclass(frozen=True)
class Place:
    """One row: `now` and perhaps `before` lie on the scale, `said` is both in words."""

    label: str
    now: int
    before: int | None
    said: str


def scale(name: str, title: str, lowest: int, highest: int, rows: Sequence[Place]) -> Markup:
    """Draw each row with its name on the left; a line leads from the ring at the earlier value to the current one."""

    def x(value: int) -> float:
        left, right = _BESIDE + _DOT, WIDTH - _DOT
        return left + (right - left) * (value - lowest) / (highest - lowest)

    inside = [text(x(value), LINE - 6, value, "middle") for value in range(lowest, highest + 1)] if rows else []
    top = LINE
    for row in rows:
        label = wrapped(row.label, _LETTERS)
        middle = top + _ROW / 2
        inside += [text(0, middle + 5 + number * LINE, words) for number, words in enumerate(label)]
        top += _ROW + LINE * (len(label) - 1)
        inside.append(line(x(lowest), middle, x(highest), middle, "faint"))
        if row.before is not None and row.before != row.now:
            inside.append(line(x(row.before), middle, x(row.now), middle))
            inside.append(circle(x(row.before), middle, _DOT - 2, "ring"))
        inside.append(circle(x(row.now), middle, _DOT))
    told = "; ".join(f"{row.label}: {row.said}" for row in rows) or "No figures yet"
    return svg(name, title, told, top, inside)
