"""Routes for operators of the service."""

from services.casework.board.schemas import WatchView
from services.casework.operations import mending
from services.casework.operations.schemas import MendedView
from shared.access.table import reach
from shared.http.deps import Platform, TemporalClient, Tx, Who
from shared.http.routes import Routes

routes = Routes("/operations")


@routes.post("/reconcile", allow="operations.reconcile", status_code=200, keyless=True)
async def reconcile(
    session: Tx, actor: Who, client: TemporalClient, platform: Platform, deep: bool = False
) -> MendedView:
    """Start a workflow for every open plan that has none, a supervisor only in their own teams; return what was mended.

    With `deep` the state of each workflow is queried, and a workflow that contradicts its row is replaced; for all
    teams, workflows without a row are ended too. A repeat finds nothing left to mend.
    """
    done = await mending.mend(platform.work, client, reach(actor, "operations.reconcile"), deep=deep)
    return done.model_copy(update={"watch": await mending.sleeping(session)})


@routes.get("/watch", allow="operations.watch")
async def watch(session: Tx) -> list[WatchView]:
    """List board rows that are overdue: their next step is more than 15 minutes past."""
    return await mending.sleeping(session)
