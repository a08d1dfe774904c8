"""What leaves, when, once, and with what in it."""

import asyncio
import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.referrals.codes import Move
from services.referrals.directory.models import Agency
from services.referrals.message.words import Kind, Status
from services.referrals.outbound import secrets
from services.referrals.outbound.links import queue_fresh_link
from services.referrals.outbound.transport import Folder
from services.referrals.referral import questions
from services.referrals.referral.transitions import Attribution
from shared import clock
from shared.context import Actor
from shared.events.referrals import CallNeeded, EscalationRecorded, MailArrived
from shared.practice.calendar import local_day
from tests.referrals.conftest import TOLD, Api, MakePlace, Place
from tests.referrals.message.post import Post, code_in, read, text_in, token_in


async def test_a_first_message_leaves_at_once_and_names_nobody(post: Post, place: Place) -> None:
    story = await post.story(place)
    assert await post.mailer().round() == ["sent"]
    [message] = await post.messages()
    [mail] = post.mails()
    row = await story.row()
    assert message.status == Status.SENT and message.kind == Kind.FIRST and message.sent_at is not None
    assert [path.name for path in post.folder.iterdir()] == [f"{message.id}.eml"]
    assert mail["To"] == "team@agency.example" and mail["Cc"] is None and mail["Bcc"] is None
    assert mail["Message-ID"] == message.header_id and str(message.id) in mail["Message-ID"]
    assert mail["Subject"] == f"Reference {row.reference}: please reply"
    said = text_in(mail)
    assert row.reference in said and "020 7946 0000" in said and "have you received it?" in said
    assert token_in(mail) == secrets.token(message.id)
    for word in (*TOLD.values(), "Tom", "drinking", "A service", "An agency", str(story.person_id)):
        assert word not in mail.as_string()
    assert not re.search(r"\b(he|his|him|health|clinic|patient|treatment|referral|service)\b", mail.as_string().lower())
    assert re.search(r"Please answer by \w+ \d+ \w+ 20\d\d\.", said)


async def test_what_is_kept_of_it_opens_nothing(post: Post, place: Place) -> None:
    await post.story(place)
    await post.mailer().round()
    [message] = await post.messages()
    [mail] = post.mails()
    assert message.body is not None
    assert message.body == text_in(mail).replace(
        f"{post.settings.reply_base_url}/r#{token_in(mail)}", "[link]"
    ).replace(code_in(mail), "[code]")
    async with post.db.platform_connection() as connection:
        tables = ("messages", "message_items", "reply_grants", "outbox")
        for table in tables:
            rows = (await connection.execute(text(f"SELECT t::text FROM {table} t"))).scalars().all()
            for secret in (token_in(mail), code_in(mail), code_in(mail).replace("-", "")):
                assert all(secret not in row for row in rows), table


async def test_five_steps_of_one_agency_on_one_day_are_one_mail(post: Post, place: Place) -> None:
    stories = [await post.story(place) for _ in range(5)]
    await post.mailer().round()
    post.to_the_morning()
    for story in stories:
        await post.remind(story)
    mailer = post.mailer()
    assert await mailer.round() == [], "the list is still open"
    post.travel(timedelta(minutes=15))
    assert await mailer.round() == ["sent"]
    [reminder] = await post.messages(kind=Kind.REMINDERS)
    mail = read((post.folder / f"{reminder.id}.eml").read_bytes())
    references = {(await story.row()).reference for story in stories}
    assert set(re.findall(r"^Reference (\w{8}):", text_in(mail), re.M)) == references
    assert mail["Subject"] == "5 references: please reply"
    assert len(await post.items(reminder)) == 5 and reminder.status == Status.SENT
    for story in stories:
        assert await post.disclosures(story) == [("send", "sent"), ("chase", "sent")]


async def test_a_step_after_the_list_has_gone_joins_the_next_working_days(post: Post, place: Place) -> None:
    early, late = await post.story(place), await post.story(place)
    await post.mailer().round()
    post.to_the_morning(time(9, 46))
    await post.remind(early)
    assert await post.mailer().round() == ["sent"]
    await post.remind(late)
    assert await post.mailer().round() == []
    first, second = await post.messages(kind=Kind.REMINDERS)
    assert second.status == Status.WAITING and second.practice_day > first.practice_day
    post.to_the_morning(time(9, 46))
    assert await post.mailer().round() == ["sent"]


async def test_two_clocks_of_one_referral_are_one_line(post: Post, place: Place) -> None:
    story = await post.story(place)
    await post.mailer().round()
    post.to_the_morning()
    await post.remind(story)
    await post.remind(story, "any.first_attendance")
    await post.remind(story)
    post.travel(timedelta(minutes=15))
    await post.mailer().round()
    [reminder] = await post.messages(kind=Kind.REMINDERS)
    mail = read((post.folder / f"{reminder.id}.eml").read_bytes())
    assert text_in(mail).count("Reference ") == 1
    assert len(await post.items(reminder)) == 2


async def test_what_was_answered_meanwhile_is_dropped(post: Post, place: Place) -> None:
    answered, silent = await post.story(place), await post.story(place)
    await post.mailer().round()
    post.to_the_morning()
    await post.remind(answered)
    await post.remind(silent)
    await answered.move(Move.ACCEPT)
    post.travel(timedelta(minutes=15))
    await post.mailer().round()
    [reminder] = await post.messages(kind=Kind.REMINDERS)
    mail = read((post.folder / f"{reminder.id}.eml").read_bytes())
    assert (await answered.row()).reference not in mail.as_string()
    assert (await silent.row()).reference in mail.as_string()
    outcomes = {item.referral_id: (item.outcome, item.why) for item in await post.items(reminder)}
    assert outcomes == {answered.id: ("dropped", "answered"), silent.id: ("included", None)}


async def test_a_list_of_nothing_is_void(post: Post, place: Place) -> None:
    story = await post.story(place)
    await post.mailer().round()
    post.to_the_morning()
    await post.remind(story)
    await story.move(Move.ACCEPT)
    post.travel(timedelta(minutes=15))
    assert await post.mailer().round() == [Status.VOID]
    assert len(post.mails()) == 1, "only the first"
    assert await post.mailer().round() == []


async def test_a_question_of_theirs_holds_back_the_reminder(post: Post, place: Place) -> None:
    story = await post.story(place)
    await post.mailer().round()
    post.to_the_morning()
    await post.remind(story)
    await story.do(questions.ask, Attribution("agency", clock.now()))
    post.travel(timedelta(minutes=15))
    assert await post.mailer().round() == [Status.VOID]
    [reminder] = await post.messages(kind=Kind.REMINDERS)
    assert reminder.why == "waits_for_us"


async def test_two_mailers_send_each_message_once(post: Post, make_place: MakePlace) -> None:
    for _ in range(12):
        await post.story(await make_place())
    counted: list[str] = []

    class Slow(Folder):
        async def send(self, name, sender, recipient, mail):  # type: ignore[no-untyped-def]
            counted.append(name)
            await asyncio.sleep(0.05)
            await super().send(name, sender, recipient, mail)

    post.folder.mkdir(parents=True)
    mailers = [post.mailer(Slow(post.folder)) for _ in range(3)]
    await asyncio.gather(*(mailer.round() for mailer in mailers))
    await asyncio.gather(*(mailer.round() for mailer in mailers))
    assert len(counted) == len(set(counted)) == 12
    assert {message.status for message in await post.messages()} == {Status.SENT}


async def test_an_agency_without_an_address_is_a_call_at_once_though_the_relay_is_away(
    post: Post, make_place: MakePlace
) -> None:
    story = await post.story(await make_place(email=None))
    away = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_starttls": False}
    assert await post.mailer(**away).round() == [Status.TO_CALL]
    [message] = await post.messages()
    assert (message.status, message.why) == (Status.TO_CALL, "no_address")
    assert (await story.row()).send_waits == "call" and len(await story.events(CallNeeded)) == 1
    assert await post.mailer().round() == [] and await post.disclosures(story) == [("send", "lapsed")]
    assert await post.told_of(story) == []


async def test_withdrawing_tells_who_was_told_and_nobody_else(post: Post, place: Place) -> None:
    told, untold = await post.story(place), await post.story(place)
    [first, _] = await post.messages()
    await post.mailer().deliver(first.id)
    await told.move(Move.WITHDRAW, by="worker-1", reason="ours")
    await untold.move(Move.WITHDRAW, by="worker-1", reason="ours")
    await post.mailer().round()
    [no_contact] = await post.messages(kind=Kind.NO_CONTACT)
    mail = read((post.folder / f"{no_contact.id}.eml").read_bytes())
    reference = (await told.row()).reference
    assert text_in(mail) == f"Hello,\n\nplease do not contact this person; reference {reference}.\n"
    assert len(post.mails()) == 2
    assert {item.referral_id for item in await post.items(no_contact)} == {told.id}


async def test_who_was_told_by_phone_is_told_by_phone_to_leave_the_person_alone(
    post: Post, make_place: MakePlace
) -> None:
    """No mail can reach them, so it is somebody's to ring; also where the address was dropped after the first mail."""
    by_phone, by_mail = await post.story(await make_place(email=None)), await post.story(place := await make_place())
    await post.mailer().round()
    await post.call(by_phone)
    await by_phone.move(Move.BOOK, by="worker-1", appointment=clock.now() + timedelta(days=3))
    async with post.db.transaction(Actor.service("test")) as session:
        (await session.get_one(Agency, place.agency_id)).email = None
    for story in (by_phone, by_mail):
        await post.withdraw(story)
        await story.move(Move.WITHDRAW, by="worker-1", reason="consent_withdrawn")
    assert await post.mailer().round() == [Status.VOID, Status.VOID]
    told = [(event.referral_ids, event.agency_id) for event in await by_phone.events(MailArrived)]
    assert sorted(told) == sorted(([story.id], story.place.agency_id) for story in (by_phone, by_mail))
    assert await post.mailer().round() == [] and len(post.mails()) == 1


async def test_a_notice_leaves_though_the_referral_is_written_anew_until_it_is_sent_again(
    post: Post, place: Place
) -> None:
    anew, again = await post.story(place), await post.story(place)
    await post.mailer().round()
    for story in (anew, again):
        await story.move(Move.WITHDRAW, by="worker-1", reason="ours")
        await story.move(Move.REOPEN, by="worker-1", note="Synthetic: he asked again.")
    await again.move(Move.SEND)
    [first] = await post.messages(kind=Kind.FIRST, status=Status.WAITING)
    assert await post.mailer().deliver(first.id) == "sent"
    await post.mailer().round()
    notices = {}
    for notice in await post.messages(kind=Kind.NO_CONTACT):
        [item] = await post.items(notice)
        notices[item.referral_id] = (notice.status, item.why)
    assert notices == {anew.id: (Status.SENT, None), again.id: (Status.VOID, "sent_again")}


async def test_after_a_death_nobody_hears_anything(post: Post, place: Place) -> None:
    story = await post.story(place)
    await post.mailer().round()
    await story.move(Move.WITHDRAW, by="worker-1", reason="died")
    assert await post.messages(kind=Kind.NO_CONTACT) == []


@pytest.mark.parametrize(("path", "why"), [("died", "died"), ("said-no", "said_no")])
async def test_a_notice_that_waits_does_not_leave_after_a_death_or_a_no_to_us(
    post: Post, place: Place, path: str, why: str
) -> None:
    """The person withdrew consent, then died or said no to us before the agency could be told."""
    story = await post.story(place)
    await post.mailer().round()
    await post.withdraw(story)
    await story.move(Move.WITHDRAW, by="worker-1", reason="consent_withdrawn")
    await post.intake.ok("POST", f"/people/{story.person_id}/{path}", {}, status=200)
    assert await post.mailer().round() == [Status.VOID]
    [notice] = await post.messages(kind=Kind.NO_CONTACT)
    assert (notice.status, notice.why) == (Status.VOID, why) and len(post.mails()) == 1


async def test_a_no_contact_message_needs_no_consent_and_is_recorded(post: Post, place: Place) -> None:
    story = await post.story(place)
    await post.mailer().round()
    await post.withdraw(story)
    await story.move(Move.WITHDRAW, by="worker-1", reason="consent_withdrawn")
    assert await post.mailer().round() == ["sent"]
    assert (await post.disclosures(story))[-1] == ("no_contact", "sent")


async def test_a_first_message_does_not_leave_on_a_consent_that_has_expired(
    post: Post, place: Place, as_role: Callable[..., Api]
) -> None:
    story, chased = await post.story(place), await post.story(place)
    async with post.intake.services.work.transaction(Actor.service("test")) as session:
        until = {"at": clock.now() + timedelta(hours=1)}
        await session.execute(text("UPDATE consents SET expires_at = :at"), until)
    [late, first] = await post.messages()
    if (await post.items(late))[0].referral_id == chased.id:
        late, first = first, late
    assert await post.mailer().deliver(first.id) == "sent"
    post.to_the_morning()
    for _ in range(20):
        if await post.mailer().round() == [Status.VOID]:
            break
        post.travel(timedelta(seconds=3))
    [message] = await post.messages(status=Status.VOID)
    assert message.why == "expired" and len(post.mails()) == 1
    row = await story.row()
    assert (row.state, row.held_back) == ("awaiting_consent", "expired"), "ours to ask, nobody chases the service"
    assert (await story.look()).row.waiting_for.startswith("new consent")
    theirs = as_role("system", sub=f"agency:{place.agency_id}")
    assert (await theirs.get(f"/referrals/{story.id}")).status_code == 404, "it has never heard of it"
    assert [each["id"] for each in (await theirs.get("/referrals")).json()["items"]] == [str(chased.id)]
    # What had left is chased.
    await post.remind(chased)
    post.travel(timedelta(minutes=15))
    assert await post.mailer().round() == ["sent"]
    assert (await post.disclosures(chased))[-1] == ("chase", "sent")


@pytest.mark.parametrize("expired", [True, False])
async def test_nobody_is_asked_about_attendance_once_the_person_withdraws_that(
    post: Post, place: Place, expired: bool
) -> None:
    """Also before the news of it has come: the permit of the reminder says it."""
    story, other = await post.story(place), await post.story(place)
    await post.mailer().round()
    for each in (story, other):
        await each.move(Move.BOOK, appointment=clock.now() - timedelta(hours=1))
        await each.look()
    post.to_the_morning()
    for each in (story, other):
        await post.remind(each, "any.booked.outcome")
    if expired:
        async with post.intake.services.work.transaction(Actor.service("test")) as session:
            values = {"at": clock.now(), "id": story.person_id}
            await session.execute(text("UPDATE consents SET expires_at = :at WHERE person_id = :id"), values)
    else:
        await post.intake.consent(str(story.person_id), place.agency_id, may_tell_us=["outcome"])
    post.travel(timedelta(minutes=15))
    await post.mailer().round()
    [reminder] = await post.messages(kind=Kind.REMINDERS)
    found = {item.referral_id: (item.outcome, item.why) for item in await post.items(reminder)}
    assert found == {story.id: ("dropped", "may_not_say"), other.id: ("included", None)}
    opening = (await story.position()).ladder.opening("any.booked.outcome")
    assert opening is not None and opening.whose == "us"
    await story.do(_fresh)
    await post.mailer().round()
    [fresh] = await post.messages(kind=Kind.FRESH_LINK)
    assert fresh.body is not None and "appointment" not in fresh.body


async def test_the_practice_day_is_a_day_in_london(post: Post, place: Place) -> None:
    await post.story(place)
    [message] = await post.messages()
    assert message.practice_day == local_day(clock.now())


async def _fresh(session: Any, position: Any) -> None:
    await queue_fresh_link(session, [position.referral.id])


async def test_what_a_person_approved_is_not_marked_as_made_by_a_machine(post: Post, place: Place) -> None:
    told = {**TOLD, "worker_first_name": "Synthetic", "worker_phone": "020 7946 0999"}
    story = await post.story(place, told=told)
    await post.mailer(organisation_name="A Synthetic Charity").round()
    [first] = post.mails()
    assert first["Auto-Submitted"] is None and first["X-Auto-Response-Suppress"] is None
    said = text_in(first)
    assert said.rstrip().endswith("A Synthetic Charity") and "ring A Synthetic Charity on 020 7946 0000" in said
    assert "0999" not in said and "Synthetic," not in said, "whoever wrote it may have left by then"
    post.to_the_morning()
    await post.remind(story)
    post.travel(timedelta(minutes=15))
    assert await post.mailer().round() == ["sent"]
    [reminder] = await post.messages(kind=Kind.REMINDERS)
    mail = read((post.folder / f"{reminder.id}.eml").read_bytes())
    assert mail["Auto-Submitted"] == "auto-generated" and mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"


async def test_nothing_is_mailed_for_an_undeliverable_referral_on_any_clock(post: Post, place: Place) -> None:
    story = await post.story(place)
    await post.mailer().round()
    await story.look()
    await story.move(Move.BOUNCE, by="system")
    await story.look()
    for _ in range(40):
        post.travel(timedelta(days=2))
        await story.climb(clock.now())
    fired = await story.escalations()
    assert {each.action for each in fired} <= {"ask_worker", "tell_supervisor"} and fired
    assert await post.messages(kind=Kind.REMINDERS) == [] and not (await story.look()).row.stalled
    asked = [e.waits_on for e in await story.events(EscalationRecorded) if e.outcome == "fired"]
    assert set(asked) == {"us"}, "it is ours to put right; the service is not to blame"
