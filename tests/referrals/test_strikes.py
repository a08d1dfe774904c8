"""A death or a no that was recorded by mistake: what it ended is listed for a person, and agencies hear nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.referrals.activities import ReferralActivities
from services.referrals.codes import Move
from services.referrals.handlers import GROUPS
from services.referrals.message.models import Message
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.events.envelope import Envelope
from shared.events.intake import PersonDeathStruck, PersonDied, PersonNoStruck, PersonSaidNo
from shared.events.referrals import ReferralDecided
from shared.ids import new_id
from shared.inbox.handling import apply
from tests.referrals.conftest import Place
from tests.referrals.stories import Story


@pytest.fixture
def story(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return Story(db, activities, worker, place)


[CONSENT] = [group for group in GROUPS if group.name == "consent"]
ENDS: dict[str, Any] = {"died": PersonDied, "said_no": PersonSaidNo}


async def hear(story: Story, event: type, version: int, **facts: Any) -> None:
    at = facts.pop("at", clock.now())
    told = event(version=version, occurred_at=at, person_id=story.person_id, team_id=story.worker.teams[0], **facts)
    assert await apply(story.db, CONSENT, Envelope(new_id(), told, story.person_id, at, ""))


async def strike(story: Story, what: str, version: int, since: Any) -> None:
    if what == "died":
        await hear(story, PersonDeathStruck, version, since=since, state="known")
    else:
        await hear(story, PersonNoStruck, version, since=since)


async def listed(story: Story) -> int:
    return sum(event.decision == "ended_by_mistake" for event in await story.events(ReferralDecided))


@pytest.mark.parametrize("what", ["died", "said_no"])
async def test_what_it_ended_is_listed_and_waits_for_a_person(story: Story, what: str) -> None:
    await story.sent()
    at = clock.now()
    await hear(story, ENDS[what], 20, at=at)
    assert (await story.row()).state == "withdrawn"
    waiting = await _messages(story)
    await strike(story, what, 21, at)
    assert (await story.row()).state == "withdrawn" and await listed(story) == 1
    assert await _messages(story) == waiting
    await story.move(Move.REOPEN, note="It was somebody else.")
    assert (await story.row()).state == "draft"
    # Ended by an earlier one, it is not this one's to list.
    await strike(story, what, 22, at - timedelta(days=1))
    assert await listed(story) == 1


@pytest.mark.parametrize("what", ["died", "said_no"])
async def test_heard_first_it_leaves_nothing_to_end(story: Story, what: str) -> None:
    await story.sent()
    await strike(story, what, 21, clock.now())
    await hear(story, ENDS[what], 20)
    assert (await story.row()).state == "sent"
    # The other kind was no mistake, and neither is a newer one.
    await hear(story, ENDS["said_no" if what == "died" else "died"], 19)
    assert (await story.row()).state == "withdrawn"


async def _messages(story: Story) -> list[Any]:
    async with story.db.transaction(Actor.service("referrals")) as session:
        return list(await session.scalars(select(Message.id).order_by(Message.id)))
