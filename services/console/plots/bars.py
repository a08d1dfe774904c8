"""Horizontal bars, one below the other, the longest as wide as the plot. A funnel has bars that only get shorter."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from services.console.plots.drawing import LINE, WIDTH, Bar, in_words, line, link, rect, svg, text, wrapped

# On a phone the plot is drawn smaller: a row that can be pressed is 44 px there, with its gap.
_BAR, _GAP = 16, 14
_LETTERS = 24
_SHORTEST = 2.0  # every bar but a zero is visible
_TICK = 4.0


def bars(name: str, title: str, figures: Sequence[Bar]) -> Markup:
    """Draw each figure with its label and value above its bar, and what is open as a line across the bar."""
    most = max((value for bar in figures for value in (bar.value, bar.open) if value), default=0.0)
    top = 0
    inside: list[Markup] = []
    for bar in figures:
        label = wrapped(bar.label, _LETTERS)
        each = LINE * len(label) + _BAR + _GAP
        drawn = _bar(bar, label, top, most)
        # The whole of it can be pressed, also where nothing is drawn.
        area = rect(0, top, WIDTH, each, "area")
        inside += [link(bar.href, [area, *drawn])] if bar.href else drawn
        top += each
    return svg(
        name, title, in_words(figures), max(top, LINE), inside, "group" if any(bar.href for bar in figures) else "img"
    )


def _bar(bar: Bar, label: Sequence[str], top: int, most: float) -> Iterator[Markup]:
    for number, words in enumerate(label):
        yield text(0, top + (number + 1) * LINE - 6, words)
    yield text(WIDTH, top + LINE - 6, bar.brief or bar.said, "end")
    top += LINE * (len(label) - 1)
    if bar.tick:
        yield rect(0, top + LINE, _TICK, _BAR, bar.mark or "tick")
    elif bar.value:
        yield rect(0, top + LINE, max(_SHORTEST, WIDTH * bar.value / most), _BAR, bar.mark)
    if bar.open:
        x = min(max(WIDTH * bar.open / most, 1.5), WIDTH - 1.5)
        yield line(x, top + LINE - 2, x, top + LINE + _BAR + 2, "open")
