"""What the operations API gives."""

from services.casework.board.schemas import WatchView
from shared.http.bodies import View


class MendedView(View):
    """`restarted`: workflow ids started again; `settled`: board rows of ended plans told to close; `watch`: rows that
    sleep too long and need a human; each of the reader's teams alone. `elsewhere` counts what was mended besides."""

    checked: int
    restarted: list[str]
    settled: list[str]
    elsewhere: int = 0
    watch: list[WatchView]
