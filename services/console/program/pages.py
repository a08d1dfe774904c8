"""Pages of programs: who may use the services by a key, what for, and until when."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Away, Refused
from services.console.program import rules, service
from services.console.program.models import ProgramKey
from services.console.staff import service as staff
from services.console.web.form import BadField, Form
from services.console.web.pages import Pages
from services.console.web.visit import Here, Visit
from shared import clock
from shared.access.programs import SCOPES
from shared.access.roles import Role
from shared.http.problems import Problem, Wrong

pages = Pages("/programs")

ADMIN = {Role.ADMIN}


@pages.get(allow=ADMIN)
async def listed(at: Here) -> Response:
    """List all programs, with when their keys end."""
    async with at.transaction() as tx:
        found = await service.every(tx)
    rows = [(program, _ends(keys, at.real_now)) for program, keys in found]
    return at.page("program/list.html", rows=rows, words=rules.WORDS, soon=at.real_now + rules.ENDS_SOON)


@pages.get("/new", allow=ADMIN)
async def ask_new(at: Here) -> Response:
    return await _form(at)


@pages.post("/new", allow=ADMIN)
async def add(at: Here) -> Response:
    """Make a program with its first key, and show the key this once."""
    agencies = await _agencies(at)
    try:
        async with at.transaction() as tx:
            wanted = _read(at, {team.id for team in await staff.teams(tx)}, {str(one["id"]) for one in agencies})
            made, key = await service.open_program(tx, at.me.account_id, wanted)
    except (Refused, BadField) as refused:
        return await _form(at, refused)
    return at.page("program/key.html", program=made, key=key)


@pages.get("/{program_id}", allow=ADMIN)
async def one(at: Here, program_id: UUID) -> Response:
    return await _one(at, program_id)


@pages.post("/{program_id}/keys", allow=ADMIN)
async def add_key(at: Here, program_id: UUID) -> Response:
    """Make another key, and show it this once; the one before goes on until it is revoked or ends."""
    try:
        ends = at.form.through("expires_at")
        if (wrong := rules.wrong_end(ends, at.real_now)) or ends is None:
            raise BadField("expires_at", wrong or "")
        async with at.transaction() as tx:
            made, key = await service.add_key(tx, at.me.account_id, program_id, ends)
    except BadField as refused:
        return await _one(at, program_id, refused)
    except Problem as refused:
        if refused.status != 409:
            raise
        return await _one(at, program_id, BadField("expires_at", refused.detail))
    return at.page("program/key.html", program=made, key=key)


@pages.post("/{program_id}/keys/{key_id}/revoke", allow=ADMIN)
async def revoke(at: Here, program_id: UUID, key_id: UUID) -> Response:
    async with at.transaction() as tx:
        await service.revoke(tx, at.me.account_id, program_id, key_id)
    return at.go(f"/programs/{program_id}", said="Revoked. Every service is told within seconds.")


def _read(at: Visit, teams: set[UUID], agencies: set[str]) -> service.Wanted:
    """Return the checked form. Raises Refused or BadField."""
    form: Form = at.form
    scopes = tuple(scope for scope in SCOPES if scope in form.all("scopes"))
    of_teams = tuple(sorted(team for team in teams if str(team) in form.all("teams")))
    agency = UUID(form.text("agency")) if form.text("agency") in agencies else None
    wrong: list[Wrong] = []
    if unfit := rules.wrong_with(form.text("name"), scopes, of_teams, agency):
        wrong.append(Wrong(unfit[0], "unfit", unfit[1]))
    ends = form.through("expires_at")
    if late := rules.wrong_end(ends, at.real_now):
        wrong.append(Wrong("expires_at", "unfit", late))
    if wrong or ends is None:
        raise Refused.fields(wrong)
    return service.Wanted(form.text("name"), scopes, of_teams, agency, ends)


async def _agencies(at: Visit) -> list[Json]:
    try:
        return await at.referrals.every("/agencies")
    except Away:
        return []  # every other kind of program can be made


async def _form(at: Visit, refused: Refused | BadField | None = None) -> Response:
    agencies = await _agencies(at)
    async with at.transaction() as tx:
        teams = await staff.teams(tx)
    return at.page(
        "program/new.html",
        refused=refused,
        scopes=list(rules.WORDS.items()),
        teams=[(str(team.id), team.name) for team in teams],
        agencies=[("", "None"), *((str(one["id"]), str(one["name"])) for one in agencies)],
    )


async def _one(at: Visit, program_id: UUID, refused: Refused | BadField | None = None) -> Response:
    async with at.transaction() as tx:
        program, keys = await service.program(tx, program_id), await service.keys_of(tx, program_id)
        teams = {str(team.id): team.name for team in await staff.teams(tx)}
        accounts = {account.id: account.name for account in await staff.every(tx)}
    now = clock.real()
    return at.page(
        "program/program.html",
        refused=refused,
        program=program,
        keys=keys,
        teams=[teams[team] for team in program.teams if team in teams],
        accounts=accounts,
        words=rules.WORDS,
        ends=rules.ends_soon(_ends(keys, now), now),
        now=now,
    )


def _ends(keys: Iterable[ProgramKey], now: datetime) -> list[datetime]:
    """Return when each key that is valid now ends."""
    return [key.expires_at for key in keys if key.is_valid(now)]
