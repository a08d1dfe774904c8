"""Horizontal bars, one below the other, the longest as wide as the plot. A funnel has bars that only get shorter."""

from collections.abc import Sequence

from markupsafe import Markup

from services.console.plots.drawing import LINE, WIDTH, Bar, in_words, rect, shortened, svg, text

_BAR, _GAP = 16, 12
_LETTERS = 30
_SHORTEST = 2.0  # every bar but a zero is visible


def bars(name: str, title: str, figures: Sequence[Bar]) -> Markup:
    """Draw each figure with its label and value above its bar."""
    most = max((bar.value for bar in figures), default=0)
    each = LINE + _BAR + _GAP
    inside: list[Markup] = []
    for place, bar in enumerate(figures):
        top = place * each
        inside.append(text(0, top + LINE - 6, shortened(bar.label, _LETTERS)))
        inside.append(text(WIDTH, top + LINE - 6, bar.said, "end"))
        if bar.value > 0:
            inside.append(rect(0, top + LINE, max(_SHORTEST, WIDTH * bar.value / most), _BAR, bar.mark))
    return svg(name, title, in_words(figures), max(each * len(figures) - _GAP, LINE), inside)
