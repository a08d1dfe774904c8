"""Prison, hospital, away: what a pause puts to sleep, what it asks meanwhile, and the days after it."""

from datetime import timedelta

from shared import clock
from shared.practice.calendar import local_day
from tests.workflows.case_plan.story import Story

DAY = timedelta(days=1)


async def test_custody_over_a_step_with_an_end_nobody_knows(story: Story) -> None:
    steps = dict(await story.steps())
    answer = await story.decide("hold", {"kind": "custody"})
    assert answer["done"] and await story.steps() == []
    row = await story.board()
    assert row is not None and row["stage"] == "on_hold"
    look_again = await story.planned("look_again", "look_again")
    assert row["paused_until"] == look_again, "no end is known: it is asked again"
    assert timedelta(days=6) < look_again - story.began < timedelta(days=13)
    # Over every step of his silence: the pause asks, not-seen sleeps.
    await story.go_to(look_again)
    assert "look_again" in await story.tasks() and "ask_release_date" in await story.tasks()
    await story.go_to(steps["lost_contact"])
    visit = await story.planned("hold_contact", "hold_contact")
    if visit > clock.now():
        await story.go_to(visit)
    assert await story.taken() == [] and "prison_contact" in await story.tasks()
    assert len(await story.taken("look_again")) >= 3 and len(await story.taken("ask_weekly")) >= 3
    assert not {"not_seen", "another_way", "check_custody"} & set(await story.tasks())
    # We went to see him: that is the pause's own contact, not its end.
    await story.contact("met")
    row = await story.board()
    assert row is not None and row["stage"] == "on_hold" and "prison_contact" not in await story.tasks()

    out = clock.now()
    assert (await story.decide("resume"))["done"]
    assert "see_after_release" in await story.tasks() and "look_again" not in await story.tasks()
    again = await story.planned("ask_worker")
    assert timedelta(days=10) < again - out < timedelta(days=17), "not-seen counts from the day it ended"
    assert await story.steps(clock="look_again") == []


async def test_after_release_the_person_is_watched_for_two_weeks(story: Story) -> None:
    await story.decide("hold", {"kind": "custody"})
    await story.wait_until(clock.now() + 10 * DAY)
    await story.decide("resume")
    out = clock.now()
    first = await story.planned("watch", "watch")
    assert timedelta(days=1) < first - out < timedelta(days=7)
    await story.go_to(first)
    assert "not_seen" in await story.tasks()
    # A call shows that he lives; only eyes count in the days of risk.
    watched = await story.planned("watch", "watch")
    await story.contact("spoke")
    assert await story.planned("watch", "watch") == watched
    await story.contact("met")
    assert "not_seen" not in await story.tasks()
    later = await story.planned("watch", "watch")
    assert later >= watched
    while await story.steps(clock="watch"):
        await story.go_to(await story.planned("watch", "watch"))
        assert clock.now() < out + 20 * DAY, "it ends by itself"
    fired = await story.steps("fired", "watch")
    assert 3 <= len(fired) <= 7 and fired[-1][1] < out + 15 * DAY


async def test_hospital_with_a_known_end_is_asked_on_that_day(story: Story) -> None:
    until = clock.now() + 16 * DAY
    await story.decide("hold", {"kind": "hospital", "until": until.isoformat()})
    row = await story.board()
    assert row is not None and row["paused_until"] == until
    await story.go_to(await story.planned("hold_contact", "hold_contact"))
    assert "ward_visit" in await story.tasks() and "look_again" not in await story.tasks()
    asked = await story.planned("look_again", "look_again")
    assert local_day(asked) == local_day(until)
    eve = await story.planned("hold_eve", "hold_eve")
    await story.go_to(eve)
    assert {"check_naloxone", "check_prescription", "check_bed"} <= set(await story.tasks())
    assert "see_after_release" not in await story.tasks()
    await story.go_to(asked)
    assert {"look_again", "see_after_release"} <= set(await story.tasks())
    row = await story.board()
    assert row is not None and row["stage"] == "on_hold", "no pause ends unasked"
    # Somebody saw them: the worker is asked, and only the worker ends it.
    await story.contact("sighted")
    row = await story.board()
    assert row is not None and row["stage"] == "on_hold" and "check_return" in await story.tasks()
    # Nobody goes on: the days of risk are watched all the same.
    await story.go_to(await story.planned("watch", "watch"))
    assert "not_seen" in await story.tasks()
    await story.decide("resume", {"ended_at": until.isoformat()})
    row = await story.board()
    assert row is not None and row["stage"] == "planned" and row["paused_until"] is None
    assert not {"check_return", "look_again"} & set(await story.tasks())


async def test_the_day_of_release_is_written_while_the_pause_goes_on(story: Story) -> None:
    await story.decide("hold", {"kind": "custody"})
    until = clock.now() + 5 * DAY
    await story.decide("pause", {"until": until.isoformat()})
    row = await story.board()
    assert row is not None and row["stage"] == "on_hold" and row["paused_until"] == until
    await story.go_to(await story.planned("hold_end", "hold_end"))
    assert {"see_after_release", "check_naloxone", "check_prescription", "check_bed"} <= set(await story.tasks())


async def test_away_sleeps_until_the_person_is_met(story: Story) -> None:
    steps = dict(await story.steps())
    await story.decide("hold", {"kind": "away"})
    await story.go_to(steps["lost_contact"])
    assert await story.taken() == [] and await story.taken("hold_contact") == []
    assert set(await story.tasks()) <= {"look_again", "review", "outcome_form"}
    await story.contact("spoke")
    row = await story.board()
    assert row is not None and row["stage"] == "on_hold", "a call may come from far away"
    await story.contact("met")
    row = await story.board()
    assert row is not None and row["stage"] == "planned"
    assert await story.planned("ask_worker") > clock.now() and await story.steps(clock="watch") == []


async def test_a_second_pause_is_refused_with_its_reason(story: Story) -> None:
    await story.decide("hold", {"kind": "away"})
    problem = await story.world.refused(409, "POST", f"/plans/{story.id}/hold", {"kind": "custody"}, role="supervisor")
    assert problem["detail"] == "It is paused already."
    await story.decide("resume")
    problem = await story.world.refused(409, "POST", f"/plans/{story.id}/resume", role="supervisor")
    assert problem["detail"] == "It is not paused."
