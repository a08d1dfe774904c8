"""What the operations API gives."""

from services.casework.board.schemas import WatchView
from shared.http.bodies import View


class MendedView(View):
    """`restarted`: workflow ids started again; `settled`: those whose board row had missed their end; `watch`: rows
    that sleep too long and need a human."""

    checked: int
    restarted: list[str]
    settled: list[str]
    watch: list[WatchView]
