"""Permits: intake's answer to a request, at the time of a disclosure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.consent import service as consents
from services.intake.consent.models import Consent
from services.intake.consent.rules import standing
from services.intake.disclosure.models import Disclosure
from services.intake.disclosure.rules import (
    PERMIT_LIVES,
    Answer,
    Ground,
    How,
    Situation,
    decide,
)
from services.intake.disclosure.schemas import DisclosureView
from services.intake.legal_basis.models import LegalBasis
from services.intake.oversight.models import Oversight
from services.intake.permit.models import IssuedPermit
from services.intake.permit.rules import Outcome, Purpose
from services.intake.person.models import Person
from services.intake.person.rules import no_in_force
from shared import clock
from shared.access.table import in_teams
from shared.context import Actor
from shared.ids import new_id
from shared.practice.disclosure_parts import covered


@dataclass(frozen=True)
class Asked:
    """One request for a permit, with its ids parsed."""

    request_id: str
    referral_id: UUID
    person_id: UUID
    agency_id: UUID
    purpose: Purpose
    team_id: UUID | None = None
    tells: tuple[str, ...] = ()  # the parts of the disclosure (shared.practice.disclosure_parts)


class RequestReused(Exception):
    """The same request id was used for another request."""


@dataclass(frozen=True)
class Answered:
    """The answer to a request: `permit` when granted, otherwise `why`.

    `may_tell_us` is what the agency may tell us by the person's consent; empty when refused. The answer takes into
    account every event about the person up to `person_version`.
    """

    permit: IssuedPermit | None
    why: str | None
    may_tell_us: list[str]
    person_version: int = 0


async def request(session: AsyncSession, asked: Asked) -> Answered:
    """Answer a request for a permit.

    Person and consents stay locked until the permit is written, and every withdrawal, no or death takes the same lock
    first. Invariant: after a withdrawal is committed no permit is granted, and the withdrawal revokes earlier permits.
    """
    person = await session.scalar(
        select(Person).where(Person.id == asked.person_id).with_for_update().execution_options(populate_existing=True)
    )
    # A person of another team counts as unknown: consent is given to the person's own team.
    if person is None or asked.team_id not in (None, person.team_id):
        return Answered(None, "not_known", [])
    now = clock.now()
    known = await consents.for_agency(session, person.id, asked.agency_id)
    counts = consents.newest(known, now)
    may_tell_us: list[str] = [] if counts is None else list(counts.may_tell_us)
    alive = await _alive(session, asked)
    if alive is not None:
        if now < alive.expires_at and not person.died_at:
            return Answered(alive, None, may_tell_us, person.version)
        alive.outcome, alive.ended_at = Outcome.LAPSED, now
        await session.flush()
    # By the time of recording: a decision made before it did not take the withdrawal into account.
    withdrawn = max((c.withdrawn_recorded_at for c in known if c.withdrawn_recorded_at is not None), default=None)
    override = await _unused_override(session, asked, withdrawn)
    earlier = await _earlier_override(session, asked, withdrawn)
    situation = Situation(
        said_no=no_in_force(person.said_no_at, person.said_no_until, now),
        died=person.died_at is not None,
        consent=standing((consent.times for consent in known), now),
        override=override is not None,
        earlier_override=earlier is not None,
        covers=covered(asked.tells, [] if counts is None else counts.may_tell),
    )
    answer = decide(asked.purpose, situation)
    if answer.ground is None:
        return Answered(None, answer.why, [], person.version)
    consent_id, basis_id = _ground_ids(answer, known, now, override, earlier)
    permit = IssuedPermit(
        id=new_id(),
        team_id=person.team_id,
        request_id=asked.request_id,
        referral_id=asked.referral_id,
        person_id=person.id,
        agency_id=asked.agency_id,
        purpose=asked.purpose,
        consent_id=consent_id,
        legal_basis_id=basis_id,
        granted_at=now,
        expires_at=now + PERMIT_LIVES,
        outcome=Outcome.LIVE,
    )
    session.add(permit)
    await session.flush()
    return Answered(permit, None, may_tell_us, person.version)


def listed(actor: Actor, person: Person) -> Select[Any]:
    """Return the query of the disclosures about a person, to be paged."""
    return in_teams(select(Disclosure).where(Disclosure.person_id == person.id), Disclosure, actor)


def view(row: Disclosure) -> DisclosureView:
    """Return a disclosure in clear."""
    told = row.told or {}
    return DisclosureView(
        id=row.id,
        person_id=row.person_id,
        agency_id=row.agency_id,
        referral_id=row.referral_id,
        purpose=Purpose(row.purpose),
        consent_id=row.consent_id,
        legal_basis_id=row.legal_basis_id,
        occurred_at=row.occurred_at,
        how=How(row.how) if row.how else None,
        by=row.by,
        categories=told.get("categories", []),
        to_whom=told.get("to_whom"),
    )


async def _alive(session: AsyncSession, asked: Asked) -> IssuedPermit | None:
    permit = await session.scalar(
        select(IssuedPermit)
        .where(IssuedPermit.request_id == asked.request_id, IssuedPermit.outcome == Outcome.LIVE)
        .with_for_update()
    )
    same = permit is None or (
        (permit.person_id, permit.agency_id, permit.referral_id, permit.purpose)
        == (asked.person_id, asked.agency_id, asked.referral_id, asked.purpose)
    )
    if not same:
        raise RequestReused
    return permit


async def _unused_override(session: AsyncSession, asked: Asked, withdrawn: datetime | None) -> UUID | None:
    """Return an unused decision to disclose without consent: it allows one disclosure; a later withdrawal ends it."""
    stmt = _overrides(asked, withdrawn).where(LegalBasis.id.not_in(used_bases())).order_by(LegalBasis.decided_at)
    return await session.scalar(stmt.limit(1))


def used_bases() -> CompoundSelect[Any]:
    """Return the query of legal bases that a disclosure or a live permit has used."""
    permitted = select(IssuedPermit.legal_basis_id).where(
        IssuedPermit.legal_basis_id.is_not(None), IssuedPermit.outcome != Outcome.LAPSED
    )
    return permitted.union_all(select(Disclosure.legal_basis_id).where(Disclosure.legal_basis_id.is_not(None)))


def refused_bases() -> Select[Any]:
    """Return the query of legal bases with which the guardian did not agree."""
    return select(Oversight.basis_id).where(Oversight.basis_id.is_not(None), Oversight.agrees.is_(False))


async def _earlier_override(session: AsyncSession, asked: Asked, withdrawn: datetime | None) -> UUID | None:
    """Return the decision on which this referral was sent without consent, unless consent was withdrawn since.

    A live permit counts as well: a reminder may be ready before the outcome of the first permit is confirmed.
    """
    sent = select(IssuedPermit.legal_basis_id).where(
        IssuedPermit.referral_id == asked.referral_id, IssuedPermit.outcome != Outcome.LAPSED
    )
    return await session.scalar(_overrides(asked, withdrawn).where(LegalBasis.id.in_(sent)).limit(1))


def _overrides(asked: Asked, withdrawn: datetime | None) -> Select[Any]:
    stmt = select(LegalBasis.id).where(
        LegalBasis.person_id == asked.person_id,
        LegalBasis.agency_id == asked.agency_id,
        LegalBasis.overrides,
        # A rule of ours: a decision with which the guardian does not agree allows nothing more.
        LegalBasis.id.not_in(refused_bases()),
    )
    return stmt if withdrawn is None else stmt.where(LegalBasis.recorded_at > withdrawn)


def _ground_ids(
    answer: Answer, known: Sequence[Consent], now: datetime, override: UUID | None, earlier: UUID | None
) -> tuple[UUID | None, UUID | None]:
    if answer.ground is Ground.LEAVE_ALONE_NOTICE:
        return None, None
    if answer.ground is Ground.OVERRIDE:
        return None, override
    if answer.ground is Ground.EARLIER_OVERRIDE:
        return None, earlier
    standing_ones = [consent for consent in known if consent.withdrawn_at is None]
    return (consents.newest(standing_ones, now) or standing_ones[0]).id, None
