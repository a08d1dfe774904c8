"""An answer, appointment or outcome that was a mistake is taken back: by who took it down, a supervisor, the agency."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.referrals.activities import ReferralActivities
from services.referrals.codes import MissKind, Move
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.events.referrals import ReferralMoved
from tests.referrals.conftest import Api, Place
from tests.referrals.stories import Story
from tests.referrals.test_replies import Stranger
from tests.referrals.world import mailed

WHY = {"why": "Another referral was meant."}


@pytest.fixture
async def sent(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


async def shown(api: Api, story: Story) -> dict[str, Any]:
    return dict((await api.get(f"/referrals/{story.id}")).json())


async def correct(api: Api, story: Story, status: int = 200) -> dict[str, Any]:
    named = (await shown(api, story))["correctable"]
    which = {"version": named["version"]} if named else {}
    answer = await api.post(f"/referrals/{story.id}/corrections", {**WHY, **which})
    assert answer.status_code == status, answer.text
    return dict(answer.json())


# What is recorded by mistake, with what it needs, and the moves that lead to where it can be.
SOON = timedelta(days=3)
MISTAKES: list[tuple[tuple[str, ...], str, dict[str, Any]]] = [
    ((), "see", {}),
    ((), "decline", {"reason": "no_capacity"}),
    (("accept",), "decline", {"reason": "no_capacity"}),
    (("see",), "waitlist", {}),
    (("see",), "accept", {}),
    (("accept",), "book", {"appointment": "soon"}),
    (("accept", "book"), "rebook", {"appointment": "later"}),
    (("accept", "book"), "miss", {"miss_kind": "agency_cancelled"}),
    (("accept", "book"), "miss", {"miss_kind": "agency_cancelled", "appointment": "later"}),
    (("accept", "book"), "attend", {"confirm_date": True}),
    (("accept", "attend"), "treat", {}),
    (("accept", "attend"), "complete", {}),
]


def needs(more: dict[str, Any]) -> dict[str, Any]:
    when = {"soon": SOON, "later": 2 * SOON}
    at = more.get("appointment")
    return {**more, **({"appointment": {"at": (clock.now() + when[at]).isoformat(), "place": "Room 3"}} if at else {})}


@pytest.mark.parametrize(("way", "mistake", "more"), MISTAKES)
async def test_it_stands_where_it_stood_and_the_trace_stays(
    api: Api, sent: Story, way: tuple[str, ...], mistake: str, more: dict[str, Any]
) -> None:
    for move in way:
        assert (await api.move(sent.id, move, **needs({"appointment": "soon"} if move == "book" else {}))).is_success
    before, clocks = await shown(api, sent), await running(api, sent)
    assert (await api.move(sent.id, mistake, **needs(more))).is_success
    assert (await shown(api, sent))["correctable"]["move"] == mistake
    after = await correct(api, sent)
    kept = ("state", "since", "appointment", "waitlisted_until", "ended_reason", "legal_moves", "fhir_status")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert after["stage_entry"] > before["stage_entry"]
    await sent.look()
    assert await running(api, sent) == clocks, "its clocks count from the day they counted from"
    history = (await api.get(f"/referrals/{sent.id}/history")).json()["items"]
    assert (history[-2]["move"], history[-2]["struck_at"] is not None) == (mistake, True)
    assert (history[-1]["move"], history[-1]["note"]) == ("correct", WHY["why"])
    told = (await sent.events(ReferralMoved))[-1]
    assert (told.move, told.corrects, told.to_state) == ("correct", mistake, before["state"])
    # The same, meant this time, is no repetition.
    assert (await api.move(sent.id, mistake, **needs(more))).json()["stage_entry"] > after["stage_entry"]


async def running(api: Api, story: Story) -> set[tuple[str, str, str]]:
    await story.look()
    clocks = (await api.get(f"/referrals/{story.id}/ladder")).json()["clocks"]
    return {(one["clock"], one["opened_at"], one["deadline"]) for one in clocks if one["closed_at"] is None}


async def test_one_mistake_after_another_and_what_has_left_stays(api: Api, sent: Story) -> None:
    await api.move(sent.id, "accept")
    await api.move(sent.id, "attend")
    assert (await correct(api, sent))["state"] == "accepted"
    assert (await correct(api, sent))["state"] == "sent"
    assert (await correct(api, sent))["state"] == "sent", "there is nothing before it"
    await api.move(sent.id, "withdraw", reason="ours")
    assert (await correct(api, sent, 409))["rule"] == "nothing_to_correct"


async def test_that_the_person_was_told_can_be_taken_back(api: Api, sent: Story) -> None:
    booked = (await api.move(sent.id, "book", **needs({"appointment": "soon"}))).json()
    clocks = await running(api, sent)
    await api.post(f"/referrals/{sent.id}/appointments/{booked['appointment']['id']}/told", how="phone")
    assert await running(api, sent) != clocks
    after = await correct(api, sent)
    assert after["state"] == "booked" and after["appointment"]["told_at"] is None
    assert await running(api, sent) == clocks
    assert not (await sent.events(ReferralMoved))[-1].appointment_told
    # The other way round: who was told still knows, once a wrong outcome is taken back.
    await api.post(f"/referrals/{sent.id}/appointments/{booked['appointment']['id']}/told", how="phone")
    await api.move(sent.id, "miss", miss_kind="agency_cancelled")
    assert (await correct(api, sent))["appointment"]["told_at"] is not None
    assert (await sent.events(ReferralMoved))[-1].appointment_told


async def test_it_is_for_who_took_it_down_or_a_supervisor(api: Api, sent: Story, as_role: Any) -> None:
    said = {"outcome": "spoke", "said": {"answer": "decline", "reason": "no_capacity"}}
    assert (await api.post(f"/referrals/{sent.id}/replies", said)).is_success
    other = as_role("clinician")
    assert (await shown(other, sent))["correctable"] is None
    assert (await correct(other, sent, 409))["rule"] == "not_yours"
    assert (await shown(api, sent))["correctable"]["reason"] == "no_capacity"
    assert (await correct(as_role("supervisor"), sent))["state"] == "sent"


async def test_an_agency_changes_its_own_answer_by_its_link(http: Any, api: Api, sent: Story) -> None:
    stranger = Stranger(http, await mailed(sent))
    await stranger.post("", answer="accept", **stranger.link)
    wrong = (await stranger.post("", answer="decline", reason="no_capacity", **stranger.link)).json()
    assert wrong["state"] == "declined" and wrong["answers"] == ["take_back"]
    [line] = (await stranger.post("/open", **stranger.link)).json()["referrals"]
    assert line["state"] == "declined" and line["answers"] == ["take_back"]
    back = (await stranger.post("", answer="take_back", **stranger.code)).json()
    assert back["state"] == "accepted" and back["changed"] and "book" in back["answers"]
    history = (await api.get(f"/referrals/{sent.id}/history")).json()["items"]
    assert [(one["move"], one["by"]) for one in history[-2:]] == [("decline", "agency"), ("correct", "agency")]
    # What we recorded or ended is not theirs to take back.
    assert (await api.move(sent.id, "withdraw", reason="ours")).is_success
    assert (await stranger.post("", answer="take_back", **stranger.link)).status_code == 410


async def test_what_we_recorded_is_not_an_agencys_to_take_back(http: Any, api: Api, sent: Story) -> None:
    stranger = Stranger(http, await mailed(sent))
    await api.move(sent.id, "accept")
    [line] = (await stranger.post("/open", **stranger.link)).json()["referrals"]
    assert "take_back" not in line["answers"]
    refused = await stranger.post("", answer="take_back", **stranger.link)
    assert refused.status_code == 409 and refused.json()["rule"] == "nothing_to_correct"


async def test_nothing_becomes_of_an_appointment_before_its_day(http: Any, api: Api, sent: Story) -> None:
    stranger = Stranger(http, await mailed(sent))
    async with sent.db.transaction(sent.worker) as session:
        row = await session.get(type(await sent.row()), sent.id)
        assert row is not None
        row.may_tell_us = ["attendance"]
    assert (await api.move(sent.id, "book", **needs({"appointment": "soon"}))).is_success
    phone = f"/referrals/{sent.id}/replies"
    for kind in ("did_not_come", "turned_away"):
        said = {"answer": "miss", "miss_kind": kind}
        for sure in ({}, {"confirm_date": True}):
            answers = [
                await api.move(sent.id, "miss", miss_kind=kind, **sure),
                await api.post(phone, {"outcome": "spoke", "said": {**said, **sure}}),
                await stranger.post("", **said, **sure, **stranger.link),
            ]
            assert [(one.status_code, one.json()["rule"]) for one in answers] == [(409, "before_its_hour")] * 3
    early = [
        await api.move(sent.id, "attend"),
        await api.post(phone, {"outcome": "spoke", "said": {"answer": "attend"}}),
        await stranger.post("", answer="attend", **stranger.link),
    ]
    assert [(one.status_code, one.json()["rule"]) for one in early] == [(409, "before_its_day")] * 3
    assert "The appointment is on" in early[0].json()["detail"]
    assert (await shown(api, sent))["state"] == "booked"
    # What is known beforehand is said beforehand.
    for kind in ("agency_cancelled", "not_told", "could_not_be_reached", "in_custody_or_hospital"):
        assert (await api.move(sent.id, "miss", miss_kind=kind)).is_success
        assert (await api.move(sent.id, "book", **needs({"appointment": "soon"}))).is_success
    assert (await stranger.post("", answer="attend", confirm_date=True, **stranger.link)).json()["state"] == "attended"


async def test_no_appointment_in_the_past_without_being_asked(http: Any, api: Api, sent: Story) -> None:
    stranger = Stranger(http, await mailed(sent))
    past = {"at": (clock.now() - timedelta(days=300)).isoformat()}
    said = {"answer": "book", "appointment": past, "safe_contact_confirmed": True}
    spoken = {"outcome": "spoke", "said": {"answer": "book", "appointment": past}}
    asked = [
        await api.move(sent.id, "book", appointment=past),
        await api.post(f"/referrals/{sent.id}/replies", spoken),
        await stranger.post("", **said, **stranger.link),
    ]
    assert [one.status_code for one in asked] == [422] * 3
    [wrong] = asked[0].json()["errors"]
    assert (wrong["field"], wrong["rule"]) == ("appointment.at", "in_the_past") and "Did you mean 20" in wrong[
        "message"
    ]
    assert (await stranger.post("", **said, confirm_date=True, **stranger.link)).json()["state"] == "booked"
    moved = {"miss_kind": MissKind.AGENCY_CANCELLED, "appointment": past}
    assert (await api.move(sent.id, "miss", **moved)).status_code == 422
    assert (await api.move(sent.id, "rebook", appointment=past)).json()["errors"][0]["rule"] == "in_the_past"
    # Said again after it was confirmed, it is the same and asks nothing.
    again = await stranger.post("", **said, **stranger.link)
    assert again.status_code == 200 and not again.json()["changed"]


async def test_a_story_is_told_without_asking_only_where_a_date_is_meant(sent: Story) -> None:
    assert await sent.move(Move.BOOK, appointment=clock.now() - timedelta(hours=1), confirm_date=True)
    assert await sent.move(Move.MISS, miss_kind=MissKind.DID_NOT_COME, confirm_date=False)


async def test_of_two_who_take_the_same_back_at_once_nobody_takes_more(api: Api, sent: Story, as_role: Any) -> None:
    await api.move(sent.id, "accept")
    await api.move(sent.id, "decline", reason="no_capacity")
    named = {**WHY, "version": (await shown(api, sent))["correctable"]["version"]}
    path, supervisor = f"/referrals/{sent.id}/corrections", as_role("supervisor")
    both = await asyncio.gather(api.post(path, WHY), supervisor.post(path, WHY))
    assert [(one.status_code, one.json()["state"]) for one in both] == [(200, "accepted")] * 2
    # Late, from a page that was open: it is so already.
    assert (await supervisor.post(path, named)).json()["state"] == "accepted"
    await api.move(sent.id, "decline", reason="no_capacity")
    wrong = await api.post(path, {**WHY, "version": named["version"] - 1})
    assert (wrong.status_code, wrong.json()["rule"]) == (409, "not_the_latest")


@pytest.mark.parametrize("named", [True, False])
async def test_an_agency_that_presses_twice_takes_back_one_answer(
    http: Any, api: Api, sent: Story, named: bool
) -> None:
    stranger = Stranger(http, await mailed(sent))
    await stranger.post("", answer="accept", **stranger.link)
    await stranger.post("", answer="decline", reason="no_capacity", **stranger.link)
    [line] = (await stranger.post("/open", **stranger.link)).json()["referrals"]
    which = {"takes_back": line["last_answer"]} if named else {}
    tabs = [stranger.post("", answer="take_back", **which, **stranger.link) for _ in range(3)]
    answers = [one.json() for one in await asyncio.gather(*tabs)]
    assert {one["state"] for one in answers} == {"accepted"} and sum(one["changed"] for one in answers) == 1
    # The one before it, on purpose.
    [line] = (await stranger.post("/open", **stranger.link)).json()["referrals"]
    before = await stranger.post("", answer="take_back", takes_back=line["last_answer"], **stranger.link)
    assert before.json()["state"] == "sent"


async def test_a_question_outlives_the_answer_that_is_taken_back(http: Any, api: Api, sent: Story) -> None:
    stranger = Stranger(http, await mailed(sent))
    await stranger.post("", answer="accept", **stranger.link)
    await stranger.post("", answer="question", note="Which door?", **stranger.link)
    await stranger.post("", answer="take_back", **stranger.link)
    assert (await shown(api, sent))["question"] is True
    # One that stood before and was answered since does not come back either.
    await stranger.post("", answer="accept", **stranger.link)
    await api.post(f"/referrals/{sent.id}/question", on=False, note="The green one.")
    await stranger.post("", answer="take_back", **stranger.link)
    after = await shown(api, sent)
    assert (after["state"], after["question"]) == ("sent", False)
    # What an ending took along stands again with it.
    await stranger.post("", answer="question", note="And then?", **stranger.link)
    await stranger.post("", answer="decline", reason="no_capacity", **stranger.link)
    await stranger.post("", answer="take_back", **stranger.link)
    assert (await shown(api, sent))["question"] is True
