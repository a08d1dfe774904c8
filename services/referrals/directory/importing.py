"""Brings what a publisher says into the directory, in one transaction, and says what became of each object."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.contact import contacts_of
from services.referrals.directory.hsds import Directory, Refused, Row, ServiceRow, digest
from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation, directory_id
from shared import clock

Progress = Callable[[int], None]


@dataclass
class Report:
    """What an import did, by kind of object. `never_shown`: taken, but kept out of sight by a rule. `reached`: how many
    of the services in the file can be written to, only rung, or neither (`unreachable` names those).
    """

    added: dict[str, int] = field(default_factory=dict[str, int])
    changed: dict[str, int] = field(default_factory=dict[str, int])
    unchanged: dict[str, int] = field(default_factory=dict[str, int])
    never_shown: dict[str, int] = field(default_factory=dict[str, int])
    reached: dict[str, int] = field(default_factory=dict[str, int])
    unreachable: list[str] = field(default_factory=list[str])
    refused: list[Refused] = field(default_factory=list[Refused])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def take(session: AsyncSession, source: str, found: Directory, progress: Progress = lambda done: None) -> Report:
    """Write `found` as the directory of `source`. What the file does not mention stays as it is: of what it tells in
    brief, every field that it leaves out, and that it is hidden.

    A service whose agency is neither in the file nor in the directory is refused. `progress` is told how many objects
    are done. Nothing is committed here.
    """
    report = Report(refused=list(found.refused))
    done = 0
    for kind, rows in (("agency", found.agencies), ("location", found.locations)):
        for row in rows.values():
            await _put(session, report, kind, source, row, {})
            done += 1
            progress(done)
    agencies = await _known(session, Agency, source, (row.agency_external_id for row in found.services.values()))
    for row in found.services.values():
        done += 1
        progress(done)
        agency_id = agencies.get(row.agency_external_id)
        if agency_id is None:
            reason = f"its organization {row.agency_external_id} is neither in the file nor in the directory"
            report.refused.append(Refused(f"service {row.external_id}", reason))
            continue
        await _put(session, report, "service", source, row, {"agency_id": agency_id})
        await _place(session, source, row)
    await _hide(session, report, source, found)
    await _reach(session, report, source, found)
    return report


async def _reach(session: AsyncSession, report: Report, source: str, found: Directory) -> None:
    """Say how the services of this file can be reached. What is never shown is named nowhere."""
    await session.flush()
    names = {directory_id("service", source, each.external_id): each.name for each in found.services.values()}
    shown = select(AgencyService.id).where(AgencyService.id.in_(list(names)), ~AgencyService.never_show)
    contacts = await contacts_of(session, await session.scalars(shown))
    for service_id, contact in contacts.items():
        _count(report.reached, "email" if contact.email else "phone" if contact.phone else "neither")
        if contact.email is None and contact.phone is None:
            report.unreachable.append(names[service_id])
    report.unreachable.sort()


async def _hide(session: AsyncSession, report: Report, source: str, found: Directory) -> None:
    """Settle for every service of `source` whether it is shown: an agency or a place that changed hides, or no longer
    hides, services that the file does not mention.
    """
    here = select(ServiceAtLocation.service_id, Location.never_show_rule).join(Location)
    places = await session.execute(here.where(Location.source == source, Location.never_show_rule.is_not(None)))
    by_place = {service_id: rule for service_id, rule in places.all()}
    services = select(AgencyService, Agency.never_show_rule).join(Agency).where(AgencyService.source == source)
    for row, by_agency in (await session.execute(services)).all():
        said = found.services.get(row.external_id)
        own = said.never_show_rule if said else None
        if said is None or said.brief:
            own = own or row.never_show_own
        rule = own or by_agency or by_place.get(row.id)
        if rule is not None and said is not None:
            _count(report.never_shown, rule)
        if row.never_show_own != own:
            row.never_show_own = own
        if "never_show" not in row.kept and (row.never_show, row.never_show_rule) != (rule is not None, rule):
            row.never_show, row.never_show_rule = rule is not None, rule
            row.touch()


_MODELS: dict[str, type[Agency] | type[AgencyService] | type[Location]] = {
    "agency": Agency,
    "service": AgencyService,
    "location": Location,
}
_NOT_COLUMNS = {"agency_external_id", "location_external_ids", "brief"}
_SETTLED_LAST = {"never_show", "never_show_rule"}  # of a service: see _hide
_TOLD_IN_BRIEF = ""  # a digest that no row has: whatever its own telling says is written


async def _put(session: AsyncSession, report: Report, kind: str, source: str, row: Row, more: dict[str, Any]) -> None:
    model = _MODELS[kind]
    row_id = directory_id(kind, source, row.external_id)
    left_out = _NOT_COLUMNS | _SETTLED_LAST if kind == "service" else _NOT_COLUMNS
    told = {name: _column(value) for name, value in asdict(row).items() if name not in left_out} | more
    if row.brief:
        told = {name: value for name, value in told.items() if value}
    mark = _TOLD_IN_BRIEF if row.brief else digest(row)
    values = {**told, "digest": mark, "imported_at": clock.now()}
    there = await session.get(model, row_id, with_for_update=True)
    if there is None:
        session.add(model(id=row_id, source=source, kept=[], **values))
        await session.flush()
        _count(report.added, kind)
    elif _as_told(there, told) if row.brief else there.digest == mark:
        _count(report.unchanged, kind)
    else:
        for name, value in values.items():
            if name not in there.kept:
                setattr(there, name, value)
        if isinstance(there, Agency | AgencyService):
            there.touch()
        _count(report.changed, kind)


def _as_told(there: Agency | AgencyService | Location, told: dict[str, Any]) -> bool:
    """Whether all that was told stands there already, or something else that was set by hand."""
    return all(name in there.kept or getattr(there, name) == value for name, value in told.items())


async def _place(session: AsyncSession, source: str, row: ServiceRow) -> None:
    service_id = directory_id("service", source, row.external_id)
    places = {directory_id("location", source, external) for external in row.location_external_ids}
    if places and not row.brief:  # lists leave the places out: to name none takes none away
        gone = ServiceAtLocation.location_id.not_in(places)
        await session.execute(delete(ServiceAtLocation).where(ServiceAtLocation.service_id == service_id, gone))
    if places:
        rows = [{"service_id": service_id, "location_id": place} for place in places]
        await session.execute(insert(ServiceAtLocation).values(rows).on_conflict_do_nothing())


async def _known(
    session: AsyncSession, model: type[Agency], source: str, external_ids: Iterable[str]
) -> dict[str, UUID]:
    wanted = sorted(set(external_ids))
    query = select(model.external_id, model.id).where(model.source == source, model.external_id.in_(wanted))
    return {external: row_id for external, row_id in (await session.execute(query)).all()}


def _column(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _count(counts: dict[str, int], kind: str) -> None:
    counts[kind] = counts.get(kind, 0) + 1
