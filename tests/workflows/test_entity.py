"""The waiting itself: an owner in memory, the real server, and what may come late, twice or at the same moment."""

import asyncio
import json
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from shared import clock
from shared.crypto.codec import ENCODING
from shared.settings import Settings
from shared.temporal.client import connect
from shared.temporal.worker import activity_worker
from tests.workflows.conftest import sitting
from tests.workflows.harness import Desk, short_history, until
from workflows.contracts import CASEWORK_QUEUE, REFRESH_PLAN, RETRY, ROLL, RUN_DUE_PLAN_STEPS

SOON = timedelta(seconds=1)
DAY = timedelta(days=1)
A_MOMENT = 0.4


async def test_the_first_fact_is_one_refresh(desk: Desk) -> None:
    await desk.begun()
    [first] = desk.refreshes
    assert abs(first.now - clock.now()) < timedelta(seconds=30), "practice time"
    assert await desk.needs_help() is None


async def test_a_fact_late_twice_or_out_of_order_changes_nothing(desk: Desk) -> None:
    await desk.begun()
    desk.revision = 5
    await desk.fact(5)
    await desk.told()
    assert len(desk.refreshes) == 2
    for late in (5, 3, 4, 1, 5):
        await desk.fact(late)
    await desk.standing()
    await asyncio.sleep(A_MOMENT)
    assert len(desk.refreshes) == 2
    desk.revision = 8
    for each in (8, 7, 6):
        await desk.fact(each)
    await desk.told()
    await asyncio.sleep(A_MOMENT)
    # Those of the same moment share a look; whatever the order, none is asked for in vain.
    assert len(desk.refreshes) in (3, 4)


async def test_a_fact_during_a_refresh_is_not_lost(desk: Desk) -> None:
    await desk.begun()
    answers = desk.hold(REFRESH_PLAN)
    await desk.fact()
    await until(lambda: len(desk.refreshes) == 2)
    await desk.fact()  # after what that look read
    await desk.standing()
    answers.set()
    await desk.told()
    assert len(desk.refreshes) == 3


async def test_the_refresh_that_tells_it_already_is_enough(desk: Desk) -> None:
    answers = desk.hold(REFRESH_PLAN)
    desk.revision = 3
    await desk.start()
    await until(lambda: desk.refreshes)
    for known in (2, 3):
        await desk.fact(known)
    answers.set()
    await desk.told()
    await asyncio.sleep(A_MOMENT)
    assert len(desk.refreshes) == 1


async def test_a_new_stage_that_a_step_entered_is_refreshed(desk: Desk) -> None:
    """Some owners open the clocks of a stage only when they are asked where it stands."""
    desk.steps = [clock.now()]
    desk.enters = True
    await desk.start()
    await until(lambda: desk.step_runs)
    await until(lambda: len(desk.refreshes) == 2)
    await desk.told()
    assert len(desk.step_runs) == 1


async def test_a_fact_while_a_step_runs_is_refreshed_once_the_step_has_answered(desk: Desk) -> None:
    taken = desk.hold(RUN_DUE_PLAN_STEPS)
    desk.steps = [clock.now()]
    await desk.start()
    await until(lambda: desk.step_runs)
    await desk.fact()
    taken.set()
    await desk.told()
    assert len(desk.step_runs) == 1 and len(desk.refreshes) == 2


async def test_a_step_comes_on_its_day_and_once(desk: Desk) -> None:
    start = clock.now()
    desk.steps = [start + DAY, start + 3 * DAY]
    await desk.begun()
    await desk.go_to(start + DAY - timedelta(minutes=1))
    assert not desk.step_runs
    await desk.go_to(start + DAY + timedelta(minutes=1))
    await until(lambda: len(desk.step_runs) == 1)
    [request] = desk.step_runs
    assert start + DAY <= request.now < start + DAY + timedelta(minutes=1)
    await desk.told()
    await desk.go_to(start + 4 * DAY)
    await until(lambda: len(desk.step_runs) == 2)
    await desk.told()
    known = await desk.standing()
    assert known is not None and known.wake_at is None


async def test_what_is_left_due_is_asked_for_again_a_minute_later(desk: Desk) -> None:
    desk.leaves_due = True
    desk.steps = [clock.now()]
    await desk.begun()
    await until(lambda: desk.step_runs)
    await asyncio.sleep(1)
    assert len(desk.step_runs) == 1
    # A fact does not wait for that minute.
    await desk.fact()
    await until(lambda: len(desk.refreshes) == 2)
    await until(lambda: len(desk.step_runs) == 2)
    await desk.go_to(clock.now() + timedelta(seconds=90))
    await until(lambda: len(desk.step_runs) == 3)


async def test_what_is_refused_needs_help_until_somebody_asks_again(desk: Desk) -> None:
    desk.steps = [clock.now()]
    desk.refusing[RUN_DUE_PLAN_STEPS] = "the row is not there"
    await desk.start()
    await until(desk.needs_help)
    assert await desk.needs_help() == "the row is not there"
    assert len(desk.step_runs) == 1, "refused is not tried again by itself"
    assert await desk.handle.execute_update(RETRY, "supervisor-1", result_type=str) == "the row is not there"
    await until(lambda: len(desk.step_runs) == 2)
    await until(desk.needs_help)
    desk.refusing.clear()
    await desk.handle.execute_update(RETRY, "supervisor-1", result_type=str)
    await desk.told()
    assert await desk.needs_help() is None and len(desk.step_runs) == 3 and not desk.steps
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await desk.handle.execute_update(RETRY, "supervisor-1", result_type=str)
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError) and "nothing here was refused" in cause.message


async def test_a_newer_fact_is_a_reason_to_ask_again(desk: Desk) -> None:
    desk.refusing[REFRESH_PLAN] = "there is no such plan"
    await desk.start()
    await until(lambda: desk.refreshes)
    await asyncio.sleep(A_MOMENT)
    assert len(desk.refreshes) == 1
    assert await desk.standing() is None
    desk.refusing.clear()
    await desk.fact()
    await desk.told()
    assert await desk.needs_help() is None


async def test_an_ending_frees_what_needed_help(desk: Desk) -> None:
    desk.steps = [clock.now()]
    desk.refusing[RUN_DUE_PLAN_STEPS] = "the row is not there"
    await desk.start()
    await until(desk.needs_help)
    desk.ended = True
    desk.steps.clear()
    desk.refusing.clear()
    await desk.fact()
    await desk.result()


async def test_an_ended_row_starts_and_is_over_at_once(desk: Desk) -> None:
    desk.ended = True
    await desk.start()
    await desk.result()
    assert len(desk.refreshes) == 1


async def test_an_owner_that_is_away_is_waited_for(temporal_client: Client, settings: Settings) -> None:
    """Nobody listens on its queue, before the first look and again later: facts and steps wait for it."""
    async with sitting(temporal_client, settings, at_work=False) as desk:
        await desk.start()
        await asyncio.sleep(A_MOMENT)
        assert not desk.refreshes and await desk.standing() is None
        desk.steps = [clock.now() + SOON]
        async with activity_worker(temporal_client, CASEWORK_QUEUE, desk.activities):
            await desk.told()
        await desk.fact()
        await asyncio.sleep(SOON.total_seconds())
        async with activity_worker(temporal_client, CASEWORK_QUEUE, desk.activities):
            await until(lambda: desk.step_runs)
            await desk.told()
        assert len(desk.step_runs) == 1


async def test_continue_as_new_carries_everything(settings: Settings) -> None:
    async with short_history(settings) as short, sitting(await connect(short), short) as desk:
        start = clock.now()
        desk.steps = [start + DAY]
        await desk.begun()
        first_run = (await desk.handle.describe()).run_id
        while (await desk.handle.describe()).run_id == first_run:
            assert desk.revision < 20, "never as new"
            await desk.fact()
            await desk.told()
        # At once, in the new run: nobody need have looked for it to know where it stands.
        known = await desk.standing()
        assert known is not None and known.wake_at == start + DAY
        await desk.told()
        await desk.go_to(start + DAY + timedelta(minutes=1))
        await until(lambda: desk.step_runs)
        await desk.told()
        assert len(desk.step_runs) == 1


async def run_id(desk: Desk) -> str:
    return str((await desk.handle.describe()).run_id)


async def test_rolled_it_continues_as_new_at_once_with_all_that_it_knows(desk: Desk) -> None:
    start = clock.now()
    desk.steps = [start + DAY]
    await desk.begun()
    first = await run_id(desk)
    await desk.handle.signal(ROLL)
    await until(lambda: _another_run(desk, first))
    known = await desk.standing()
    assert known is not None and known.wake_at == start + DAY, "known before anybody was asked"
    await until(lambda: len(desk.refreshes) == 2)
    # Facts from before are not news.
    await desk.fact(desk.revision)
    await desk.go_to(start + DAY + timedelta(minutes=1))
    await until(lambda: desk.step_runs)
    await desk.told()
    assert len(desk.step_runs) == 1


async def _another_run(desk: Desk, first: str) -> bool:
    return await run_id(desk) != first


async def test_rolled_while_it_needs_help_it_asks_again_in_the_new_run(desk: Desk) -> None:
    desk.steps = [clock.now()]
    desk.refusing[RUN_DUE_PLAN_STEPS] = "the row is not there"
    await desk.start()
    await until(desk.needs_help)
    first = await run_id(desk)
    await desk.handle.signal(ROLL)
    await until(lambda: _another_run(desk, first))
    await until(lambda: len(desk.step_runs) == 2)
    await until(desk.needs_help)
    desk.refusing.clear()
    await desk.handle.execute_update(RETRY, "supervisor-1", result_type=str)
    await desk.told()
    assert await desk.needs_help() is None and not desk.steps


async def test_timers_and_activities_say_what_they_are_for_and_only_to_us(desk: Desk, temporal_client: Client) -> None:
    desk.steps = [clock.now() + DAY]
    day = desk.steps[0].date().isoformat()
    await desk.begun()
    history = await desk.handle.fetch_history()
    kept = [each.user_metadata.summary for each in history.events if each.HasField("user_metadata")]
    assert len(kept) >= 2
    for summary in kept:
        assert summary.metadata["encoding"] == ENCODING
        assert b"ask worker" not in summary.data and day.encode() not in summary.data
    codec = temporal_client.data_converter.payload_codec
    assert codec is not None
    shown = [json.loads(each.data) for each in await codec.decode(kept)]
    assert f"ask worker, {day}" in shown
    assert any(each.startswith("where it stands, ") for each in shown)
