"""A course as a fork: the good way as one short line, what is done if nothing comes as a branch under the stop of now.

The picture of a page has its words; the small one of a list is left to the words beside it. Shapes differ, not colours
alone: what is past is filled, what is to come is open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal

from markupsafe import Markup

from services.console.plots.drawing import wrapped

Kind = Literal["past", "now", "late", "ended", "later"]

WIDTH = 360
_EDGE, _LINE, _DATES, _SPINE, _TEXT = 26, 50, 74, 18, 38
_LABELS = (14, 32)  # the names of neighbours stand at two heights, so that a phone has room for them
_TURN, _HERE, _ROW, _TODAY = 90, 40, 46, 30
_LETTERS, _MORE = 40, 18  # of a line of the branch, and what one more line of it takes


@dataclass(frozen=True)
class Stop:
    """One stop of the good way; `when` is the day it was reached."""

    label: str
    kind: Kind
    when: str = ""


@dataclass(frozen=True)
class Twig:
    """One step of the branch: taken already, or to come."""

    label: str
    below: str
    done: bool


def fork(
    name: str, title: str, told: str, stops: Sequence[Stop], here: tuple[str, str], twigs: Sequence[Twig], today: str
) -> Markup:
    """Draw the stops in a line, below them where it stands now, and its steps on one spine with today between them."""
    pitch = (WIDTH - 2 * _EDGE) / max(len(stops) - 1, 1)
    xs = [_EDGE + pitch * number for number in range(len(stops))]
    at = next((number for number, stop in enumerate(stops) if stop.kind in ("now", "late", "ended")), 0)
    inside = [*_way(stops, xs, at), *_branch(xs[at], here, twigs, today)]
    height = _TURN + _HERE + _more(here[0]) + (sum(map(_high, twigs)) + _TODAY if twigs else 0)
    return Markup(
        '<svg class="way" role="img" aria-labelledby="{n}-title {n}-words" viewBox="0 0 {w} {h}" width="{w}"'
        ' height="{h}"><title id="{n}-title">{title}</title><desc id="{n}-words">{told}</desc>{inside}</svg>'
    ).format(n=name, w=WIDTH, h=height, title=title, told=told, inside=Markup("").join(inside))


def _way(stops: Sequence[Stop], xs: Sequence[float], at: int) -> Iterator[Markup]:
    yield _path("behind", f"M{xs[0]:.0f} {_LINE}H{xs[at]:.0f}")
    if at < len(stops) - 1:
        yield _path("before", f"M{xs[at]:.0f} {_LINE}H{xs[-1]:.0f}")
    for number, (stop, x) in enumerate(zip(stops, xs, strict=True)):
        anchor = "start" if number == 0 else "end" if number == len(stops) - 1 else "middle"
        edge = {"start": 4.0, "end": WIDTH - 4.0, "middle": x}[anchor]
        high = _LABELS[number % 2]
        if high == _LABELS[0]:
            yield _path("lead", f"M{x:.0f} {high + 4}V{_LINE - 10}")
        here = stop.kind in ("now", "late", "ended")
        yield _text(edge, high, stop.label, "strong" if here else "faint" if stop.kind == "later" else "", anchor)
        if here:
            yield _circle("ring", x, _LINE, 13)
        yield _circle(stop.kind, x, _LINE, 10 if here else 7)
        # A day of several stops is written once: there is no room for it twice.
        if stop.when and stop.when != (stops[number - 1].when if number else ""):
            yield _text(edge, _DATES, stop.when, "below", anchor)


def _branch(x: float, here: tuple[str, str], twigs: Sequence[Twig], day: str) -> Iterator[Markup]:
    """Draw what stands under the stop of now: its name and since when, the steps taken, today, the steps to come."""
    yield from _lines(_TURN + 14, here[0], here[1], "strong")
    if not twigs:
        return
    done = sum(twig.done for twig in twigs)
    top = _TURN + _HERE + _more(here[0])
    begins = list(accumulate(map(_high, twigs), initial=top))
    ys = [begins[number] + 20 + (_TODAY if number >= done else 0) for number in range(len(twigs))]
    today = begins[done] + 14
    yield _path("spine", f"M{x:.0f} {_LINE + 13}V{_TURN - 8}H{_SPINE}V{today}")
    if ys[-1] > today:
        yield _path("spine spine--ahead", f"M{_SPINE} {today}V{ys[-1]}")
    yield _path("today", f"M{_SPINE - 10} {today}H{_SPINE + 14}")
    yield _text(_TEXT, today + 5, f"Today, {day}", "strong")
    for twig, y in zip(twigs, ys, strict=True):
        mark = Markup('<rect class="{}" x="{}" y="{}" width="14" height="14"/>')
        yield mark.format("step-done" if twig.done else "step", _SPINE - 7, y - 7)
        yield from _lines(y, twig.label, twig.below)


def _lines(y: int, label: str, below: str, kind: str = "") -> Iterator[Markup]:
    """Write what it is, in as many lines as it takes, and when under it."""
    for words in wrapped(label, _LETTERS):
        yield _text(_TEXT, y, words, kind)
        y += _MORE
    yield _text(_TEXT, y, below, "below")


def _more(label: str) -> int:
    return _MORE * (len(wrapped(label, _LETTERS)) - 1)


def _high(twig: Twig) -> int:
    return _ROW + _more(twig.label)


_STEP, _TOP, _UNDER, _MOST = 12, 6, 16, 4


def small(count: int, at: int, *, done: int, more: bool, late: bool = False) -> Markup:
    """Draw the same for one line of a list: the stops, and below that of now the steps taken and whether more come."""
    return _small(count, at, min(done, _MOST), more, late)


@lru_cache(maxsize=1000)
def _small(count: int, at: int, done: int, more: bool, late: bool) -> Markup:
    # A board shows hundreds of these, and only a few dozen are different.
    xs = [7 + _STEP * number for number in range(count)]
    wide = xs[-1] + 7
    inside = [_path("behind", f"M{xs[0]} {_TOP}H{xs[at]}"), _path("before", f"M{xs[at]} {_TOP}H{xs[-1]}")]
    for number, x in enumerate(xs):
        kind = "past" if number < at else "later" if number > at else "late" if late else "now"
        inside.append(_circle(kind, x, _TOP, 5 if number == at else 3.5))
    squares = [True] * done + [False] * more
    towards = -1 if at > count // 2 else 1  # from the last stops the branch grows back
    for number, taken in enumerate(squares):
        x = xs[at] + towards * number * 10
        inside.append(
            Markup('<rect class="{}" x="{}" y="{}" width="7" height="7"/>').format(
                "step-done" if taken else "step", x - 3.5, _UNDER - 3.5
            )
        )
    if squares:
        inside.insert(0, _path("spine", f"M{xs[at]} {_TOP}V{_UNDER}H{xs[at] + towards * (len(squares) - 1) * 10}"))
    return Markup(
        '<svg class="way way--small" viewBox="0 0 {w} 20" width="{w}" height="20" aria-hidden="true"'
        ' focusable="false">{i}</svg>'
    ).format(w=wide, i=Markup("").join(inside))


def _path(kind: str, way: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(kind, way)


def _circle(kind: str, x: float, y: float, radius: float) -> Markup:
    return Markup('<circle class="{}" cx="{:.0f}" cy="{}" r="{}"/>').format(kind, x, y, radius)


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> Markup:
    return Markup('<text class="{}" x="{:.0f}" y="{:.0f}" text-anchor="{}">{}</text>').format(kind, x, y, anchor, words)
