"""The elements of every plot. Each function depends on nothing but its arguments."""

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup

WIDTH = 360
LINE = 20


@dataclass(frozen=True)
class Bar:
    """One figure: `said` is its value in words, `mark` a class of the style sheet ("late", "still", "now" or plain).

    `open` is a second mark on the same bar, `href` leads to the rows behind the figure. `value` None has no bar at all,
    `tick` marks one that is too short to be seen, `brief` is what there is room for where `said` is longer.
    """

    label: str
    value: float | None
    said: str
    mark: str = ""
    open: float | None = None
    href: str = ""
    tick: bool = False
    brief: str = ""


def svg(name: str, title: str, told: str, height: int, inside: Iterable[Markup], role: str = "img") -> Markup:
    """Return an image with a title and a text alternative. `name` keeps its ids unique on the page.

    One that holds links is a group: what lies inside an image is read to nobody.
    """
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="{}" aria-labelledby="{}-title {}-told">'
        '<title id="{}-title">{}</title><desc id="{}-told">{}</desc>{}</svg>'
    ).format(WIDTH, height, role, name, name, name, title, name, told, Markup("").join(inside))


def rect(x: float, y: float, width: float, height: float, mark: str = "") -> Markup:
    return Markup('<rect class="mark{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        f" mark--{mark}" if mark else "", _number(x), _number(y), _number(width), _number(height)
    )


def text(x: float, y: float, words: object, anchor: str = "start") -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(_number(x), _number(y), anchor, words)


def line(x1: float, y1: float, x2: float, y2: float, mark: str = "") -> Markup:
    ends = map(_number, (x1, y1, x2, y2))
    return Markup('<path class="line{}" d="M{} {}L{} {}"/>').format(f" line--{mark}" if mark else "", *ends)


def link(href: str, inside: Iterable[Markup]) -> Markup:
    return Markup('<a href="{}">{}</a>').format(href, Markup("").join(inside))


def circle(x: float, y: float, radius: float, mark: str = "") -> Markup:
    return Markup('<circle class="mark{}" cx="{}" cy="{}" r="{}"/>').format(
        f" mark--{mark}" if mark else "", _number(x), _number(y), _number(radius)
    )


def in_words(bars: Iterable[Bar]) -> str:
    """Write the figures as a sentence each."""
    return "; ".join(f"{bar.label}: {bar.said}" for bar in bars) or "No figures yet"


def wrapped(words: str, most: int) -> list[str]:
    """Return words as lines of at most so many letters: what is cut off might be what tells two services apart."""
    return wrap(words, most) or [""]


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
