"""Changes of an address or a number: proposed by one person, confirmed by another, with a history.

Whoever could alone change a service's address could read what is disclosed about people. So nothing is written or rung
at a new address or number until a second person has confirmed it, of a team that has referrals open there: where
several have, of another team than the proposer's. A feed proposes like anybody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.codes import ENDINGS
from services.referrals.directory.models import Agency, AgencyService, ContactChange, Location, ServiceAtLocation
from services.referrals.directory.rules import may_confirm, may_propose, to_ask
from services.referrals.outbound import links
from services.referrals.referral.models import Referral
from shared import clock
from shared.context import Actor
from shared.events.referrals import ContactDecided, ContactProposed
from shared.http.problems import conflict, not_found
from shared.outbox.emit import emit

Holder = Agency | AgencyService | Location
MODELS: Mapping[str, type[Agency] | type[AgencyService] | type[Location]] = {
    "agency": Agency,
    "service": AgencyService,
    "location": Location,
}
POINTS = ("email", "phone", "secure_mailbox")
_BY_IMPORT = "import:"


@dataclass(frozen=True)
class Shown:
    """A change with the name of its holder, and whether the actor may confirm it."""

    change: ContactChange
    name: str
    may_confirm: bool


async def by_import(
    session: AsyncSession, kind: str, there: Holder, source: str, points: Mapping[str, Any]
) -> list[str]:
    """Propose the fields that a feed may not write itself, and return their names.

    A feed writes only a first value where nobody is referred to yet.
    """
    proposed, made = list[str](), list[ContactChange]()
    at = clock.now()
    for field, value in points.items():
        first = getattr(there, field) is None and value is not None
        if first and not await teams_with_stake(session, kind, there.id):
            continue
        change = await _propose(session, kind, there, field, value, f"{_BY_IMPORT}{source}", (), at)
        made.append(change)
        proposed.append(field)
    await _ask(session, made, at)
    return proposed


async def by_hand(
    session: AsyncSession, kind: str, there: Holder, points: Mapping[str, Any], actor: Actor
) -> list[ContactChange]:
    """Propose what differs. Raise a 409 problem for a team without referrals there, where others have some."""
    differs = {field: value for field, value in points.items() if getattr(there, field) != value}
    if differs and not may_propose(set(actor.teams), await teams_with_stake(session, kind, there.id)):
        raise conflict("Only a team that has referrals open there may propose this.", rule="not_your_referrals")
    at = clock.now()
    made = [
        await _propose(session, kind, there, field, value, actor.user_id, actor.teams, at)
        for field, value in differs.items()
    ]
    await _ask(session, made, at)
    return made


async def _propose(
    session: AsyncSession,
    kind: str,
    there: Holder,
    field: str,
    value: Any,
    by: str,
    teams: tuple[UUID, ...],
    at: datetime,
) -> ContactChange:
    """Return the open proposal of this value, or make one. `at` is the same for all that is proposed together."""
    query = select(ContactChange).where(
        ContactChange.holder_id == there.id, ContactChange.field == field, ContactChange.state == "proposed"
    )
    open_one = await session.scalar(query.with_for_update())
    said = _as_text(value)
    if open_one is not None:
        if open_one.value == said:
            return open_one
        open_one.state, open_one.decided_by, open_one.decided_at = "replaced", by, at
        await session.flush()
        await _settled(session, open_one)
    change = ContactChange(
        holder=kind,
        holder_id=there.id,
        field=field,
        was=_as_text(getattr(there, field)),
        value=said,
        state="proposed",
        proposed_by=by,
        proposed_teams=[str(team) for team in teams],
        proposed_at=at,
    )
    session.add(change)
    await session.flush()
    return change


async def decide(session: AsyncSession, change_id: UUID, actor: Actor, *, confirm: bool) -> ContactChange:
    """Confirm a proposed change, which is in force from now on, or refuse it. Raise 404 and 409 problems.

    What was proposed together (an address and a number) is decided together: all of it or nothing.
    """
    change = await session.get(ContactChange, change_id, with_for_update=True, populate_existing=True)
    there = None if change is None else await _holder(session, change)
    if change is None or there is None:
        raise not_found()
    if change.state != "proposed":
        if change.state == _decided(confirm) and change.decided_by == actor.user_id:
            return change  # decided together with another change
        raise conflict("It has been decided already.", rule="decided")
    stake = await teams_with_stake(session, change.holder, change.holder_id)
    if confirm:
        if not _may_confirm(change, actor, stake):
            raise conflict(
                "Somebody else confirms it: of a team with referrals open there, and of another one if there is one.",
                rule="second_person",
            )
    elif not may_propose(set(actor.teams), stake):
        raise conflict("Only a team that has referrals open there may refuse this.", rule="not_your_referrals")
    at = clock.now()
    for each in await _together(session, change):
        if confirm:
            if _as_text(getattr(there, each.field)) != each.was:
                raise conflict("It was changed meanwhile: propose it again.", rule="changed_meanwhile")
            await _put(session, each, there)
        each.state = _decided(confirm)
        each.decided_by, each.decided_at = actor.user_id, at
    await session.flush()
    await _settled(session, change)
    return change


async def _ask(session: AsyncSession, made: Sequence[ContactChange], at: datetime) -> None:
    """Emit an event to each team that may confirm these changes. Changes that were proposed before have had theirs."""
    new = [change for change in made if change.proposed_at == at]
    if not new:
        return
    first = await _first(session, new[0])
    for team in sorted(await _asked(session, new[0])):
        told = ContactProposed(version=1, occurred_at=at, change_id=first, team_id=team)
        await emit(session, told, aggregate=first)


async def _settled(session: AsyncSession, change: ContactChange) -> None:
    """Emit that a proposal waits for nobody any more, once nothing that was proposed together waits."""
    if await _together(session, change):
        return
    first, teams = await _first(session, change), sorted(await _asked(session, change))
    told = ContactDecided(version=2, occurred_at=clock.now(), change_id=first, team_ids=teams)
    await emit(session, told, aggregate=first)


async def _asked(session: AsyncSession, change: ContactChange) -> set[UUID]:
    theirs = {UUID(team) for team in change.proposed_teams}
    return to_ask(theirs, await teams_with_stake(session, change.holder, change.holder_id))


async def _first(session: AsyncSession, change: ContactChange) -> UUID:
    """Return the id of a proposal: that of the first change that was proposed together."""
    query = select(ContactChange.id).where(
        ContactChange.holder_id == change.holder_id,
        ContactChange.proposed_by == change.proposed_by,
        ContactChange.proposed_at == change.proposed_at,
    )
    return (await session.scalars(query.order_by(ContactChange.id).limit(1))).one()


def _decided(confirm: bool) -> str:
    return "confirmed" if confirm else "refused"


async def _together(session: AsyncSession, change: ContactChange) -> list[ContactChange]:
    """Return the waiting changes that were proposed together with this one, locked.

    They have the same holder, author and moment.
    """
    query = select(ContactChange).where(
        ContactChange.holder_id == change.holder_id,
        ContactChange.proposed_by == change.proposed_by,
        ContactChange.proposed_at == change.proposed_at,
        ContactChange.state == "proposed",
    )
    return list(await session.scalars(query.order_by(ContactChange.id).with_for_update()))


async def _put(session: AsyncSession, change: ContactChange, there: Holder) -> None:
    value = change.value == "true" if change.field == "secure_mailbox" else change.value
    setattr(there, change.field, value)
    if change.field == "phone":
        there.phones = [{"number": value, "note": None}] if value else []
    there.kept = sorted({*there.kept, change.field, *(("phones",) if change.field == "phone" else ())})
    if isinstance(there, Agency | AgencyService):
        there.touch()
    await session.flush()
    if change.field == "email":
        await links.address_changed(session, await _open_referrals(session, change))


async def history(session: AsyncSession, service_id: UUID, actor: Actor) -> list[Shown]:
    """Return the changes proposed for a service, its places and its agency, newest first."""
    row = await session.get(AgencyService, service_id)
    if row is None or row.never_show:
        raise not_found()
    places = select(ServiceAtLocation.location_id).where(ServiceAtLocation.service_id == service_id)
    holders = ContactChange.holder_id.in_([row.id, row.agency_id]) | ContactChange.holder_id.in_(places)
    return await _with_names(session, select(ContactChange).where(holders), actor)


async def open_changes(session: AsyncSession, actor: Actor) -> list[Shown]:
    """Return the changes that wait for somebody to confirm them."""
    return await _with_names(session, select(ContactChange).where(ContactChange.state == "proposed").limit(200), actor)


async def _with_names(session: AsyncSession, query: Select[ContactChange], actor: Actor) -> list[Shown]:
    ordered = query.order_by(ContactChange.proposed_at.desc(), ContactChange.id)
    changes = list(await session.scalars(ordered))
    holders, stakes = dict[UUID, Holder](), dict[UUID, set[UUID]]()
    for kind, model in MODELS.items():
        ids = {change.holder_id for change in changes if change.holder == kind}
        if ids:
            rows = await session.scalars(select(model).where(model.id.in_(ids)))
            holders |= {row.id: row for row in rows if not _hidden(row)}
            stakes |= await _stakes(session, kind, ids)
    return [
        Shown(
            change,
            holders[change.holder_id].name or "A place",
            change.state == "proposed" and _may_confirm(change, actor, stakes.get(change.holder_id, set())),
        )
        for change in changes
        if change.holder_id in holders
    ]


async def _stakes(session: AsyncSession, kind: str, ids: set[UUID]) -> dict[UUID, set[UUID]]:
    """Return the teams that have referrals open at each of these holders."""
    holder = {
        "agency": AgencyService.agency_id,
        "service": AgencyService.id,
        "location": ServiceAtLocation.location_id,
    }[kind]
    query = select(holder, Referral.team_id).select_from(Referral)
    query = query.join(AgencyService, AgencyService.id == Referral.service_id)
    if kind == "location":
        query = query.join(ServiceAtLocation, ServiceAtLocation.service_id == AgencyService.id)
    found: dict[UUID, set[UUID]] = {}
    for holder_id, team in await session.execute(
        query.where(holder.in_(ids), Referral.state.not_in(sorted(ENDINGS))).distinct()
    ):
        found.setdefault(holder_id, set()).add(team)
    return found


async def _holder(session: AsyncSession, change: ContactChange) -> Holder | None:
    """Return the holder of the change, locked; None when it must not be shown."""
    there = await session.get(MODELS[change.holder], change.holder_id, with_for_update=True)
    return None if there is None or _hidden(there) else there


def _hidden(there: Holder) -> bool:
    return there.never_show if isinstance(there, AgencyService) else bool(there.never_show_rule)


async def teams_with_stake(session: AsyncSession, kind: str, holder_id: UUID) -> set[UUID]:
    """Return the teams that have referrals open at this holder."""
    rows = select(Referral.team_id).where(Referral.service_id.in_(_services(kind, holder_id))).distinct()
    return set(await session.scalars(rows.where(Referral.state.not_in(sorted(ENDINGS)))))


async def _open_referrals(session: AsyncSession, change: ContactChange) -> list[Referral]:
    rows = select(Referral).where(Referral.service_id.in_(_services(change.holder, change.holder_id)))
    rows = rows.where(Referral.state.not_in(sorted(ENDINGS)), Referral.ever_sent).order_by(Referral.id)
    return list(await session.scalars(rows.with_for_update()))


def _services(kind: str, holder_id: UUID) -> Select[UUID]:
    if kind == "location":
        return select(ServiceAtLocation.service_id).where(ServiceAtLocation.location_id == holder_id)
    column = AgencyService.agency_id if kind == "agency" else AgencyService.id
    return select(AgencyService.id).where(column == holder_id)


def _may_confirm(change: ContactChange, actor: Actor, stake: set[UUID]) -> bool:
    theirs = {UUID(team) for team in change.proposed_teams}
    return actor.user_id != change.proposed_by and may_confirm(set(actor.teams), theirs, stake)


def _as_text(value: Any) -> str | None:
    return str(value).lower() if isinstance(value, bool) else value
