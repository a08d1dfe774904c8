"""Nothing leaves without a permit; a yes taken back takes everything back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.referrals.activities import ReferralActivities
from services.referrals.handlers import GROUPS, consent_recorded, consent_withdrawn, died, said_no
from services.referrals.referral.words import Move
from shared import clock
from shared.context import Actor
from shared.db.ground import outbox
from shared.db.session import Database
from shared.events.envelope import Envelope, read
from shared.events.intake import ConsentRecorded, ConsentWithdrawn, PersonDied, PersonSaidNo
from shared.events.referrals import ReferralEvent, ReferralMoved
from shared.ids import new_id
from shared.inbox.handling import apply
from tests.referrals.conftest import Place
from tests.referrals.stories import Story

[CONSENT] = [group for group in GROUPS if group.name == "consent"]


@pytest.fixture
def story(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return Story(db, activities, worker, place)


async def told(story: Story) -> list[ReferralEvent]:
    async with story.db.ground() as connection:
        rows = await connection.execute(select(outbox).where(outbox.c.aggregate_id == story.id).order_by(outbox.c.id))
        return [read(row.body).event for row in rows]  # type: ignore[misc]


async def hear(story: Story, handler: Any, event: type, **facts: Any) -> None:
    async with story.db.transaction(Actor.service("referrals")) as session:
        await handler(
            session,
            event(
                version=1,
                occurred_at=facts.pop("occurred_at", clock.now()),
                person_id=story.person_id,
                team_id=story.worker.teams[0],
                **facts,
            ),
        )


async def test_granted_is_sent_once(story: Story) -> None:
    await story.draft()
    await story.move(Move.SEND)
    order = (await story.look()).send
    assert order is not None and order.agency_id == str(story.place.agency_id)
    first = await story.permit()
    assert (first.outcome, first.view.send, first.view.row.stage) == ("sent", None, "sent")
    moved = [each for each in await told(story) if isinstance(each, ReferralMoved)]
    assert [(each.from_state, each.to_state, each.stage_entry) for each in moved] == [("draft", "sent", 2)]
    row = await story.row()
    assert row.ever_sent and row.may_tell_us == ["attendance", "outcome"]


async def test_a_retry_after_a_crash_gets_the_same_answer(story: Story) -> None:
    from workflows.contracts import Permit, SendReferral

    await story.draft()
    await story.move(Move.SEND)
    request = (await story.row()).send_request
    assert request is not None
    permit = Permit(request, True, str(new_id()), clock.now() + timedelta(minutes=5), None, [])
    first = await story.activities.send_referral(SendReferral(str(story.id), permit))
    second = await story.activities.send_referral(SendReferral(str(story.id), permit))
    assert first.outcome == second.outcome == "sent"
    assert first.view.revision == second.view.revision


async def test_a_permit_that_ran_out_sends_nothing_and_is_asked_again(story: Story) -> None:
    await story.draft()
    await story.move(Move.SEND)
    result = await story.permit(expires_at=clock.now() - timedelta(seconds=1))
    assert result.outcome == "permit_ran_out" and result.view.send is not None
    assert result.view.row.stage == "draft"


async def test_without_his_yes_it_waits_for_it_then_goes(story: Story) -> None:
    await story.draft()
    await story.move(Move.SEND)
    refused = await story.permit(granted=False)
    assert (refused.outcome, refused.view.row.stage, refused.view.send) == (
        "awaiting_consent",
        "awaiting_consent",
        None,
    )
    yes = {"consent_id": new_id(), "agency_id": story.place.agency_id}
    await hear(story, consent_recorded, ConsentRecorded, **(yes | {"agency_id": new_id()}))
    assert (await story.row()).send_request is None, "a yes for another agency is no yes for this one"
    await hear(story, consent_recorded, ConsentRecorded, **yes)
    assert (await story.look()).send is not None
    assert (await story.permit()).view.row.stage == "sent"


async def test_a_yes_that_comes_while_asking_is_not_lost(story: Story) -> None:
    from workflows.contracts import Permit, SendReferral

    await story.draft()
    await story.move(Move.SEND)
    old = (await story.row()).send_request
    assert old is not None
    await hear(story, consent_recorded, ConsentRecorded, consent_id=new_id(), agency_id=story.place.agency_id)
    late = await story.activities.send_referral(SendReferral(str(story.id), Permit(old, False, why="no_consent")))
    assert late.outcome == "not_wanted" and late.view.send is not None and late.view.row.stage == "draft"


@pytest.mark.parametrize(("why", "reason"), [("said_no", "he_said_no"), ("died", "died")])
async def test_a_no_or_a_death_ends_it(story: Story, why: str, reason: str) -> None:
    await story.draft()
    await story.move(Move.SEND)
    result = await story.permit(granted=False, why=why)
    assert result.outcome == "not_wanted" and result.view.ended
    assert (await story.row()).ended_reason == reason


async def test_withdrawn_consent_ends_it_midway(story: Story) -> None:
    await story.sent()
    entry = (await story.row()).stage_entry
    gone = {"consent_id": new_id(), "agency_id": story.place.agency_id}
    await hear(story, consent_withdrawn, ConsentWithdrawn, **(gone | {"agency_id": new_id()}))
    assert (await story.row()).state == "sent"
    await hear(story, consent_withdrawn, ConsentWithdrawn, **gone)
    row = await story.row()
    assert (row.state, row.ended_reason) == ("withdrawn", "consent_withdrawn")
    await story.climb(clock.now() + timedelta(days=60), entry)
    assert await story.escalations(None) == []


async def test_withdrawn_before_sending_nothing_leaves(story: Story) -> None:
    await story.draft()
    await story.move(Move.SEND)
    request = (await story.row()).send_request
    await hear(story, consent_withdrawn, ConsentWithdrawn, consent_id=new_id(), agency_id=story.place.agency_id)
    from workflows.contracts import Permit, SendReferral

    permit = Permit(str(request), True, str(new_id()), clock.now() + timedelta(minutes=5))
    result = await story.activities.send_referral(SendReferral(str(story.id), permit))
    assert result.outcome == "not_wanted" and not (await story.row()).ever_sent


async def test_his_no_ends_all_of_them(
    db: Database, activities: ReferralActivities, worker: Actor, place: Place
) -> None:
    first = await Story(db, activities, worker, place).sent()
    second = Story(db, activities, worker, place)
    second.person_id = first.person_id
    await second.draft()
    other = await Story(db, activities, worker, place).sent()
    await hear(first, said_no, PersonSaidNo)
    assert [(await each.row()).state for each in (first, second, other)] == ["withdrawn", "withdrawn", "sent"]
    await hear(other, died, PersonDied)
    assert (await other.row()).ended_reason == "died"


async def late(story: Story, event: type, version: int, recorded_at: datetime, **facts: Any) -> None:
    """An event that was recorded then arrives only now."""
    told = event(
        version=version, occurred_at=recorded_at, person_id=story.person_id, team_id=story.worker.teams[0], **facts
    )
    envelope = Envelope(new_id(), told, story.person_id, recorded_at, "")
    assert await apply(story.db, CONSENT, envelope)


@pytest.mark.parametrize("event", [ConsentWithdrawn, PersonSaidNo])
async def test_a_no_that_comes_late_does_not_undo_a_newer_yes(story: Story, event: type) -> None:
    facts: dict[str, Any] = {}
    if event is ConsentWithdrawn:
        facts = {"consent_id": new_id(), "agency_id": story.place.agency_id}
    before = clock.now()
    await story.draft()
    await late(story, event, 3, before, **facts)
    assert (await story.row()).state == "draft", "drafted after it"
    await story.move(Move.SEND)
    # Intake knew of the no with version 3 when it let this leave: he had agreed anew, with version 4.
    assert (await story.permit(person_version=4)).outcome == "sent"
    await late(story, event, 3, clock.now(), **facts)
    await late(story, event, 4, clock.now(), **facts)
    assert (await story.row()).state == "sent"
    await late(story, event, 5, clock.now(), **facts)
    assert (await story.row()).state == "withdrawn"


async def test_a_no_between_draft_and_permit_ends_it_and_a_death_is_never_too_late(
    db: Database, activities: ReferralActivities, worker: Actor, place: Place
) -> None:
    waits = await Story(db, activities, worker, place).draft()
    await waits.move(Move.SEND)
    assert (await waits.permit(granted=False, person_version=7)).outcome == "awaiting_consent"
    await late(waits, PersonSaidNo, 5, clock.now())
    assert (await waits.row()).state == "withdrawn"
    goes = await Story(db, activities, worker, place).draft()
    await goes.move(Move.SEND)
    await goes.permit(person_version=9)
    await late(goes, PersonDied, 2, clock.now() - timedelta(days=1))
    assert ((await goes.row()).state, (await goes.row()).ended_reason) == ("withdrawn", "died")


async def test_versions_grow_by_event_and_facts_carry_them(story: Story, travel: Callable[[timedelta], None]) -> None:
    await story.sent()
    await story.climb(clock.now() + timedelta(days=30))
    await story.move(Move.DECLINE, reason="no_capacity")
    versions = [each.version for each in await told(story)]
    assert versions == sorted(set(versions)), "no two events share a version"
    async with story.db.ground() as connection:
        facts = await connection.execute(select(outbox.c.fact, outbox.c.workflow_id).where(outbox.c.fact.is_not(None)))
        for fact, workflow_id in facts:
            assert workflow_id == f"referral-{story.id}" and fact["version"] in versions


async def test_what_is_told_is_sealed(story: Story) -> None:
    await story.draft()
    row = await story.row()
    assert row.told_sealed is not None and b"Tom" not in row.told_sealed and row.told["first_name"] == "Tom"
    for event in await told(story):
        assert "Tom" not in event.model_dump_json()
