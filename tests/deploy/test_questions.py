"""What status asks of the databases, on a real one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from deploy.questions import Questions, text
from services.casework.board.projection import project
from services.casework.operations.metrics import figures as of_casework
from services.casework.task.models import Task
from services.referrals.mail.models import Mail, MailboxState, MailCount
from services.referrals.message.models import Message
from services.referrals.metrics import figures as of_referrals
from shared import clock
from shared.context import Actor
from shared.events.board import ReferralStandingChanged
from shared.ids import new_id
from shared.metrics.gathering import Gatherer
from shared.practice.calendar import local_day
from shared.process import open_services
from shared.readings.rows import READ_WITHIN, rows_of
from shared.settings import Settings
from tests.scrape import Series, series, value


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


async def test_metrics_say_the_same_of_emails_and_tasks(
    settings: Settings, database_of: Callable[..., Any], team_id: UUID
) -> None:
    clock.use_file(settings.practice_clock_file)
    now = clock.now()
    referrals, casework = await database_of("referrals"), await database_of("casework")
    asleep = {"row_id": new_id(), "team_id": team_id, "person_id": new_id(), "stage": "sent", "version": 1}
    async with casework.transaction(Actor.service("casework")) as session:
        session.add_all([_task(team_id, now - timedelta(days=days)) for days in (4, 6, 8)])
        hour = timedelta(hours=1)
        await project(session, ReferralStandingChanged(**asleep, occurred_at=now, next_at=now - hour))
    async with referrals.transaction(Actor.service("referrals")) as session:
        session.add_all([_mail(team_id, "matched", now - timedelta(days=9)), _mail(UUID(int=0), "refused", now)])
        session.add(MailboxState(team_id=team_id, name="imap", failing_since=now - timedelta(hours=1), why="sign_in"))
        session.add_all([_message(team_id, now - timedelta(minutes=ago)) for ago in (1, 16, 90)])
    ask, said = Questions(settings), dict[str, list[Series]]()
    for name, database, figures in (
        ("referrals", referrals, of_referrals),
        ("casework", casework, of_casework),
    ):
        services = open_services(name, settings)
        readings = [one for one in figures(services, rows_of(database, 5)) if one.source != "temporal"]
        said[name] = series((await Gatherer(readings).text()).decode())
        assert {one.value for one in said[name] if one.name == "alongside_collected"} == {1}

    def metric(name: str, **labels: str) -> float | None:
        return value(said["referrals"], name, **labels)

    late, mails = await ask.emails_not_left(), await ask.mails()
    assert metric("alongside_emails_not_left") == late["count"] == 2
    assert metric("alongside_emails_waiting") == 3
    assert (metric("alongside_emails_waiting_oldest_seconds") or 0) >= 90 * 60
    assert metric("alongside_mails_waiting", state="unread") == mails["unread"] == 1
    assert metric("alongside_mails_waiting", state="refused") == mails["refused"] == 1
    # Nine days hold more than two working days, whatever day it is; what came a moment ago has waited for none.
    assert metric("alongside_mails_oldest_working_days", state="unread") == READ_WITHIN + 1
    assert metric("alongside_mails_oldest_working_days", state="refused") == 0
    assert metric("alongside_mails_nobody_reads") == await ask.mails_nobody_reads() == 1
    assert (metric("alongside_mailbox_failing_seconds") or 0) >= 3600
    assert metric("alongside_not_counted_anew") == await ask.not_counted_anew() == 0
    assert value(said["casework"], "alongside_tasks_too_long") == (await ask.tasks_too_long(5))["count"] == 2
    assert value(said["casework"], "alongside_rows_asleep", kind="referral") == len(await ask.asleep()) == 1
    assert (value(said["casework"], "alongside_rows_asleep_oldest_seconds") or 0) >= 3600
    assert (value(said["casework"], "alongside_board_delay_seconds_count", kind="referral") or 0) >= 1


def _message(team_id: UUID, due_at: Any) -> Message:
    day = local_day(due_at)
    return Message(
        team_id=team_id, agency_id=new_id(), kind="referral", practice_day=day, status="waiting", due_at=due_at
    )


def _task(team_id: UUID, due_at: Any) -> Task:
    about = {"key": str(new_id()), "kind": "ring_service", "for_role": "worker", "urgent": False}
    return Task(team_id=team_id, **about, opened_at=due_at, due_at=due_at, status="open")
