"""The route of commands on the board."""

from uuid import UUID

from services.casework.board import changes_since, query
from services.casework.board.schemas import CommandBody, CommandView
from services.casework.command import service
from shared.http.deps import Platform, Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/board")


@routes.post("/{row_id}/commands", allow="board.command", status_code=200)
async def command(
    row_id: UUID, body: CommandBody, session: Tx, actor: Who, platform: Platform, once: Once
) -> CommandView:
    """Carry out a command: the row's owner decides immediately; a refusal (409) gives the reason."""
    row, _ = await query.one(session, row_id)

    async def act() -> CommandView:
        service.check(body, row, actor)
        await changes_since.step_in(session, row_id, row.team_id, body.command, body.seen_at, actor)
        return await service.carry_out(session, platform, once, actor, row_id, body)

    return await once(body, act, status=200)
