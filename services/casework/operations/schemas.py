"""Responses of the operations API."""

from services.casework.board.schemas import WatchView
from shared.http.bodies import View


class ReconciledView(View):
    """List what one round restored, as workflow ids.

    `restarted`: there was none; `replaced`: its history contradicted its row, as after a restored database; `woken`:
    its version was older than the row's; `ended`: it had no row. `watch`: overdue rows that need a
    person.
    """

    checked: int
    restarted: list[str]
    replaced: list[str]
    woken: list[str]
    ended: list[str]
    watch: list[WatchView]
