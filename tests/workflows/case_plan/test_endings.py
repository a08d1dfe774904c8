"""Another worker, closing, his no, his death."""

from datetime import timedelta

from shared import clock
from shared.events import intake
from shared.temporal.drive import Drive, dispatch
from tests.workflows.case_plan.story import Story
from tests.workflows.harness import until
from workflows.contracts import CASE_PLAN

DAY = timedelta(days=1)


async def test_another_worker_carries_on_at_the_same_step(story: Story) -> None:
    steps = dict(await story.steps())
    await story.go_to(steps["ask_worker"])
    answer = await story.decide("reassign", {"worker_id": "worker-2"})
    assert answer["plan"]["worker_id"] == "worker-2"
    assert (await story.steps())[0] == ("another_way", steps["another_way"]), "his silence counts on"
    await story.go_to(steps["another_way"])
    assert "not_seen" in await story.world.tasks(worker_id="worker-2")
    assert await story.world.tasks(worker_id="worker-1") == []


async def test_closing_is_silence_for_good(story: Story) -> None:
    steps = dict(await story.steps())
    await story.go_to(steps["ask_worker"])
    answer = await story.decide("close", {"reason": "goals_met"})
    assert answer["plan"]["stage"] == "closed"
    await story.handle.result()
    row = await story.board()
    assert row is not None and row["closed"] and row["next_at"] is None and row["needs_help"] is None
    assert await story.tasks() == [] and await story.steps() == []
    problem = await story.world.refused(409, "POST", f"/plans/{story.id}/hold", {"kind": "away"}, role="supervisor")
    assert problem["detail"] == "The plan is closed."
    # A contact that was made before and is entered now changes nothing and wakes nobody.
    await story.world.contact(story.person, "met", at=story.began + DAY)
    assert (await story.world.rows("SELECT count(*) FROM plan_steps WHERE outcome = 'planned'"))[0][0] == 0


async def test_a_closed_plan_told_again_is_over_at_once(story: Story) -> None:
    """The fact of its end may arrive after it: a run of its own, which looks and is gone."""
    await story.decide("close", {"reason": "moved_away"})
    await story.handle.result()
    before = await story.board()
    await dispatch(story.client, Drive(CASE_PLAN, story.handle.id, {"version": 1, "kind": "started"}))
    await story.handle.result()
    after = await story.board()
    assert before is not None and after is not None and after["closed"]
    assert after["version"] == before["version"]


async def test_a_no_stops_everything_until_the_person_comes_back(story: Story) -> None:
    steps = dict(await story.steps())
    await story.go_to(steps["ask_worker"])
    facts = {"occurred_at": clock.now(), "person_id": story.person, "team_id": story.world.team}
    await story.world.hear(intake.PersonSaidNo(version=50, until=None, **facts))
    await story.told()
    row = await story.board()
    assert row is not None and (row["stage"], row["next_at"], row["closed"]) == ("said_no", None, False)
    assert await story.tasks() == []
    await story.wait_until(steps["lost_contact"] + 60 * DAY)
    assert await story.taken() == ["ask_worker"] and await story.taken("review") == []
    facts["occurred_at"] = clock.now()
    await story.world.hear(intake.PersonCameBack(version=51, **facts))
    await story.told()
    again = await story.planned("ask_worker")
    assert again > clock.now() + 9 * DAY
    await story.go_to(again)
    assert await story.taken() == ["ask_worker", "ask_worker"]


async def test_a_death_leaves_a_plan_for_a_supervisor_to_close(story: Story) -> None:
    facts = {"occurred_at": clock.now(), "person_id": story.person, "team_id": story.world.team}
    await story.world.hear(intake.PersonDied(version=50, **facts))
    await story.told()
    row = await story.board()
    assert row is not None and row["waiting_for"] == "a supervisor to close it" and row["next_at"] is None
    await story.wait_until(clock.now() + 90 * DAY)
    assert sorted(await story.tasks()) == ["speak_together", "speak_together_supervisor"]
    assert (await story.handle.describe()).close_time is None, "nothing closes by itself"
    await story.decide("close", {"reason": "died"})
    await story.handle.result()
    await until(lambda: _closed(story))


async def _closed(story: Story) -> bool:
    row = await story.board()
    return row is not None and row["closed"]


async def test_a_reopened_plan_runs_again(story: Story) -> None:
    await story.decide("close", {"reason": "moved_away"})
    await story.handle.result()
    await story.decide("reopen", {"note": "back in town"})
    row = await story.board()
    assert row is not None and row["stage"] == "planned" and not row["closed"]
    again = await story.planned("ask_worker")
    await story.go_to(again)
    assert "not_seen" in await story.tasks(), "its workflow keeps contact in mind as before"
