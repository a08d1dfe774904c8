"""A real mail relay: it takes, refuses, is away, or drops the line."""

from datetime import timedelta

import pytest

from services.referrals.codes import Move, State
from services.referrals.message.words import Status
from shared.events.referrals import MailArrived
from tests.referrals.conftest import Place
from tests.referrals.message.post import Office, Post, code_in, token_in


async def test_a_mail_goes_over_smtp_to_one_recipient(post: Post, place: Place, office: Office) -> None:
    await post.story(place)
    await post.story(place)
    assert await post.mailer(**office.relay).round() == ["sent", "sent"]
    assert office.recipients == [["team@agency.example"]] * 2
    assert post.mails() == [], "the relay, not the folder"
    assert len({token_in(mail) for mail in office.mails}) == 2


async def test_the_relay_refuses_for_now_and_it_is_tried_again(post: Post, place: Place, office: Office) -> None:
    await post.story(place)
    office.data_answers = ["451 later please"]
    mailer = post.mailer(**office.relay)
    assert await mailer.round() == ["not_sent"]
    [message] = await post.messages()
    assert message.status == Status.WAITING and message.not_before is not None
    assert await mailer.round() == [], "not at once"
    post.travel(timedelta(minutes=1))
    assert await mailer.round() == ["sent"]
    assert len(office.mails) == 1


async def test_the_line_drops_after_the_mail_and_the_same_mail_comes_again(
    post: Post, place: Place, office: Office
) -> None:
    await post.story(place)
    office.data_answers = ["drop"]
    mailer = post.mailer(**office.relay)
    assert await mailer.round() == ["not_sent"]
    [message] = await post.messages()
    assert message.status == Status.SENDING, "it may have left"
    post.travel(timedelta(minutes=1))
    assert await mailer.round() == ["sent"]
    one, two = office.mails
    assert one["Message-ID"] == two["Message-ID"]
    assert (token_in(one), code_in(one)) == (token_in(two), code_in(two))


@pytest.mark.parametrize("code", ["550 no such mailbox", "553 not here"])
async def test_a_recipient_refused_for_good_is_undeliverable(
    post: Post, place: Place, office: Office, code: str
) -> None:
    story = await post.story(place)
    office.rcpt_answers = [code]
    assert await post.mailer(**office.relay).round() == ["bounced"]
    [message] = await post.messages()
    assert message.status == Status.BOUNCED and message.why == f"refused_{code[:3]}"
    assert (await story.row()).state == State.UNDELIVERABLE
    assert await post.disclosures(story) == [("send", "lapsed")]
    assert await post.mailer().round() == []


async def test_a_no_contact_message_that_its_address_refuses_becomes_a_task(
    post: Post, place: Place, office: Office
) -> None:
    story = await post.story(place)
    assert await post.mailer(**office.relay).round() == ["sent"]
    await story.move(Move.WITHDRAW, by="worker-1", reason="ours")
    office.rcpt_answers = ["550 no such mailbox"]
    assert await post.mailer(**office.relay).round() == ["bounced"]
    [arrived] = await story.events(MailArrived)
    assert arrived.referral_ids == [story.id] and arrived.agency_id == place.agency_id
    assert await post.mailer(**office.relay).round() == [], "and once"
    assert len(await story.events(MailArrived)) == 1


@pytest.mark.parametrize("data", [True, False])
async def test_what_refuses_us_waits_is_told_once_and_leaves_once(
    post: Post, place: Place, office: Office, capsys: pytest.CaptureFixture[str], data: bool
) -> None:
    stories = [await post.story(place) for _ in range(2)]
    answers = ["550 5.7.1 sender is not authenticated", "554 5.7.1 relay access denied"] * 2
    (office.data_answers if data else office.rcpt_answers).extend(answers)
    mailer = post.mailer(**office.relay)
    for _ in range(2):
        assert await mailer.round() == ["not_sent", "not_sent"]
        post.travel(timedelta(hours=1))
    rows = [await story.row() for story in stories]
    assert {(row.state, row.send_waits, row.ever_sent) for row in rows} == {("draft", "relay_refuses_us", False)}
    assert all([await post.told_of(story) == [] for story in stories])
    assert capsys.readouterr().err.count("emails do not leave") == 1, "who runs the system hears of it once"
    assert await mailer.round() == ["sent", "sent"] and len(office.mails) == 2
    assert [await post.told_of(story) for story in stories] == [["send"]] * 2


async def test_what_is_wrong_with_us_is_not_the_agencys_fault(post: Post, place: Place, office: Office) -> None:
    story = await post.story(place)
    office.rcpt_answers = ["530 sign in first"]
    assert await post.mailer(**office.relay).round() == ["not_sent"]
    assert (await story.row()).state == State.DRAFT


async def test_while_the_relay_is_away_no_permit_is_asked_for(post: Post, place: Place) -> None:
    story = await post.story(place)
    away = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_starttls": False}
    assert await post.mailer(**away).round() == ["not_sent"]
    assert await post.disclosures(story) == []
    [message] = await post.messages()
    assert message.status == Status.WAITING


async def test_a_relay_without_encryption_gets_nothing_when_it_must_encrypt(
    post: Post, place: Place, office: Office
) -> None:
    await post.story(place)
    assert await post.mailer(**{**office.relay, "smtp_starttls": True}).round() == ["not_sent"]
    assert office.tries == 0


async def test_a_header_in_the_address_on_record_is_never_sent(post: Post, make_place, office: Office) -> None:  # type: ignore[no-untyped-def]
    await post.story(await make_place(email="team@agency.example\r\nBcc: other@evil.example"))
    await post.story(await make_place(email="a@agency.example, b@evil.example"))
    assert await post.mailer(**office.relay).round() == [Status.TO_CALL, Status.TO_CALL]
    assert office.tries == 0


async def test_without_a_way_out_messages_wait(post: Post, place: Place) -> None:
    await post.story(place)
    assert await post.mailer(mail_folder=None).round() == ["not_sent"]
    assert [(each.status, each.why) for each in await post.messages()] == [(Status.WAITING, "no_relay")]
