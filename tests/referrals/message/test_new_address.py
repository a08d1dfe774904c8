"""A service's address changes while a referral is open: to write there tells something new, and is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from services.referrals.codes import State
from services.referrals.directory.models import AgencyService
from services.referrals.message.words import Kind
from services.referrals.outbound import closing, links
from shared import clock
from shared.context import Actor
from shared.events.referrals import MailArrived
from tests.referrals.conftest import Place
from tests.referrals.message.post import AGREED, Post
from tests.referrals.stories import Story

NEW = "new@agency.invalid"


async def moves(post: Post, story: Story, address: str, *, confirmed: bool = True) -> None:
    """Two people changed the address, or (not `confirmed`) a first one of the service's own was added by a feed."""
    async with post.db.transaction(Actor.service("referrals")) as session:
        row = await session.get_one(AgencyService, story.place.service_id)
        row.email = address
        await session.flush()
        if confirmed:
            locked = await closing.lock(session, {story.id})
            await links.address_changed(session, [locked[story.id].referral])


async def consent_ends(post: Post, story: Story) -> None:
    async with post.intake.services.work.transaction(Actor.service("test")) as session:
        values = {"at": clock.now(), "id": story.person_id}
        await session.execute(text("UPDATE consents SET expires_at = :at WHERE person_id = :id"), values)


async def sent(post: Post, place: Place) -> Story:
    story = await post.story(place)
    assert await post.mailer().round() == ["sent"]
    await story.look()
    return story


async def remind(post: Post, story: Story) -> list[str]:
    post.to_the_morning()
    await post.remind(story)
    post.travel(timedelta(minutes=15))
    return await post.mailer().round()


async def test_a_fresh_link_to_a_new_address_is_a_disclosure_of_its_own(post: Post, place: Place) -> None:
    story = await sent(post, place)
    await moves(post, story, NEW)
    assert await post.mailer().round() == ["sent"]
    [fresh] = await post.messages(kind=Kind.FRESH_LINK)
    assert fresh.address == NEW and await post.told_of(story) == ["send", "send"]
    assert await remind(post, story) == ["sent"]
    assert await post.told_of(story) == ["send", "send", "chase"], "from then on it is known there"


@pytest.mark.parametrize("confirmed", [True, False])
async def test_without_a_consent_that_lives_nothing_goes_to_a_new_address_and_somebody_is_told_once(
    post: Post, place: Place, confirmed: bool
) -> None:
    story = await sent(post, place)
    await consent_ends(post, story)
    assert await remind(post, story) == ["sent"], "at the address that was told it may be chased"
    await moves(post, story, NEW, confirmed=confirmed)
    outcomes = await post.mailer().round() if confirmed else []
    for _ in range(2):
        outcomes += await remind(post, story)
    assert set(outcomes) == {"void"} and {mail["To"] for mail in post.mails()} == {"team@agency.example"}
    [told] = await story.events(MailArrived)
    assert told.referral_ids == [story.id] and (await story.row()).state == State.SENT
    assert await post.told_of(story) == ["send", "chase"]
    await post.intake.consent(str(story.person_id), place.agency_id, **AGREED)
    assert await remind(post, story) == ["sent"]
    assert (await post.told_of(story))[-1] == "send" and post.mails()[-1]["To"] == NEW


async def test_back_at_an_address_that_was_told_it_is_no_new_one(post: Post, place: Place) -> None:
    story = await sent(post, place)
    await moves(post, story, NEW)
    await post.mailer().round()
    await moves(post, story, "team@agency.example")
    await consent_ends(post, story)
    assert await post.mailer().round() == ["sent"]
    assert await post.told_of(story) == ["send", "send", "chase"]


async def test_an_address_that_changes_while_intake_is_asked_is_asked_for_again(post: Post, place: Place) -> None:
    story = await sent(post, place)
    post.to_the_morning()
    await post.remind(story)
    post.travel(timedelta(minutes=15))
    await consent_ends(post, story)
    mailer = post.mailer()
    asked = mailer._ask  # pyright: ignore[reportPrivateUsage]

    async def and_meanwhile(message_id, wanted):  # type: ignore[no-untyped-def]
        answers = await asked(message_id, wanted)
        await moves(post, story, NEW, confirmed=False)
        return answers

    mailer._ask = and_meanwhile  # type: ignore[method-assign] # pyright: ignore[reportPrivateUsage]
    assert await mailer.round() == ["void"]
    assert {mail["To"] for mail in post.mails()} == {"team@agency.example"} and len(post.mails()) == 1
