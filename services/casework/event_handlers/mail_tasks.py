"""Handlers of the events about emails: somebody reads each one."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.event_handlers.about import not_later, whose
from services.casework.projections import mails
from services.casework.projections.models import KnownReferral
from services.casework.task import lines as task_lines
from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared.events.referrals import MailArrived, MailRead

_ASKED_BY_MAIL = {"read": "read_mail", "address": "correct_address", "guardian": "split_mail"}


async def mail_arrived(session: AsyncSession, event: MailArrived) -> None:
    """Open the task to read an email, within a working day, for whoever works with the first person it is about.

    An email about people of two teams is for their guardian alone.
    """
    if (await mails.known(session, event.mail_id, event.team_id)).read_at is not None:
        return
    at = not_later(event.occurred_at)
    rows = [await session.get(KnownReferral, referral) for referral in event.referral_ids]
    found = [row for row in rows if row is not None and row.team_id == event.team_id]
    of = {row.person_id: await cases.open_case_of(session, event.team_id, row.person_id) for row in found}
    case = of[found[0].person_id] if found else None
    about = tasks.About(event.team_id, worker_id=whose(found[0], case) if found else None)
    task = await tasks.open_task(session, _ASKED_BY_MAIL[event.asks], f"read_mail:{event.mail_id}", about, at=at)
    task.agency_id = event.agency_id
    for row in found:
        # The case on the referral's row may be over.
        open_case = of[row.person_id]
        case_id = open_case.id if open_case else row.case_id
        line = task_lines.Line(f"mail:{event.mail_id}:{row.id}", row.id, row.stage_entry, row.person_id, case_id)
        await task_lines.put_on(session, task, line)


async def mail_read(session: AsyncSession, event: MailRead) -> None:
    """Close the task to read an email, also when the arrival of the email is handled only afterwards."""
    if event.team_id is not None:
        (await mails.known(session, event.mail_id, event.team_id)).read_at = event.occurred_at
    await tasks.close(session, Task.key == f"read_mail:{event.mail_id}", why="read")
