"""What the agency may tell us follows the newest consent, on every way in; its own word stays."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from services.referrals.activities import ReferralActivities
from services.referrals.codes import Move
from services.referrals.handlers import consent_recorded
from services.referrals.referral.mail_effects import bounced
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.events.intake import ConsentRecorded
from shared.ids import new_id
from tests.referrals.conftest import Api, Place
from tests.referrals.stories import Story
from tests.referrals.test_replies import Stranger, mailed

OUTCOME = "any.booked.outcome"
ABOUT_HIM = {"attend", "miss", "may_not_say"}


@pytest.fixture
async def booked(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    """An appointment that has passed: the agency is asked what became of it."""
    story = await Story(db, activities, worker, place).sent()
    await story.move(Move.BOOK, appointment=clock.now() - timedelta(hours=1))
    await story.look()
    return story


async def says(story: Story, version: int, *may_tell_us: str) -> None:
    event = ConsentRecorded(
        version=version,
        occurred_at=clock.now(),
        consent_id=new_id(),
        person_id=story.person_id,
        team_id=story.worker.teams[0],
        agency_id=story.place.agency_id,
        may_tell_us=list(may_tell_us),
    )
    async with story.db.transaction(Actor.service("referrals")) as session:
        await consent_recorded(session, event)


async def whose(story: Story) -> str:
    opening = (await story.position()).ladder.opening(OUTCOME)
    assert opening is not None and opening.rule["whose"] == opening.whose
    return opening.whose


async def test_a_narrower_yes_holds_at_once_on_every_way_in(
    booked: Story, http: httpx.AsyncClient, as_role: Callable[..., Api]
) -> None:
    stranger, program = Stranger(http, await mailed(booked)), as_role("system", sub=f"agency:{booked.place.agency_id}")
    [line] = (await stranger.post("/open", **stranger.link)).json()["referrals"]
    assert set(line["answers"]) >= ABOUT_HIM and line["asked"] == "what became of the appointment?"
    assert await whose(booked) == "agency"
    await says(booked, 5, "outcome")
    [line] = (await stranger.post("/open", **stranger.code)).json()["referrals"]
    assert not ABOUT_HIM & set(line["answers"]) and "appointment" not in line["asked"]
    assert (await stranger.post("", answer="attend", **stranger.link)).status_code == 409
    read = (await program.get(f"/referrals/{booked.id}")).json()
    assert not ABOUT_HIM & set(read["legal_moves"]) and read["may_tell_us"] == ["outcome"]
    assert (await program.move(booked.id, "attend")).status_code == 409
    assert await whose(booked) == "us" and (await booked.look()).row.who == "us"


async def test_a_wider_yes_holds_too_and_an_older_one_that_comes_late_does_not(booked: Story) -> None:
    await says(booked, 5)
    await says(booked, 4, "attendance")
    assert (await booked.row()).may_tell_us == [] and await whose(booked) == "us"
    await says(booked, 6, "attendance", "results")
    assert (await booked.row()).may_tell_us == ["attendance", "results"] and await whose(booked) == "agency"
    before = (await booked.row()).version
    await says(booked, 7, "attendance", "results")
    assert (await booked.row()).version == before, "the same again is no news"


async def test_that_they_may_not_say_is_not_undone_by_consent(booked: Story, http: httpx.AsyncClient) -> None:
    stranger = Stranger(http, await mailed(booked))
    await stranger.post("", answer="may_not_say", **stranger.link)
    await says(booked, 5, "attendance", "results")
    assert (await booked.row()).may_tell_us == ["results"] and await whose(booked) == "us"


async def test_a_yes_to_another_agency_or_of_another_man_changes_nothing(booked: Story) -> None:
    other = Story(booked.db, booked.activities, booked.worker, booked.place)
    await says(other, 5)
    assert (await booked.row()).may_tell_us == ["attendance", "outcome"]


async def test_what_has_not_been_sent_or_has_ended_is_left_alone(booked: Story) -> None:
    await booked.move(Move.DECLINE, reason="no_capacity")
    before = (await booked.row()).version
    await says(booked, 5)
    await booked.move(Move.REOPEN, note="They had it wrong.")
    await says(booked, 6)
    row = await booked.row()
    assert row.version == before + 1 and row.may_tell_us == ["attendance", "outcome"], "sending asks anew"


async def test_what_never_arrived_follows_a_new_consent_too(
    db: Database, activities: ReferralActivities, worker: Actor, place: Place
) -> None:
    """The first email came back; they have it all the same, and answer."""
    story = await Story(db, activities, worker, place).sent()
    async with db.transaction(Actor.service("referrals")) as session:
        await bounced(session, story.id, clock.now(), "address")
    await says(story, 5)
    await story.move(Move.BOOK, appointment=clock.now() - timedelta(hours=1))
    await story.look()
    assert await whose(story) == "us"
