"""A report says that the service's email system refuses us: no fault of the service, and our email leaves once more."""

from datetime import timedelta

import pytest

from services.referrals.codes import Move, State
from services.referrals.mail import triage
from services.referrals.mail.parser import read
from services.referrals.mail.triage import Received
from services.referrals.message.words import Status
from services.referrals.outbound import departure
from services.referrals.referral.transitions import Attribution
from services.referrals.reply.schemas import Said
from services.referrals.reply.service import record_answer
from shared import clock
from shared.context import Actor
from shared.events.referrals import MailArrived, ReferralMoved
from tests.referrals.conftest import Place
from tests.referrals.mail.letters import mail, report
from tests.referrals.message.post import Office, Post, token_in
from tests.referrals.stories import Story

AWAY = timedelta(hours=1)
BY_DAEMON = {"sender": "Mail Delivery System <MAILER-DAEMON@relay.example>", "Return_Path": "<>"}


async def take(post: Post, raw: bytes) -> Received:
    async with post.db.transaction(Actor.service("referrals")) as session:
        return await triage.receive(session, read(raw), None)


async def sent(post: Post, place: Place, office: Office) -> tuple[Story, str]:
    """A referral whose email the relay took, and the id of that email."""
    story = await post.story(place)
    assert await post.mailer(**office.relay).round() == ["sent"]
    await story.look()
    [message] = await post.messages()
    return story, message.header_id or ""


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (lambda id: report(id, status="5.7.1", said="550 5.7.1 blocked by policy"), "their_system_refuses_us"),
        (lambda id: report(id, status="5.0.0", said="550 SPF check failed"), "their_system_refuses_us"),
        (lambda id: report(id, status="4.4.7", said="451 4.7.1 greylisted"), "their_system_says_later"),
        (lambda id: report(id, status="5.7.10"), "relay_not_encrypted"),
        (lambda id: report(id, status="5.3.4"), "relay_says_too_big"),
        (lambda id: mail(f"550 you have exceeded your hourly limit\n\nMessage-ID: {id}", **BY_DAEMON), "relay_quota"),
        (lambda id: mail(f"Access denied by policy.\n\nMessage-ID: {id}", **BY_DAEMON), "their_system_refuses_us"),
    ],
)
async def test_what_their_system_says_of_us_waits_and_leaves_once_more(
    post: Post, place: Place, office: Office, capsys: pytest.CaptureFixture[str], raw: object, why: str
) -> None:
    story, id = await sent(post, place, office)
    entered = await story.row()
    assert callable(raw)
    for _ in range(2):
        received = await take(post, raw(id))
        assert (received.status, list(received.referral_ids)) in (("notice", [story.id]), ("notice", []))
    row = await story.row()
    assert (row.state, row.send_waits, row.ever_sent, row.sent_at) == (State.DRAFT, why, False, None)
    assert not (await story.position()).reached and (await story.position()).ladder.openings == []
    assert await story.events(MailArrived) == [], "it is nobody's task who works with the person"
    assert capsys.readouterr().err.count("emails do not leave") == 1, "who runs the system hears of it once"
    [message] = await post.messages()
    assert (message.status, message.why) == (Status.WAITING, why) and message.failing_since is not None
    mailer = post.mailer(**office.relay)
    assert await mailer.round() == [], "not at once: nobody has mended it yet"
    post.travel(AWAY)
    assert await mailer.round() == ["sent"] and await mailer.round() == []
    first, second = office.mails
    assert first["Message-ID"] == second["Message-ID"] and token_in(first) == token_in(second)
    row = await story.row()
    assert (row.state, row.send_waits, row.ever_sent) == (State.SENT, None, True)
    assert row.sent_at is not None and entered.sent_at is not None and row.sent_at >= entered.sent_at + AWAY
    await story.look()
    running = (await story.position()).ladder.openings
    assert running and all(each.opened_at >= entered.sent_at + AWAY for each in running), "the clock opens when it left"
    moved = [(each.move, each.to_state) for each in await story.events(ReferralMoved)]
    assert moved == [("send", "sent"), ("sent_back", "draft"), ("send", "sent")]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (lambda id: report(id), "address"),
        (lambda id: report(id, status="5.2.1", said="550 5.2.1 disabled"), "address"),
        (lambda id: report(id, status="5.2.2", said="552 5.2.2 over quota"), "mailbox_full"),
        (lambda id: report(id, status="4.2.2", said="452 4.2.2 mailbox full"), "mailbox_full"),
        (lambda id: report(id, status="4.4.1"), "not_reached"),
        (lambda id: report(id, status="5.0.0"), "unknown"),
        (lambda id: mail(f"not going to try again; in queue too long (4.4.1)\n\nMessage-ID: {id}", **BY_DAEMON),
         "not_reached"),
    ],
)  # fmt: skip
async def test_what_says_that_nobody_got_it_is_ours_to_do_the_same_day(
    post: Post, place: Place, office: Office, raw: object, why: str
) -> None:
    story, id = await sent(post, place, office)
    assert callable(raw)
    assert (await take(post, raw(id))).status == "bounce"
    row = await story.row()
    assert (row.state, row.held_back) == (State.UNDELIVERABLE, why)
    assert len(await story.events(MailArrived)) == 1
    post.travel(AWAY)
    assert await post.mailer(**office.relay).round() == [] and len(office.mails) == 1


async def test_it_is_tried_at_once_when_somebody_has_mended_it_and_ever_more_seldom_otherwise(
    post: Post, place: Place, office: Office
) -> None:
    story, id = await sent(post, place, office)
    mailer, waited = post.mailer(**office.relay), []
    for hours in (1, 2, 4, 8, 16, 24, 24):
        await take(post, report(id, status="5.7.1"))
        post.travel(timedelta(hours=hours, minutes=-1))
        waited.append(await mailer.round())
        post.travel(timedelta(minutes=1))
        assert await mailer.round() == ["sent"]
    assert waited == [[]] * 7 and len(office.mails) == 8
    await take(post, report(id, status="5.7.1"))
    async with post.db.transaction(Actor.service("referrals")) as session:
        assert await departure.try_now(session, [story.place.agency_id]) == 0, "another team's"
        assert await departure.try_now(session, None) == 1
    assert await mailer.round() == ["sent"]


async def test_who_answers_all_the_same_has_it(post: Post, place: Place, office: Office) -> None:
    story, id = await sent(post, place, office)
    await take(post, report(id, status="5.7.1"))
    assert await story.do(
        record_answer, Said.model_validate({"answer": "accept"}), Attribution("agency", clock.now(), "link")
    )
    assert (await story.row()).state == State.ACCEPTED
    post.travel(AWAY)
    assert await post.mailer(**office.relay).round() == [] and len(office.mails) == 1


async def test_what_has_gone_on_meanwhile_is_not_put_back_and_not_sent_again(
    post: Post, place: Place, office: Office
) -> None:
    story, id = await sent(post, place, office)
    await story.move(Move.ACCEPT)
    assert (await take(post, report(id, status="5.7.1"))).status == "notice"
    assert (await story.row()).state == State.ACCEPTED
    post.travel(AWAY)
    assert await post.mailer(**office.relay).round() == ["void"] and len(office.mails) == 1


async def test_a_no_in_between_comes_first(post: Post, place: Place, office: Office) -> None:
    story, id = await sent(post, place, office)
    await take(post, report(id, status="5.7.1"))
    await post.withdraw(story)
    post.travel(AWAY)
    assert await post.mailer(**office.relay).round() == ["void"] and len(office.mails) == 1
    assert (await story.row()).state == State.AWAITING_CONSENT


async def test_a_reminder_that_is_refused_is_sent_again_and_books_nothing(
    post: Post, place: Place, office: Office
) -> None:
    story, _ = await sent(post, place, office)
    await post.remind(story)
    post.to_the_morning()
    post.travel(timedelta(minutes=20))
    mailer = post.mailer(**office.relay)
    assert await mailer.round() == ["sent"]
    [reminder] = await post.messages(kind="reminders")
    await take(post, report(reminder.header_id or "", status="5.7.1"))
    assert (await story.row()).state == State.SENT
    post.travel(AWAY)
    assert await mailer.round() == ["sent"] and len(office.mails) == 3
