"""Changing accounts and teams."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.account_changes import service as changes
from services.console.account_changes.rules import changed
from services.console.admin import rules
from services.console.backend.errors import Refused
from services.console.session import service as sessions
from services.console.staff import invitations
from services.console.staff import service as staff
from services.console.staff.models import Account, Team
from services.console.staff.rules import LONGEST_NAME, key_of
from services.console.web.form import Form
from shared import clock
from shared.access.roles import Role
from shared.http.problems import Wrong, conflict, not_found, problem


@dataclass(frozen=True)
class Wanted:
    """An account as the form asks for it."""

    sign_in: str
    name: str
    phone: str
    role: Role
    teams: tuple[UUID, ...]


def read(form: Form, known: set[UUID]) -> Wanted:
    """Return the checked form. Raises Refused naming every invalid field."""
    name, sign_in, phone = form.text("name"), form.text("sign_in"), form.text("phone")
    role = rules.role_of(form.text("role"))
    teams = tuple(team for team in known if str(team) in form.all("teams"))
    wrong = [Wrong(field, "missing", "must not be empty") for field, text in _needed(name, sign_in) if not text]
    wrong += [
        Wrong(field, "too_long", f"must be at most {LONGEST_NAME} characters")
        for field, text in (*_needed(name, sign_in), ("phone", phone))
        if len(text) > LONGEST_NAME
    ]
    if unfit := rules.wrong_with(role, teams):
        wrong.append(Wrong(unfit[0], "unfit", unfit[1]))
    if wrong or role is None:
        raise Refused.fields(wrong)
    return Wanted(sign_in, name, phone, role, teams)


def _needed(name: str, sign_in: str) -> tuple[tuple[str, str], ...]:
    return ("name", name), ("sign_in", sign_in)


async def account(tx: AsyncSession, account_id: UUID, *, lock: bool = False) -> Account:
    found = await staff.by_id(tx, account_id, lock=lock)
    if found is None:
        raise not_found()
    return found


async def open_account(tx: AsyncSession, me: UUID, wanted: Wanted) -> Account:
    try:
        made = await staff.open_account(
            tx,
            sign_in=wanted.sign_in,
            name=wanted.name,
            role=wanted.role,
            team_ids=wanted.teams,
            phone=wanted.phone,
        )
    except IntegrityError:
        raise _taken() from None
    changes.record(tx, made.id, "opened", me, holder_knows=True)
    return made


async def change(tx: AsyncSession, me: UUID, account_id: UUID, wanted: Wanted, version: int | None) -> None:
    """Update the account unless somebody else has changed it since `version` was read (412)."""
    found = await account(tx, account_id, lock=True)
    if found.version != version:
        raise problem(412, "Somebody else changed this account since you opened it. Look at it again, then decide.")
    if why := rules.refuses(me, account_id, was=Role(found.role), becomes=wanted.role):
        raise conflict(why)
    before = (found.sign_in, found.name, found.phone, found.role, frozenset(await staff.teams_of(tx, account_id)))
    found.sign_in, found.name, found.phone = key_of(wanted.sign_in), wanted.name, wanted.phone
    found.role = wanted.role.value
    found.version += 1
    try:
        await tx.flush()
    except IntegrityError:
        raise _taken() from None
    await staff.put_in_teams(tx, account_id, wanted.teams)
    after = (found.sign_in, found.name, found.phone, found.role, frozenset(wanted.teams))
    for what in changed(before, after):
        changes.record(tx, account_id, what, me)


async def invite(tx: AsyncSession, me: UUID, account_id: UUID) -> str:
    """Make a one-time link for an account, record that, and return its token."""
    found = await account(tx, account_id, lock=True)
    token = await invitations.invite(tx, account_id)
    changes.record(tx, account_id, "link_made", me, holder_knows=found.password_hash is None)
    return token


async def disable(tx: AsyncSession, me: UUID, account_id: UUID) -> None:
    """Close the account: it cannot sign in any more, and its sessions end."""
    found = await account(tx, account_id, lock=True)
    if why := rules.refuses(me, account_id, was=Role(found.role), becomes=None):
        raise conflict(why)
    if found.disabled_at is None:
        found.disabled_at = clock.real()
        found.version += 1
        changes.record(tx, account_id, "closed", me)
    await sessions.end_all(tx, account_id)


async def enable(tx: AsyncSession, me: UUID, account_id: UUID) -> None:
    found = await account(tx, account_id, lock=True)
    if found.disabled_at is not None:
        found.disabled_at = None
        found.version += 1
        changes.record(tx, account_id, "opened_again", me)


async def open_team(tx: AsyncSession, form: Form) -> Team:
    name = form.text("team_name")
    if not name or len(name) > LONGEST_NAME:
        raise Refused.field(Wrong("team_name", "missing", f"must have 1 to {LONGEST_NAME} characters"))
    if any(team.name.casefold() == name.casefold() for team in await staff.teams(tx)):
        raise Refused.field(Wrong("team_name", "taken", "is the name of another team"))
    return await staff.open_team(tx, name)


def _taken() -> Refused:
    return Refused.field(Wrong("sign_in", "taken", "is taken by another account"))
