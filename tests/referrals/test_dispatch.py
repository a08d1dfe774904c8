"""Nothing leaves without a permit; a yes taken back takes everything back."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.referrals.activities import ReferralActivities
from services.referrals.codes import Move
from services.referrals.handlers import GROUPS, consent_recorded, consent_withdrawn, died, said_no
from services.referrals.message.models import Message, MessageItem
from services.referrals.outbound import closing, departure
from services.referrals.outbound.closing import Again, Granted
from services.referrals.outbound.refusals import Fault
from services.referrals.referral.transitions import Attribution
from services.referrals.reply import service as replies
from services.referrals.reply.schemas import Said
from shared import clock
from shared.context import Actor
from shared.db.platform_tables import outbox
from shared.db.session import Database
from shared.events.board import ReferralStandingChanged
from shared.events.envelope import Envelope, read
from shared.events.intake import ConsentRecorded, ConsentWithdrawn, PersonDied, PersonSaidNo
from shared.events.referrals import CallNeeded, ReferralDecided, ReferralEvent, ReferralMoved
from shared.ids import new_id
from shared.inbox.handling import apply
from shared.permits import Permit
from tests.referrals.conftest import MakePlace, Place
from tests.referrals.stories import SETTINGS, Story

[CONSENT] = [group for group in GROUPS if group.name == "consent"]


@pytest.fixture
def story(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return Story(db, activities, worker, place)


async def told(story: Story) -> list[ReferralEvent]:
    async with story.db.platform_connection() as connection:
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


async def message(story: Story) -> Message:
    async with story.db.transaction(Actor.service("test")) as session:
        stmt = select(Message).join(MessageItem).where(MessageItem.referral_id == story.id)
        return (await session.scalars(stmt.order_by(Message.recorded_at.desc()).limit(1))).one()


async def test_approved_is_not_sent_and_what_left_is_sent_once(story: Story) -> None:
    await story.ordered()
    row = await story.row()
    assert (row.state, row.ever_sent, row.sent_at) == ("draft", False, None)
    why = (await story.look()).row
    assert (why.who, why.waiting_for) == ("us", "our email to leave: it has not been sent yet")
    assert (await story.look()).wake_at is None, "no clock runs"
    assert await story.permit() == "sent"
    moved = [each for each in await told(story) if isinstance(each, ReferralMoved)]
    assert [(each.from_state, each.to_state, each.stage_entry) for each in moved] == [("draft", "sent", 2)]
    row = await story.row()
    assert row.ever_sent and row.may_tell_us == ["attendance", "outcome"] and row.sent_at == row.stage_since


async def test_an_old_permit_sends_nothing_and_is_asked_for_again(story: Story) -> None:
    await story.ordered()
    with pytest.raises(Again):
        await story.permit(expires_at=clock.now() - timedelta(seconds=1))
    assert (await story.row()).state == "draft" and (await message(story)).status == "waiting"


async def test_without_consent_it_waits_for_it_then_goes(story: Story) -> None:
    await story.ordered()
    assert await story.permit(granted=False) == "void"
    row = await story.row()
    assert (row.state, row.held_back, row.send_request) == ("awaiting_consent", "no_consent", None)
    yes = {"consent_id": new_id(), "agency_id": story.place.agency_id}
    await hear(story, consent_recorded, ConsentRecorded, **(yes | {"agency_id": new_id()}))
    assert (await story.row()).send_request is None, "a yes for another agency is no yes for this one"
    await hear(story, consent_recorded, ConsentRecorded, **yes)
    assert (await story.look()).row.waiting_for.startswith("our email")
    assert await story.permit() == "sent" and (await story.row()).state == "sent"


async def test_a_yes_that_comes_while_asking_is_not_lost(story: Story) -> None:
    await story.ordered()
    id = (await message(story)).id
    async with story.db.transaction(story.worker) as session:
        asked = await closing.wanted(session, id)
    assert asked is not None
    await hear(story, consent_recorded, ConsentRecorded, consent_id=new_id(), agency_id=story.place.agency_id)
    late = {story.id: Granted(Permit("r", False, why="no_consent"), time.monotonic())}
    with pytest.raises(Again):
        async with story.db.transaction(story.worker) as session:
            await closing.close(session, SETTINGS, id, asked, late)
    assert (await story.row()).state == "draft" and await story.permit() == "sent"


async def test_no_address_is_a_call_at_once_and_only_the_recorded_call_is_sent(
    db: Database, activities: ReferralActivities, worker: Actor, make_place: MakePlace
) -> None:
    story = await Story(db, activities, worker, await make_place(email=None)).ordered()
    assert await story.permit(told=False) == "to_call"
    row = await story.row()
    assert (row.state, row.send_waits, row.ever_sent) == ("draft", "call", False)
    [_] = [each for each in await told(story) if isinstance(each, CallNeeded)]
    look = await story.look()
    assert look.row.waiting_for.startswith("our call to the service") and look.wake_at is None
    [item] = await items(story)
    assert (item.outcome, item.permit_outcome) == ("dropped", "lapsed"), "nobody was told anything"
    permit = Permit("call", True, str(new_id()), clock.now() + timedelta(minutes=5), None, ["outcome"], 3)
    await story.do(departure.called, permit, Attribution("worker-1", clock.now(), "phone"))
    row = await story.row()
    assert (row.state, row.send_waits, row.ever_sent, row.may_tell_us) == ("sent", None, True, ["outcome"])
    assert (await message(story)).status == "called"
    [item] = await items(story)
    assert (item.outcome, item.permit_outcome, str(item.permit_id)) == ("included", "sent", permit.permit_id)


async def items(story: Story) -> list[MessageItem]:
    async with story.db.transaction(Actor.service("test")) as session:
        return list(await session.scalars(select(MessageItem).where(MessageItem.referral_id == story.id)))


async def test_an_address_that_refuses_makes_it_undeliverable_and_nobody_was_told(story: Story) -> None:
    await story.ordered()
    assert await story.permit(told=False) == "sending"
    async with story.db.transaction(story.worker) as session:
        await departure.refused(session, (await message(story)).id, Fault.ADDRESS, perhaps=False)
    row = await story.row()
    assert (row.state, row.ever_sent, row.send_request) == ("undeliverable", False, None)
    [item] = await items(story)
    assert (item.outcome, item.permit_outcome) == ("dropped", "lapsed")


async def test_an_answer_to_an_email_that_nobody_wrote_down_as_sent_proves_it(story: Story) -> None:
    await story.ordered()
    assert await story.permit(told=False) == "sending", "the process died just after it had left"
    await story.do(replies.record_answer, Said(answer="accept"), Attribution("agency", clock.now(), "link"))
    assert (await story.row()).state == "accepted" and (await message(story)).status == "sent"
    moved = [each for each in await told(story) if isinstance(each, ReferralMoved)]
    assert [each.to_state for each in moved] == ["sent", "accepted"]


async def test_what_keeps_our_email_is_said_once_for_each_reason(story: Story) -> None:
    await story.ordered()
    for trouble in ("relay_away", "relay_away", "relay_refuses_us"):
        await story.fails(trouble)
    said = [e for e in await told(story) if isinstance(e, ReferralDecided) and e.decision == "email_waits"]
    assert len(said) == 2
    why = (await story.look()).row
    assert why.waiting_for == "our email has not been sent: the email relay refuses to take it from us"
    assert await story.permit() == "sent" and (await message(story)).failing_since is None


@pytest.mark.parametrize(("why", "reason"), [("said_no", "person_declined"), ("died", "died")])
async def test_a_no_or_a_death_ends_it(story: Story, why: str, reason: str) -> None:
    await story.ordered()
    await story.permit(granted=False, why=why)
    assert ((await story.row()).state, (await story.row()).ended_reason) == ("withdrawn", reason)


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
    await story.ordered()
    id = (await message(story)).id
    async with story.db.transaction(story.worker) as session:
        asked = await closing.wanted(session, id)
    assert asked is not None
    await hear(story, consent_withdrawn, ConsentWithdrawn, consent_id=new_id(), agency_id=story.place.agency_id)
    given = Permit("r", True, str(new_id()), clock.now() + timedelta(minutes=5))
    async with story.db.transaction(story.worker) as session:
        granted = {story.id: Granted(given, time.monotonic())}
        decided = await closing.close(session, SETTINGS, id, asked, granted)
    assert decided == closing.Settled("void") and not (await story.row()).ever_sent


async def test_a_no_ends_all_of_them(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> None:
    first = await Story(db, activities, worker, place).sent()
    second = Story(db, activities, worker, place)
    second.person_id = first.person_id
    await second.draft(again_because="Another bed (synthetic).")
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
    # Intake knew of the no with version 3 when it let this leave: the person had agreed anew, with version 4.
    assert await story.permit(person_version=4) == "sent"
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
    assert await waits.permit(granted=False, person_version=7) == "void"
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
    events = await told(story)
    versions = [each.version for each in events if not isinstance(each, ReferralStandingChanged)]
    assert versions == sorted(set(versions)), "no two facts share a version"
    standings = [each.version for each in events if isinstance(each, ReferralStandingChanged)]
    assert standings == sorted(set(standings)) and standings[-1] == (await story.row()).version
    async with story.db.platform_connection() as connection:
        facts = await connection.execute(select(outbox.c.fact, outbox.c.workflow_id).where(outbox.c.fact.is_not(None)))
        for fact, workflow_id in facts:
            assert workflow_id == f"referral-{story.id}" and fact["version"] in versions


async def test_what_is_told_is_sealed(story: Story) -> None:
    await story.draft()
    row = await story.row()
    assert row.told_sealed is not None and b"Tom" not in row.told_sealed and row.told["first_name"] == "Tom"
    for event in await told(story):
        assert "Tom" not in event.model_dump_json()
