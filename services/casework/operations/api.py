"""Routes for operators of the service."""

from services.casework.board.schemas import WatchView
from services.casework.operations import reconciliation
from services.casework.operations.schemas import ReconciledView
from shared.access.table import reach
from shared.http.deps import Platform, TemporalClient, Tx, Who
from shared.http.routes import Routes

routes = Routes("/operations")


@routes.post("/reconcile", allow="operations.reconcile", status_code=200, keyless=True)
async def reconcile(
    session: Tx, actor: Who, client: TemporalClient, platform: Platform, deep: bool = False
) -> ReconciledView:
    """Start a workflow for every open plan that has none, and return what was restored.

    A supervisor does so for their own teams alone.
    With `deep` the state of each workflow is queried, and a workflow that contradicts its row is replaced; for all
    teams, workflows without a row are ended too. A repeat finds nothing left to restore.
    """
    done = await reconciliation.reconcile(platform.work, client, reach(actor, "operations.reconcile"), deep=deep)
    return done.model_copy(update={"watch": await reconciliation.sleeping(session)})


@routes.get("/watch", allow="operations.watch")
async def watch(session: Tx) -> list[WatchView]:
    """List board rows that are overdue: their next step is more than 15 minutes past."""
    return await reconciliation.sleeping(session)
