"""Keeping contact, noticing that somebody is not seen, looking at the plan together: over months."""

from datetime import datetime, timedelta

from shared import clock
from shared.practice.calendar import local_day, rung_instant
from tests.workflows.case_plan.conftest import Begin
from tests.workflows.case_plan.story import Story

DAY = timedelta(days=1)
SEARCH = {"check_custody", "check_hospital", "check_coroner", "check_shelter"}


async def test_not_seen_step_by_step(story: Story) -> None:
    steps = dict(await story.steps())
    assert [name for name, _ in await story.steps()] == ["ask_worker", "another_way", "lost_contact"]
    await story.wait_until(steps["ask_worker"] - DAY)
    assert await story.taken() == []
    await story.go_to(steps["ask_worker"])
    assert await story.taken() == ["ask_worker"] and "not_seen" in await story.tasks()
    await story.go_to(steps["another_way"])
    assert await story.taken() == ["ask_worker", "another_way"]
    assert {"another_way", "tell_supervisor_not_seen"} <= set(await story.tasks())
    assert not SEARCH & set(await story.tasks())
    await story.go_to(steps["lost_contact"])
    assert await story.taken() == ["ask_worker", "another_way", "lost_contact"]
    assert set(await story.tasks()) >= SEARCH
    row = await story.board()
    assert row is not None and (row["stage"], row["level"], row["closed"]) == ("lost_contact", 3, False)
    # Nobody is given up: the plan goes on being reviewed, no step comes twice and nothing closes by itself.
    await story.wait_until(steps["lost_contact"] + 60 * DAY)
    await story.told()
    assert await story.taken() == ["ask_worker", "another_way", "lost_contact"]
    assert len(await story.taken("review")) >= 2
    assert (await story.handle.describe()).close_time is None


async def test_four_times_a_short_cadence_is_still_four_weeks(begin: Begin) -> None:
    story = await begin(cadence_days=2)
    search = await story.planned("lost_contact")
    assert timedelta(days=27) < search - story.began < timedelta(days=33)
    await story.go_to(search - 8 * DAY)
    assert await story.taken() == ["ask_worker", "another_way"]
    await story.go_to(search)
    assert set(await story.tasks()) >= SEARCH


async def test_met_begins_the_cadence_again(story: Story) -> None:
    steps = dict(await story.steps())
    await story.go_to(steps["ask_worker"])
    # On the eve of the next step: around Christmas a contact some days earlier moves the first one to that same day.
    await story.wait_until(steps["another_way"] - DAY)
    await story.contact("met")
    assert "not_seen" not in await story.tasks()
    row = await story.board()
    assert row is not None and row["level"] == 0
    again = await story.planned("ask_worker")
    assert again == _asked(clock.now()) > steps["another_way"]
    await story.go_to(steps["another_way"])
    assert await story.taken() == ["ask_worker"]
    await story.go_to(again)
    assert await story.taken() == ["ask_worker", "ask_worker"]


async def test_spoke_counts_and_a_miss_does_not(story: Story) -> None:
    first = await story.planned("ask_worker")
    await story.wait_until(first - 2 * DAY)
    await story.contact("missed")
    assert await story.planned("ask_worker") == first
    await story.contact("spoke")
    again = await story.planned("ask_worker")
    assert again > first
    await story.go_to(first)
    assert await story.taken() == []
    await story.go_to(again)
    assert await story.taken() == ["ask_worker"]


async def test_sighted_begins_only_the_search_again(story: Story) -> None:
    steps = dict(await story.steps())
    await story.go_to(steps["ask_worker"])
    await story.contact("sighted")
    after = dict(await story.steps())
    assert after["another_way"] == steps["another_way"] and after["lost_contact"] > steps["lost_contact"]
    assert "not_seen" in await story.tasks()
    await story.go_to(steps["lost_contact"])
    assert await story.taken() == ["ask_worker", "another_way"] and not SEARCH & set(await story.tasks())
    await story.go_to(after["lost_contact"])
    assert set(await story.tasks()) >= SEARCH
    await story.contact("sighted")
    row = await story.board()
    assert row is not None and row["stage"] == "planned" and not SEARCH & set(await story.tasks())


def _asked(last_seen: datetime) -> datetime:
    """Return when the worker is asked: one and a half weeks on, at the next office hour."""
    return rung_instant(local_day(last_seen) + timedelta(days=11))


async def test_late_entries_count_from_their_own_day_and_undo_nothing(story: Story) -> None:
    steps = dict(await story.steps())
    await story.go_to(steps["ask_worker"])
    # Around Christmas and Easter two dates four days apart are due on the same day: the first contact that moves it.
    met = next(at for n in range(3, 9) if _asked(at := story.began + n * DAY) > steps["ask_worker"])
    await story.contact("met", at=met)
    assert await story.taken() == ["ask_worker"], "what fired stays"
    again = await story.planned("ask_worker")
    assert again == _asked(met)
    await story.contact("met", at=story.began + DAY)
    assert await story.planned("ask_worker") == again, "the latest counts"
    await story.go_to(again)
    assert await story.taken() == ["ask_worker", "ask_worker"]
    # So late that its own step has passed already: that one comes at once, and once.
    spoke = met + DAY
    await story.wait_until(max(clock.now(), _asked(spoke)) + DAY)
    await story.contact("spoke", at=spoke)
    assert (await story.taken()).count("ask_worker") == 3
    assert await story.planned("another_way") > clock.now()


async def test_reviews_and_forms_on_their_cycle(story: Story) -> None:
    await story.go_to(await story.planned("outcome_form", "outcome"))
    assert "outcome_form" in await story.tasks()
    review = await story.planned("review", "review")
    assert timedelta(days=27) < review - story.began < timedelta(days=33)
    await story.go_to(review)
    assert "review" in await story.tasks()
    await story.go_to(await story.planned("review", "review"))
    assert (await story.tasks()).count("review") == 1, "one open task, however often it is due"
    answer = await story.decide("review", {"note": "he wants to see his son"})
    assert answer["done"] and "review" not in await story.tasks()
    at = await story.planned("review", "review")
    assert timedelta(days=27) < at - clock.now() < timedelta(days=33)
    await story.go_to(at)
    assert "review" in await story.tasks()
    form = await story.planned("outcome_form", "outcome")
    assert timedelta(days=85) < form - story.began < timedelta(days=97)
    await story.go_to(form)
    assert await story.taken("outcome") == ["outcome_form", "outcome_form"]


async def test_a_phase_ends_and_another_has_its_own_cadence(story: Story) -> None:
    ends = await story.planned("phase_ends", "phase")
    await story.go_to(ends)
    assert "phase_ends" in await story.tasks()
    await story.contact("met")
    weekly = await story.planned("ask_worker")
    plan = await story.world.send("GET", f"/plans/{story.id}")
    await story.world.ok("PATCH", f"/plans/{story.id}", {"phase": "try_out"}, etag=plan.headers["ETag"])
    await story.told()
    row = await story.board()
    assert row is not None and row["rule"] == "contact every 14 days" and "phase_ends" not in await story.tasks()
    assert await story.planned("ask_worker") > weekly
    await story.go_to(weekly)
    assert "not_seen" not in await story.tasks()
