"""What status asks of the databases, on a real one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from deploy.questions import Questions, text
from services.referrals.mail.models import Mail, MailboxState, MailCount
from shared import clock
from shared.context import Actor
from shared.ids import new_id
from shared.practice.calendar import local_day
from shared.settings import Settings


async def test_emails_of_services_are_counted_with_their_ages(
    settings: Settings, database_of: Callable[..., Any], team_id: UUID
) -> None:
    db = await database_of("referrals")
    now = clock.now()
    ages = {"matched": (5, 2), "unmatched": (3,), "refused": (4,)}
    async with db.transaction(Actor.service("referrals")) as session:
        for status, hours in ages.items():
            for each in hours:
                at = now - timedelta(hours=each)
                session.add(_mail(team_id, status, at))
        read = _mail(team_id, "matched", now - timedelta(days=9))
        read.read_at = now
        session.add(read)
        for days, number in ((0, 4), (29, 3), (31, 50)):
            day = (local_day(now) - timedelta(days=days)).isoformat()
            session.add(MailCount(team_id=team_id, day=day, what="ignored", number=number))
        state = MailboxState(team_id=team_id, name="imap", failing_since=now - timedelta(hours=1), why="sign_in")
        session.add(state)
    assert await Questions(settings).mails() == {
        "unread": 3,
        "oldest_unread": text(now - timedelta(hours=5)),
        "refused": 1,
        "oldest_refused": text(now - timedelta(hours=4)),
        "ignored": 7,
        "mailbox_failing_since": text(now - timedelta(hours=1)),
        "mailbox_why": "sign_in",
    }


def _mail(team_id: UUID, status: str, at: Any) -> Mail:
    row = Mail(team_id=team_id, digest=new_id().bytes, status=status, why="reference", recorded_at=at)
    row.content = {"from": "", "subject": "", "text": "", "own": ""}
    return row
