"""How long something has waited beside its clock: one bar, with a line where the clock ends."""

from functools import lru_cache

from markupsafe import Markup

WIDTH, HEIGHT = 80, 8
_LEAST = 2.0


@lru_cache(maxsize=1000)
def bar(waited: float, clock: float, *, late: bool) -> Markup:
    """Draw the time that is over, against the whole of the clock or, once it has run out, with its end marked.

    It says nothing that the words beside it do not say, so it is left out where pages are read aloud.
    """
    whole = max(waited, clock, 1)
    gone = max(_LEAST, WIDTH * min(waited, whole) / whole)
    end = WIDTH * clock / whole
    drawn = Markup(
        '<svg class="age" viewBox="0 0 {w} {h}" width="{w}" height="{h}" aria-hidden="true" focusable="false">'
        '<rect class="age__clock" width="{w}" height="{h}"/><rect class="{mark}" width="{gone:.1f}" height="{h}"/>'
        '<path class="age__end" d="M{end:.1f} 0V{h}"/></svg>'
    )
    mark = "age__late" if late else "age__gone"
    return drawn.format(w=WIDTH, h=HEIGHT, mark=mark, gone=gone, end=min(max(end, 1.0), WIDTH - 1.0))
