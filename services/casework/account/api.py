"""Routes of members."""

from services.casework.account import service
from services.casework.member.schemas import MembersState, MembersView
from shared.http.deps import Tx, Who
from shared.http.problems import not_found
from shared.http.routes import Routes

routes = Routes("/members")


@routes.post("", allow="member.state", keyless=True, status_code=200)
async def state_members(body: MembersState, session: Tx, actor: Who) -> MembersView:
    """Record the present state of accounts, in the teams of the caller.

    A person who is no longer in a team, or whose account is closed, keeps nothing there: their open cases wait for a
    worker and their open tasks are the supervisors'. The same request again changes nothing.
    """
    if not all(actor.in_team(team) for each in body.members for team in each.teams):
        raise not_found()
    cases_released = tasks_released = 0
    # In the same order everywhere: each account's caseload is locked.
    for each in sorted(body.members, key=lambda each: each.account_id):
        cases, tasks = await service.record_state(session, each, actor.teams)
        cases_released, tasks_released = cases_released + cases, tasks_released + tasks
    return MembersView(members=len(body.members), cases_released=cases_released, tasks_released=tasks_released)
