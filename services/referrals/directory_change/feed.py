"""Writing a publisher's file into the directory, in one transaction, with a report on each object."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.as_written import Number
from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation, directory_id
from services.referrals.directory.rows import Directory, Refused, Row, ServiceRow
from services.referrals.directory_change import contacts, settlement
from shared import clock

Progress = Callable[[int], None]


@dataclass
class Report:
    """What an import did, by kind of object. Everything that was dropped, kept or hidden is named.

    `never_shown`: taken, but hidden, by rule; `hidden` names them. `reached`: how many of the services in the file can
    be written to, only rung, or neither (`unreachable` names those).
    """

    added: dict[str, int] = field(default_factory=dict[str, int])
    changed: dict[str, int] = field(default_factory=dict[str, int])
    unchanged: dict[str, int] = field(default_factory=dict[str, int])
    never_shown: dict[str, int] = field(default_factory=dict[str, int])
    hidden: list[str] = field(default_factory=list[str])
    reached: dict[str, int] = field(default_factory=dict[str, int])
    unreachable: list[str] = field(default_factory=list[str])
    taken_away: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])
    proposed: list[str] = field(default_factory=list[str])
    closed: list[str] = field(default_factory=list[str])
    not_in_the_file: int = 0
    looks_the_same: list[str] = field(default_factory=list[str])
    left_out: list[Refused] = field(default_factory=list[Refused])
    refused: list[Refused] = field(default_factory=list[Refused])

    @property
    def nothing_taken(self) -> bool:
        return not (self.added or self.changed or self.unchanged)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def import_directory(
    session: AsyncSession,
    source: str,
    found: Directory,
    progress: Progress = lambda done: None,
    *,
    whole: bool = False,
) -> Report:
    """Write `found` as the directory of `source` and return the report.

    What the file does not mention stays as it is: every field that it leaves out, and every hidden service. With
    `whole` the file is all that the source publishes: a service that it does not list is not offered any more. A
    service whose agency is neither in the file nor in the directory is refused. `progress` is called with the number of
    objects done. Nothing is committed here.
    """
    report = Report(refused=list(found.refused), left_out=list(found.left_out))
    open_before = await settlement.open_services(session, source)
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
    await session.flush()
    listed = {directory_id("service", source, external_id) for external_id in found.services}
    report.not_in_the_file = await settlement.leave(session, source, listed, whole=whole)
    hidden = await settlement.hide(session, source)
    for service_id, name, rule in hidden:
        if service_id in listed:
            _count(report.never_shown, rule)
            report.hidden.append(f"{name} ({rule})")
    report.reached, report.unreachable = await settlement.reach(session, listed)
    report.looks_the_same = await settlement.look_the_same(session, source, listed)
    report.closed = await settlement.close(session, source, open_before)
    return report


_MODELS: dict[str, type[Agency] | type[AgencyService] | type[Location]] = {
    "agency": Agency,
    "service": AgencyService,
    "location": Location,
}
_POINTS = ("email", "phone")


async def _put(session: AsyncSession, report: Report, kind: str, source: str, row: Row, more: dict[str, Any]) -> None:
    model = _MODELS[kind]
    row_id = directory_id(kind, source, row.external_id)
    told = {name: _column(getattr(row, name)) for name in sorted(row.told)}
    if row.brief:
        told = {name: value for name, value in told.items() if value}
    if row.never_show_rule is not None:
        told["never_show_own" if kind == "service" else "never_show_rule"] = row.never_show_rule
    there = await session.get(model, row_id, with_for_update=True)
    if there is None:
        if isinstance(row, ServiceRow):
            told.setdefault("status", row.status)
        more = {**more, **{name: value for name, value in told.items() if value is not None}}
        session.add(
            model(id=row_id, source=source, external_id=row.external_id, kept=[], imported_at=clock.now(), **more)
        )
        await session.flush()
        _count(report.added, kind)
        return
    what = f"{kind} {there.name or row.external_id}"
    differs = {name: value for name, value in {**told, **more}.items() if getattr(there, name) != value}
    if isinstance(there, AgencyService) and there.left_at is not None and not row.brief:
        differs["left_at"] = None  # its source lists the service again
    by_hand = sorted(set(there.kept) & differs.keys())
    report.kept += [f"{what}: {name} was set by hand and stays" for name in by_hand]
    points = {name: differs[name] for name in _POINTS if name in differs and name not in by_hand}
    refused = await contacts.by_import(session, kind, there, source, points)
    report.proposed += [f"{what}: {name}" for name in refused]
    stay = {*by_hand, *refused}
    if "phone" in stay or ("phones" in differs and "phone" not in differs and there.phone):
        stay.add("phones")  # the notes beside an approved number change only with the number
    written = {name: value for name, value in differs.items() if name not in stay}
    if not written:
        _count(report.unchanged, kind)
        return
    report.taken_away += [f"{what}: {name}" for name, value in written.items() if getattr(there, name) and not value]
    for name, value in {**written, "imported_at": clock.now()}.items():
        setattr(there, name, value)
    if isinstance(there, Agency | AgencyService):
        there.touch()
    _count(report.changed, kind)


async def _place(session: AsyncSession, source: str, row: ServiceRow) -> None:
    service_id = directory_id("service", source, row.external_id)
    places = {directory_id("location", source, external) for external in row.location_external_ids}
    if places and not row.brief:  # lists leave the places out: a list without places removes none
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
    if not isinstance(value, tuple):
        return value
    return [asdict(each) if isinstance(each, Number) else each for each in value]  # pyright: ignore[reportUnknownVariableType]


def _count(counts: dict[str, int], kind: str) -> None:
    counts[kind] = counts.get(kind, 0) + 1
