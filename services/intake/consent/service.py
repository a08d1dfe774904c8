"""Recording and withdrawal of consent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.consent.models import Consent
from services.intake.consent.rules import is_live, last_withdrawal
from services.intake.consent.schemas import ConsentView, RecordConsent, WithdrawConsent
from services.intake.permit import service as permits
from services.intake.person.events import emit_event
from services.intake.person.models import Person
from services.intake.times import happened
from shared import clock
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.client_ids import added, own
from shared.db.session import actor_of
from shared.events.intake import ConsentRecorded, ConsentWithdrawn
from shared.http.problems import conflict, invalid


async def for_agency(session: AsyncSession, person_id: UUID, agency_id: UUID) -> Sequence[Consent]:
    """Return and lock every consent of one person for one agency, newest first. The caller has locked the person."""
    stmt = (
        select(Consent)
        .where(Consent.person_id == person_id, Consent.agency_id == agency_id)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(stmt)).all()


def newest(known: Sequence[Consent], now: datetime) -> Consent | None:
    """Return the newest live consent, which holds also where it covers less than an earlier one.

    `known` is sorted newest first.
    """
    return next((consent for consent in known if is_live(consent.times, now)), None)


async def record(session: AsyncSession, person: Person, body: RecordConsent) -> ConsentView:
    """Record a consent. `person` is locked by the caller."""
    given = happened(body.given_at, "given_at")
    if body.expires_at is not None and body.expires_at <= given:
        raise invalid("expires_at", "before_given", "must be after it was given")
    if person.died_at is not None:
        raise conflict("This person has died.", rule="died")
    # A late entry must not undo a withdrawal made after the consent.
    withdrawn = last_withdrawal(c.times for c in await for_agency(session, person.id, body.agency_id))
    if withdrawn is not None and given <= withdrawn:
        raise conflict("Consent for this service was withdrawn since then.", rule="withdrawn_since")
    consent = Consent(
        id=own("consent", person.team_id, body.id),
        team_id=person.team_id,
        person_id=person.id,
        agency_id=body.agency_id,
        may_tell=[code.value for code in dict.fromkeys(body.may_tell)],
        may_tell_us=[code.value for code in dict.fromkeys(body.may_tell_us)],
        how_given=body.how_given,
        given_at=given,
        expires_at=body.expires_at,
        by=actor_of(session).user_id,
        purpose=body.purpose,
        circumstances={"language": body.language, "present": body.present},
    )
    person.touch()
    await added(session, consent)
    counts = newest(await for_agency(session, person.id, consent.agency_id), clock.now())
    await emit_event(
        session,
        person,
        ConsentRecorded,
        given,
        consent_id=consent.id,
        agency_id=consent.agency_id,
        expires_at=consent.expires_at,
        may_tell_us=[] if counts is None else counts.may_tell_us,
    )
    return view(consent)


async def withdraw(
    session: AsyncSession, person: Person, consent_id: UUID, agency_id: UUID, body: WithdrawConsent
) -> ConsentView:
    """Withdraw consent: from this commit on no permit is granted for this agency. `person` is locked by the caller.

    A permit does not name the purpose of a consent, so all consents for this agency are withdrawn together. A consent
    that is withdrawn already stays unchanged.
    """
    at = happened(body.occurred_at)
    consents = await for_agency(session, person.id, agency_id)
    asked = next(consent for consent in consents if consent.id == consent_id)
    if asked.withdrawn_at is not None:
        return view(asked)
    if at < asked.given_at:
        raise invalid("occurred_at", "before_given", "must not be before it was given")
    standing = [consent for consent in consents if consent.withdrawn_at is None and consent.given_at <= at]
    person.touch()
    for consent in standing:
        consent.withdrawn_at, consent.withdrawn_recorded_at = at, clock.now()
        consent.withdrawn_by, consent.withdrawn_how = actor_of(session).user_id, body.how
        consent.withdrawal = body.words
        await emit_event(session, person, ConsentWithdrawn, at, consent_id=consent.id, agency_id=agency_id)
    await permits.lapse(session, person.id, agency_id)
    return view(asked)


def listed(actor: Actor, person: Person) -> Select[Any]:
    """Return the query of a person's consents, to be paged."""
    return in_teams(select(Consent).where(Consent.person_id == person.id), Consent, actor)


def view(consent: Consent) -> ConsentView:
    """Return a consent in clear."""
    circumstances = consent.circumstances or {}
    return ConsentView(
        id=consent.id,
        person_id=consent.person_id,
        agency_id=consent.agency_id,
        purpose=consent.purpose or "",
        may_tell=consent.may_tell,
        may_tell_us=consent.may_tell_us,
        how_given=consent.how_given,  # type: ignore[arg-type]
        language=circumstances.get("language"),
        present=circumstances.get("present"),
        given_at=consent.given_at,
        expires_at=consent.expires_at,
        recorded_at=consent.recorded_at,
        by=consent.by,
        live=is_live(consent.times, clock.now()),
        withdrawn_at=consent.withdrawn_at,
        withdrawn_by=consent.withdrawn_by,
        withdrawn_how=consent.withdrawn_how,  # type: ignore[arg-type]
        withdrawal_words=consent.withdrawal,
    )
