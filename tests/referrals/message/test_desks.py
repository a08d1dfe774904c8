"""One agency, several desks: nobody reads what is another desk's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.referrals.directory.models import AgencyService
from services.referrals.message.rules import one_address
from services.referrals.outbound.links import queue_fresh_link
from shared.context import Actor
from tests.referrals.conftest import MakePlace
from tests.referrals.message.post import Post, text_in
from tests.referrals.place import put_service

OFFICE, NURSES, DESK = "press@trust.invalid", "nurses@trust.invalid", "desk@trust.invalid"


@pytest.mark.parametrize("office", [OFFICE, None])
async def test_each_desk_reads_its_own(post: Post, make_place: MakePlace, office: str | None) -> None:
    place = await make_place(email=office, desk=NURSES)
    places = [place, await put_service(post.db, place, desk=DESK), await put_service(post.db, place, desk=DESK)]
    stories = [await post.story(each) for each in places]
    nurses, first, second = [(await story.row()).reference for story in stories]
    mailer = post.mailer()
    await mailer.round()
    assert sorted(mail["To"] for mail in post.mails()) == [DESK, DESK, NURSES]
    assert all([(await story.position()).agency_has_email for story in stories])
    post.to_the_morning()
    for story in stories:
        await post.remind(story)
    post.travel(timedelta(minutes=15))
    assert await mailer.round() == ["sent", "sent"], "one list for each desk"
    lists = {mail["To"]: text_in(mail) for mail in post.mails() if "fresh" not in mail["Subject"]}
    assert nurses in lists[NURSES] and first not in lists[NURSES]
    assert first in lists[DESK] and second in lists[DESK] and nurses not in lists[DESK]
    async with post.db.transaction(post.worker) as session:
        assert await queue_fresh_link(session, [story.id for story in stories])
    assert await mailer.round() == ["sent", "sent"]


async def test_what_has_another_address_by_now_is_said_there(post: Post, make_place: MakePlace) -> None:
    """Two wait in one list; one of the services gets a desk of its own before the list closes."""
    place = await make_place(email=OFFICE)
    stories = [await post.story(place), await post.story(await put_service(post.db, place))]
    stays, moves = [(await story.row()).reference for story in stories]
    mailer = post.mailer()
    await mailer.round()
    post.to_the_morning()
    for story in stories:
        await post.remind(story)
    await put_desk(post, stories[1].place.service_id, NURSES)
    post.travel(timedelta(minutes=15))
    await mailer.round()
    await mailer.round()
    lists = {mail["To"]: text_in(mail) for mail in post.mails()}
    assert stays in lists[OFFICE] and moves not in lists[OFFICE]
    assert moves in lists[NURSES] and stays not in lists[NURSES]


async def put_desk(post: Post, service_id: UUID, email: str) -> None:
    async with post.db.transaction(Actor.service("referrals")) as session:
        row = await session.get(AgencyService, service_id)
        assert row is not None
        row.email = email


@pytest.mark.parametrize(
    ("desk", "addresses", "goes_to"),
    [
        ("a@x", ["b@x", "A@x"], "A@x"),
        ("a@x", ["b@x", None], "b@x"),
        ("", ["b@x"], "b@x"),
        ("a@x", [None], None),
        ("a@x", [], None),
    ],
)
def test_a_message_goes_where_it_was_queued_for(desk: str, addresses: list[Any], goes_to: str | None) -> None:
    assert one_address(desk, addresses) == goes_to
