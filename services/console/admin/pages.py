"""Pages of staff, roles and teams."""

from uuid import UUID

from starlette.responses import Response

from services.console.admin import rules, service
from services.console.backend.errors import Refused
from services.console.staff import service as staff
from services.console.staff.models import Account
from services.console.web.pages import Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role

pages = Pages("/admin")

ADMIN = {Role.ADMIN}


@pages.get(allow=ADMIN)
async def listed(at: Here) -> Response:
    """List all accounts and the teams."""
    return await _list(at)


@pages.post("/teams", allow=ADMIN)
async def add_team(at: Here) -> Response:
    try:
        async with at.transaction() as tx:
            await service.open_team(tx, at.form)
    except Refused as refused:
        return await _list(at, refused)
    return at.go("/admin", said="Team added. Next, add its staff.")


@pages.get("/staff/new", allow=ADMIN)
async def ask_new(at: Here) -> Response:
    return await _form(at, None)


@pages.post("/staff/new", allow=ADMIN)
async def add(at: Here) -> Response:
    """Open an account without a password: its holder chooses one through a link."""
    try:
        async with at.transaction() as tx:
            wanted = service.read(at.form, {team.id for team in await staff.teams(tx)})
            made = await service.open_account(tx, at.me.account_id, wanted)
    except Refused as refused:
        return await _form(at, None, refused)
    return at.go(f"/admin/staff/{made.id}", said="Account created. Next, create a sign-in link.")


@pages.get("/staff/{account_id}", allow=ADMIN)
async def one(at: Here, account_id: UUID) -> Response:
    async with at.transaction() as tx:
        found = await service.account(tx, account_id)
    return await _form(at, found)


@pages.post("/staff/{account_id}", allow=ADMIN)
async def change(at: Here, account_id: UUID) -> Response:
    try:
        async with at.transaction() as tx:
            wanted = service.read(at.form, {team.id for team in await staff.teams(tx)})
            await service.change(tx, at.me.account_id, account_id, wanted, at.form.version)
    except Refused as refused:
        async with at.transaction() as tx:
            found = await service.account(tx, account_id)
        return await _form(at, found, refused)
    return at.go(f"/admin/staff/{account_id}", said="Saved. It holds for whatever they open next.")


@pages.post("/staff/{account_id}/link", allow=ADMIN)
async def link(at: Here, account_id: UUID) -> Response:
    """Make a one-time link, which voids the one before, and show it this once."""
    async with at.transaction() as tx:
        found = await service.account(tx, account_id)
        token = await service.invite(tx, at.me.account_id, account_id)
    return at.page("admin/link.html", account=found, link=f"{at.house.origin}/begin/{token}")


@pages.post("/staff/{account_id}/disable", allow=ADMIN)
async def disable(at: Here, account_id: UUID) -> Response:
    async with at.transaction() as tx:
        await service.disable(tx, at.me.account_id, account_id)
    return at.go(f"/admin/staff/{account_id}", said="The account is closed and signed out everywhere.")


@pages.post("/staff/{account_id}/enable", allow=ADMIN)
async def enable(at: Here, account_id: UUID) -> Response:
    async with at.transaction() as tx:
        await service.enable(tx, at.me.account_id, account_id)
    return at.go(f"/admin/staff/{account_id}", said="The account is open again.")


async def _list(at: Visit, refused: Refused | None = None) -> Response:
    async with at.transaction() as tx:
        everybody, teams = await staff.every(tx), await staff.teams(tx)
        memberships = await staff.memberships(tx)
    return at.page("admin/list.html", refused=refused, everybody=everybody, teams=teams, memberships=memberships)


async def _form(at: Visit, account: Account | None, refused: Refused | None = None) -> Response:
    async with at.transaction() as tx:
        teams = await staff.teams(tx)
        mine = await staff.teams_of(tx, account.id) if account else ()
    roles = [(role.value, role.value) for role in rules.CHOICES]
    return at.page("admin/staff.html", refused=refused, account=account, teams=teams, mine=mine, roles=roles)
