"""What the operations API gives."""

from services.casework.board.schemas import WatchView
from shared.http.bodies import View


class MendedView(View):
    """Workflow ids. `restarted`: there was none; `replaced`: it knew another story than its row, as after a restored
    database; `woken`: it knew an older one; `ended`: it had no row; `settled`: its board row had missed its end.
    `watch`: rows that sleep too long and need a human."""

    checked: int
    restarted: list[str]
    replaced: list[str]
    woken: list[str]
    ended: list[str]
    settled: list[str]
    watch: list[WatchView]
