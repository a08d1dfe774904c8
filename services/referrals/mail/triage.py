"""Receiving one email: whose it is, what it is about, and what it pauses. One transaction, harmless when repeated."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.mail import mask, match, parser, rules, service
from services.referrals.mail.match import Found
from services.referrals.mail.models import Mail, MailCount, MailFile, MailReferral
from services.referrals.mail.parser import MOST, Read
from services.referrals.mail.rules import Notice, Standing, Status
from services.referrals.mail.service import NOBODY
from services.referrals.message.models import Message
from services.referrals.outbound import closing, departure, refusals
from services.referrals.outbound.refusals import Fault, Trouble
from services.referrals.referral import mail_effects
from services.referrals.referral.models import Referral
from shared import clock, log
from shared.crypto.keyring import keyring
from shared.ids import new_id
from shared.practice.calendar import local_day


@dataclass(frozen=True)
class Received:
    """The result of receiving an email."""

    status: Status
    mail_ids: tuple[UUID, ...]
    referral_ids: tuple[UUID, ...]


async def receive(session: AsyncSession, mail: Read, reads_the_rest: UUID | None) -> Received:
    """Receive one email. `reads_the_rest`: the team that reads the emails which name no team."""
    mail = await mask.masked(session, mail)
    found = await match.find(session, mail)
    standing = Standing(
        report=mail.report,
        automatic=mail.automatic,
        from_agency=bool(found.agency_ids),
        names_ours=found.own_names,
        answers_ours=bool(found.ours or found.about or found.named),
    )
    what = rules.notice(standing, mail.own)
    report = mail.report if what is Notice.RETURNED else None
    # A sender that is no mail system cannot make a message undeliverable: the email becomes a notice with a task.
    if report and report.outcome == "failed" and (ours := await match.returned(session, mail, found)):
        said = refusals.reported(report.status, report.said)
        if isinstance(said, Trouble):
            return await _refused_us(session, mail, found, ours, said)
        return await _bounce(session, mail, found, ours, said)
    if what is Notice.RETURNED or not rules.ignored(standing):
        if what is not None:
            return await _notice(session, mail, found, what, reads_the_rest)
        return await _written(session, mail, found, reads_the_rest)
    return await _ignored(session, mail)


async def refuse(session: AsyncSession, raw: bytes, rule: str, size: int, reads_the_rest: UUID | None) -> Received:
    """Store an unreadable email, sealed, with a task that gives the reason. `raw`: as much of it as we took."""
    mail = await mask.masked(session, parser.head(raw))
    found = await match.find(session, mail)
    about = list(found.about or found.named)
    row = await _row(session, mail, Status.REFUSED, rule, found, reads_the_rest)
    if not await service.new(session, row):
        return Received(Status.REFUSED, (row.id,), ())
    whole = MailFile(team_id=row.team_id, mail_id=row.id, position=0, size=size, whole=True, id=new_id())
    whole.label, whole.content = {"name": "", "kind": "message/rfc822"}, raw[:MOST]
    session.add(whole)
    # The agency wrote something about these referrals: they wait until a person has found out what.
    await _put_about(session, row, about, pause=found.about)
    await _emit_arrived(session, row, about)
    log.get(part="inbound mail").warning("an email could not be read", rule=rule, size=size)
    return Received(Status.REFUSED, (row.id,), tuple(each.id for each in about))


async def _written(session: AsyncSession, mail: Read, found: Found, reads_the_rest: UUID | None) -> Received:
    """Record an email of a person; from a known agency, its referrals wait until it has been read.

    An email that names an open reference becomes a task even when its sender is unknown: the sender may be the agency.
    But nothing waits for a stranger.
    """
    if found.about:
        await service.lock(session, [row.id for row in found.about])
        status, why, about, pause = Status.MATCHED, "reference", found.about, found.about
    else:
        status, about, pause = Status.UNMATCHED, found.named if not found.agency_ids else [], []
        why = "no_reference" if found.agency_ids else "unknown_sender"
    row = await _row(session, mail, status, why, found, reads_the_rest)
    if not await service.new(session, row):
        return Received(status, (row.id,), tuple(each.id for each in found.about))
    await _put_about(session, row, about, pause=pause)
    if about or found.agency_ids or found.ours is not None or row.for_guardian:
        await _emit_arrived(session, row, about)
    _keep_files(session, row, mail)
    return Received(status, (row.id,), tuple(each.id for each in found.about))


async def _notice(
    session: AsyncSession, mail: Read, found: Found, what: Notice, reads_the_rest: UUID | None
) -> Received:
    """Record an automatic reply to a message of ours: it is shown in the history, and nothing waits for it."""
    about = list(found.about or found.named)
    await service.lock(session, [row.id for row in about])
    row = await _row(session, mail, Status.NOTICE, what, found, reads_the_rest)
    if await service.new(session, row):
        await _put_about(session, row, about, pause=[])
        _keep_files(session, row, mail)
        for each in about:
            await mail_effects.noticed(session, each.id, what, clock.now())
        if what in rules.ASKS:
            await _emit_arrived(session, row, about)
        else:
            await _no_need_to_read(session, row)
    return Received(Status.NOTICE, (row.id,), tuple(each.id for each in about))


async def _refused_us(session: AsyncSession, mail: Read, found: Found, ours: Message, trouble: Trouble) -> Received:
    """Record that their system refuses us: a fault of ours, so the operator is informed and not the worker."""
    row = await _row(session, mail, Status.NOTICE, Notice.REFUSES_US, found, None, ours=ours)
    if not await service.new(session, row):
        return Received(Status.NOTICE, (row.id,), ())
    about, news = await departure.refused_us(session, ours.id, trouble)
    _keep_files(session, row, mail)
    for referral_id in about:
        session.add(MailReferral(team_id=row.team_id, mail_id=row.id, referral_id=referral_id))
    await _no_need_to_read(session, row)
    departure.tell_operator(trouble, ours.id, news=news)
    return Received(Status.NOTICE, (row.id,), tuple(about))


async def _bounce(session: AsyncSession, mail: Read, found: Found, ours: Message, fault: Fault) -> Received:
    row = await _row(session, mail, Status.BOUNCE, fault, found, None, ours=ours)
    if not await service.new(session, row):
        return Received(Status.BOUNCE, (row.id,), ())
    status = mail.report.status if mail.report else ""
    about = await closing.bounced(session, ours.id, f"returned_{status or fault}", fault)
    _keep_files(session, row, mail)
    await service.nobody_got_it(session, row, ours, about)
    return Received(Status.BOUNCE, (row.id,), tuple(about))


async def _no_need_to_read(session: AsyncSession, row: Mail) -> None:
    kept = await session.get_one(Mail, row.id)
    kept.read_at, kept.read_by = clock.now(), "system"


async def _ignored(session: AsyncSession, mail: Read) -> Received:
    """Count an email that does not concern us, without keeping it; an operator sees the number."""
    await count(session, Status.IGNORED)
    return Received(Status.IGNORED, (), ())


async def count(session: AsyncSession, what: str) -> None:
    """Add one to today's count."""
    values = {"id": new_id(), "team_id": NOBODY, "recorded_at": clock.now(), "what": what, "number": 1}
    made = insert(MailCount).values(day=local_day(clock.now()).isoformat(), **values)
    again = made.on_conflict_do_update(index_elements=["day", "what"], set_={"number": MailCount.number + 1})
    await session.execute(again)


async def _row(
    session: AsyncSession, mail: Read, status: Status, why: str, found: Found, reads_the_rest: UUID | None,
    *, ours: Message | None = None,
) -> Mail:  # fmt: skip
    """Build the row without inserting it.

    An email about people of two teams is for neither team, but for their guardian.
    """
    ours = ours or found.ours
    teams = sorted(found.teams | ({ours.team_id} if ours else frozenset()))
    team_id = teams[0] if teams else await match.reader(session, found.agency_ids, reads_the_rest) or NOBODY
    agency_id = found.about[0].agency_id if found.about else found.agency_ids[0] if found.agency_ids else None
    if agency_id is None and ours is not None and status in (Status.BOUNCE, Status.NOTICE):
        agency_id = ours.agency_id
    row = Mail(
        team_id=team_id,
        digest=keyring().hmac("mail", hashlib.sha256(mail.said).digest()),
        status=status,
        why=why,
        agency_id=agency_id,
        message_id=ours.id if ours else None,
        for_guardian=len(teams) > 1,
    )
    row.content = {"from": mail.sender, "subject": mail.subject, "text": mail.text, "own": mail.own}
    return row


def _keep_files(session: AsyncSession, row: Mail, mail: Read) -> None:
    for position, each in enumerate(mail.files):
        kept = MailFile(id=new_id(), team_id=row.team_id, mail_id=row.id, position=position, size=len(each.content))
        kept.whole, kept.label, kept.content = False, {"name": each.name, "kind": each.kind}, each.content
        session.add(kept)


async def _put_about(session: AsyncSession, row: Mail, about: Sequence[Referral], *, pause: Sequence[Referral]) -> None:
    """Attach an email to its referrals. `pause`: those whose steps wait until the email has been read."""
    at = clock.now()
    for referral in about:
        session.add(MailReferral(team_id=referral.team_id, mail_id=row.id, referral_id=referral.id))
    for referral in pause:
        await mail_effects.pause_for_mail(session, referral.id, at)


async def _emit_arrived(session: AsyncSession, row: Mail, about: Sequence[Referral]) -> None:
    if row.team_id != NOBODY:
        await service.emit_arrived(session, row, row.agency_id, clock.now(), [each.id for each in about])
