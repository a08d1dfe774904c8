"""An answer of a service that cannot be taken: it is told so, its words are kept, and a person hears of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.referrals.activities import ReferralActivities
from services.referrals.message.models import MessageItem
from services.referrals.referral.refused_answers import MOST, REFUSED
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.events.referrals import ReferralDecided
from shared.ids import new_id
from tests.referrals.conftest import Api, Place
from tests.referrals.stories import Story
from tests.referrals.test_replies import Stranger
from tests.referrals.world import mailed

Json = dict[str, Any]


@pytest.fixture
async def sent(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


@pytest.fixture
async def stranger(sent: Story, http: httpx.AsyncClient) -> Stranger:
    return Stranger(http, await mailed(sent))


async def kept(api: Api, story: Story) -> list[tuple[str, str, str | None]]:
    """What was kept of this referral, and that an event said so as often."""
    history = (await api.get(f"/referrals/{story.id}/history")).json()["items"]
    found = [(one["reason"], one["channel"], one["note"]) for one in history if one["move"] == REFUSED]
    events = await story.events(ReferralDecided)
    told = [one for one in events if (one.referral_id, one.decision) == (story.id, REFUSED)]
    assert len(told) == len(found) and all(one["by"] == "agency" for one in history if one["move"] == REFUSED)
    return found


async def reopened(api: Api, story: Story) -> None:
    """They said no, and a worker has opened it again."""
    assert (await api.move(story.id, "decline", reason="no_capacity")).is_success
    assert (await api.move(story.id, "reopen", note="They may have room.")).is_success


async def withdrawn(api: Api, story: Story) -> None:
    assert (await api.move(story.id, "withdraw", reason="consent_withdrawn")).is_success


async def booked(api: Api, story: Story) -> None:
    at = (clock.now() + timedelta(days=3)).isoformat()
    assert (await api.move(story.id, "book", appointment={"at": at})).is_success


async def run_out(_: Api, story: Story) -> None:
    await mailed(story, timedelta(days=-1))


async def nothing(_: Api, story: Story) -> None:
    """It stands as it was sent."""


# What came in between, what they say then, and how it is refused.
Before = Callable[[Api, Story], Awaitable[None]]
REFUSALS: list[tuple[Before, Json, int]] = [
    (reopened, {"answer": "take_back"}, 409),
    (withdrawn, {"answer": "accept"}, 410),
    (withdrawn, {"answer": "question"}, 410),
    (withdrawn, {"answer": "never_got_it"}, 410),
    (booked, {"answer": "see"}, 409),
    (booked, {"answer": "miss", "miss_kind": "did_not_come"}, 409),
    (run_out, {"answer": "accept"}, 410),
    (nothing, {"answer": "may_not_say"}, 409),
    (nothing, {"answer": "take_back"}, 409),
]


@pytest.mark.parametrize(("before", "said", "status"), REFUSALS)
async def test_what_they_wanted_to_say_is_kept_once(
    api: Api, sent: Story, stranger: Stranger, before: Before, said: Json, status: int
) -> None:
    await before(api, sent)
    stood = await sent.row()
    press = {**said, "note": "Ask for Priya."}
    answers = await asyncio.gather(*(stranger.post("", **press, **stranger.link) for _ in range(3)))
    assert {one.status_code for one in answers} == {status}
    assert all(one.json()["kept"] and "is kept" in one.json()["detail"] for one in answers)
    [(answer, channel, words)] = await kept(api, sent)
    assert (answer, channel) == (said["answer"], "link") and words is not None and "Ask for Priya." in words
    now = await sent.row()
    assert (now.state, now.stage_entry, now.version) == (stood.state, stood.stage_entry, stood.version + 1)
    # By code it is the same again; with other words it is more.
    assert (await stranger.post("", **press, **stranger.code)).status_code == status
    assert len(await kept(api, sent)) == 1
    await stranger.post("", **{**press, "note": "Or for Jo."}, **stranger.code)
    assert [(one[0], one[1]) for one in await kept(api, sent)] == [(answer, "link"), (answer, "code")]


async def test_everything_that_came_with_it_is_kept(api: Api, sent: Story, stranger: Stranger) -> None:
    await withdrawn(api, sent)
    at = {"at": "2031-03-04T10:30:00Z", "place": "Room 3", "bring": "A letter", "who_goes": "Sam"}
    said = {"answer": "book", "appointment": at, "safe_contact_confirmed": True, "their_reference": "R 12"}
    assert (await stranger.post("", **said, **stranger.link)).status_code == 410
    [(_, _, words)] = await kept(api, sent)
    lines = ["Appointment: 4 March 2031, 10:30.", "Place: Room 3", "Bring: A letter", "Who goes: Sam"]
    assert words is not None and words.split("\n") == [*lines, "Their reference: R 12."]
    assert stranger.link["token"] not in words


async def test_a_program_of_the_service_is_heard_too(api: Api, sent: Story, as_role: Any) -> None:
    theirs = as_role("system", sub=f"agency:{sent.place.agency_id}")
    other = as_role("system", sub=f"agency:{new_id()}")
    await reopened(api, sent)
    # Opened again it is not theirs to see, and what they say of it is kept all the same.
    for program in (theirs, other):
        assert (await program.move(sent.id, "accept", note="There is room now.")).status_code == 404
    assert await kept(api, sent) == [("accept", "api", "There is room now.")]
    await withdrawn(api, sent)
    assert (await theirs.post(f"/referrals/{sent.id}/question", on=True, note="Why?")).status_code == 404
    assert [one[0] for one in await kept(api, sent)] == ["accept", "question"]
    # A worker who is refused is told on the page, and knows.
    assert (await api.move(sent.id, "see")).status_code == 409
    assert len(await kept(api, sent)) == 2


async def test_what_was_never_theirs_says_nothing(
    db: Database, activities: ReferralActivities, worker: Actor, make_place: Any, sent: Story, stranger: Stranger,
    api: Api, as_role: Any,
) -> None:  # fmt: skip
    elsewhere = await Story(db, activities, worker, await make_place(email="other@example.org")).sent()
    await withdrawn(api, elsewhere)
    named = {"reference": (await elsewhere.row()).reference}
    for secret in (stranger.link, stranger.code, {"token": "x" * 40}):
        refused = await stranger.post("", answer="accept", **secret, **named)
        assert refused.status_code == 404 and "kept" not in refused.text
    draft = await Story(db, activities, worker, sent.place).draft()
    theirs = as_role("system", sub=f"agency:{sent.place.agency_id}")
    assert (await theirs.move(draft.id, "accept")).status_code == 404
    strangers = as_role("system", sub=f"agency:{sent.place.agency_id}", teams=[new_id()])
    assert (await strangers.move(sent.id, "accept")).status_code == 404
    assert [await kept(api, one) for one in (sent, elsewhere, draft)] == [[], [], []]


async def test_what_only_asks_for_a_word_more_tells_nobody(api: Api, sent: Story, stranger: Stranger) -> None:
    await booked(api, sent)
    async with sent.db.transaction(sent.worker) as session:
        row = await session.get(type(await sent.row()), sent.id)
        assert row is not None
        row.may_tell_us = ["attendance"]
    asked = await stranger.post("", answer="attend", **stranger.link)
    assert (asked.status_code, asked.json()["rule"]) == (409, "before_its_day") and "kept" not in asked.json()
    assert (await stranger.post("", answer="rebook", **stranger.link)).status_code == 422
    assert await kept(api, sent) == []


async def test_who_asks_for_a_link_and_gets_none_is_heard(api: Api, sent: Story, stranger: Stranger) -> None:
    reference = (await sent.row()).reference
    await withdrawn(api, sent)
    answers = [await stranger.post("/fresh", reference=each) for each in (reference, "ZZZZZZZZ")]
    assert answers[0].json() == answers[1].json()
    assert (await stranger.post("/fresh", **stranger.link)).status_code == 410
    assert await kept(api, sent) == [("fresh_link", "link", None)]


async def test_too_much_said_of_one_referral_is_told_so(api: Api, sent: Story, stranger: Stranger) -> None:
    presses = [await stranger.post("", answer="take_back", note=str(n), **stranger.link) for n in range(MOST + 2)]
    assert [one.status_code for one in presses] == [409] * MOST + [429] * 2
    assert len(await kept(api, sent)) == MOST


async def test_an_answer_to_a_line_of_a_list_that_is_over_is_kept(api: Api, sent: Story, stranger: Stranger) -> None:
    """One link, two referrals: the one that has ended is gone, the other is answered."""
    other = await Story(sent.db, sent.activities, sent.worker, sent.place).sent()
    async with sent.db.transaction(sent.worker) as session:
        session.add(
            MessageItem(
                team_id=sent.worker.teams[0], message_id=await mailed(sent), referral_id=other.id, stage_entry=1,
                clock="", outcome="included", revoked_at=clock.now(),
            )
        )  # fmt: skip
    named = {"reference": (await other.row()).reference}
    over = await stranger.post("", answer="accept", **stranger.link, **named)
    assert over.status_code == 410 and over.json()["kept"]
    assert [one[0] for one in await kept(api, other)] == ["accept"] and await kept(api, sent) == []
    assert (await stranger.post("", answer="accept", **stranger.link)).json()["state"] == "accepted"
