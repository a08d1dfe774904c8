"""Requests and responses of the members API."""

from uuid import UUID

from pydantic import Field

from services.casework.words import UserId
from shared.access.roles import Role
from shared.http.bodies import Body, View


class MemberState(Body):
    """The present state of an account: its role, all its teams, and whether it is closed."""

    account_id: UserId
    role: Role
    teams: list[UUID] = Field(default=[], max_length=1000)
    closed: bool = False


class MembersState(Body):
    members: list[MemberState] = Field(min_length=1, max_length=200)


class MembersView(View):
    """How many accounts were stated, and how many cases and tasks became the supervisors'."""

    members: int
    cases_released: int
    tasks_released: int
