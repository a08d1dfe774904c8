"""What an import settles once every row is written: services to hide, out of reach, gone, shut, or listed twice."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.contact import contacts_of
from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation
from services.referrals.directory.places_of_safety import rule_that_hides
from services.referrals.directory.rules import same_name, shut_because
from services.referrals.directory_change import closures
from shared import clock
from shared.practice.calendar import local_day


async def hide(session: AsyncSession, source: str) -> list[tuple[UUID, str, str]]:
    """Hide the services which their own words, their agency's, those of their places or all together ask to hide.

    A hidden service stays hidden until a person shows it, whatever a later import leaves out. Return all that are
    hidden.
    """
    here = select(ServiceAtLocation.service_id, Location).join(Location).where(Location.source == source)
    places: dict[UUID, list[Location]] = {}
    for service_id, place in (await session.execute(here)).all():
        places.setdefault(service_id, []).append(place)
    hidden: list[tuple[UUID, str, str]] = []
    services = select(AgencyService, Agency).join(Agency).where(AgencyService.source == source)
    for row, agency in (await session.execute(services.order_by(AgencyService.name, AgencyService.id))).all():
        if "never_show" not in row.kept and not row.never_show:
            rule = row.never_show_own or agency.never_show_rule or _rule(row, agency, places.get(row.id, []))
            if rule is not None:
                row.never_show, row.never_show_rule = True, rule
                row.touch()
        if row.never_show:
            hidden.append((row.id, row.name, row.never_show_rule or "by hand"))
    return hidden


def _rule(row: AgencyService, agency: Agency, places: list[Location]) -> str | None:
    told = next((place.never_show_rule for place in places if place.never_show_rule), None)
    return told or rule_that_hides(
        [row.name, *row.other_names, *row.taxonomy_terms, agency.name, *agency.other_names],
        [row.description, row.eligibility, agency.description, *(place.description for place in places)],
        [each for place in places for each in (place.name, *place.other_names, *place.address)],
    )


async def reach(session: AsyncSession, listed: Iterable[UUID]) -> tuple[dict[str, int], list[str]]:
    """Count the services that can be written to, only rung, or neither, and name the last.

    Services that are never shown are not counted.
    """
    names = {row.id: row.name for row in await _shown(session, AgencyService.id.in_(list(listed)))}
    counts: dict[str, int] = {}
    neither: list[str] = []
    for service_id, contact in (await contacts_of(session, names)).items():
        how = "email" if contact.email else "phone" if contact.phone else "neither"
        counts[how] = counts.get(how, 0) + 1
        if how == "neither":
            neither.append(names[service_id])
    return counts, sorted(neither)


async def leave(session: AsyncSession, source: str, listed: set[UUID], *, whole: bool) -> int:
    """Return how many services of the source are not listed; with `whole`, record that they have left it."""
    gone = (AgencyService.source == source, AgencyService.left_at.is_(None), AgencyService.id.not_in(list(listed)))
    count = await session.scalar(select(func.count()).select_from(AgencyService).where(*gone)) or 0
    if whole and count:
        await session.execute(update(AgencyService).where(*gone).values(left_at=clock.now()))
    return count


async def open_services(session: AsyncSession, source: str) -> set[UUID]:
    """Return the services of the source that are offered now."""
    return {row.id for row, why in await _state(session, source) if why is None}


async def close(session: AsyncSession, source: str, open_before: set[UUID]) -> list[str]:
    """Inform the workers of open referrals that their service has shut; return the names of those services."""
    session.expire_all()
    shut_now = {
        row.id: f"{row.name}: {why}" for row, why in await _state(session, source) if why and row.id in open_before
    }
    told = await closures.report_closures(session, shut_now, clock.now())
    marked = update(AgencyService).where(AgencyService.id.in_(shut_now)).values(shut_told_at=clock.now())
    await session.execute(marked)
    return sorted(f"{said} ({told[id]} open)" if told.get(id) else said for id, said in shut_now.items())


async def _state(session: AsyncSession, source: str) -> list[tuple[AgencyService, str | None]]:
    today = local_day(clock.now())
    rows = await _shown(session, AgencyService.source == source)
    return [
        (row, shut_because(row.status, row.opens_on, row.closes_on, left=row.left_at is not None, today=today))
        for row in rows
    ]


async def _shown(session: AsyncSession, *which: Any) -> list[AgencyService]:
    return list(await session.scalars(select(AgencyService).where(~AgencyService.never_show, *which)))


async def look_the_same(session: AsyncSession, source: str, listed: Iterable[UUID]) -> list[str]:
    """Name the services that another publisher seems to list too: a consent for one does not cover the other."""
    columns = (AgencyService.id, AgencyService.source, AgencyService.name, Agency.name.label("agency"))
    query = select(*columns).join(Agency).where(~AgencyService.never_show)
    rows = (await session.execute(query)).all()
    ids = set(listed)
    ours, others = [row for row in rows if row.id in ids], [row for row in rows if row.source != source]
    if not ours or not others:
        return []
    marks = await _marks(session, [*ours, *others])
    by_mark: dict[str, list[Any]] = {}
    for row in others:
        for mark in marks[row.id]:
            by_mark.setdefault(mark, []).append(row)
    found: list[str] = []
    for row in ours:
        same = {other.id: other for mark in marks[row.id] for other in by_mark.get(mark, [])}
        found += [
            f"{row.name} of {row.agency} looks the same as {other.name} of {other.agency} from {other.source!r}"
            for other in same.values()
        ]
    return sorted(found)


async def _marks(session: AsyncSession, rows: Iterable[Any]) -> dict[UUID, set[str]]:
    rows = list(rows)
    contacts = await contacts_of(session, (row.id for row in rows))
    at = select(ServiceAtLocation.service_id, Location.address).join(Location)
    codes: dict[UUID, set[str]] = {}
    for service_id, address in (await session.execute(at)).all():
        codes.setdefault(service_id, set()).update(str(part).replace(" ", "").casefold() for part in address[-1:])
    found: dict[UUID, set[str]] = {}
    for row in rows:
        name, agency, contact = same_name(row.name), same_name(row.agency), contacts[row.id]
        beside = {agency, (contact.email or "").casefold(), "".join(filter(str.isdigit, contact.phone or ""))[-10:]}
        found[row.id] = {f"{name}|{each}" for each in beside | codes.get(row.id, set()) if each and name}
    return found
