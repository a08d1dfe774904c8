"""What people write beside a decision is kept sealed, and read by whoever may read the row it is about."""

from typing import Any
from uuid import UUID

import pytest

from services.casework.note import service as decision_notes
from shared.access.roles import Role
from shared.context import Actor
from shared.crypto.sealed import Sealed, SealedJson
from shared.decisions import REASSIGN, REVIEW
from tests.casework.world import World
from tests.tables import base_of

# Every sealed column of casework, and the answer of the API that shows it.
SHOWN = {
    ("goals", "words"): "GET /plans/{plan_id}: goals",
    ("actions", "what"): "GET /plans/{plan_id}: actions",
    ("decision_notes", "note"): "GET /board/{row_id}: notes; GET /reviews: note",
    ("case_notes", "note"): "GET /cases/{case_id}/notes",
    ("next_steps", "what"): "GET /next-steps: what",
    ("needs_assessments", "domains"): "GET /cases/{case_id}/needs-assessments: domains",
}


def test_no_sealed_words_of_casework_are_written_for_nobody() -> None:
    sealed = {
        (mapper.local_table.name, name)  # type: ignore[attr-defined]
        for mapper in base_of("casework").registry.mappers
        for name, value in vars(mapper.class_).items()
        if isinstance(value, (Sealed, SealedJson))
    }
    assert sealed == set(SHOWN), "say which answer shows it, and test that it does"


async def test_notes_of_decisions_reviews_and_reopenings_are_read_again(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person)
    plan = await world.plan(case)
    await world.decide(plan["id"], REVIEW, key="r")
    async with world.services.work.transaction(Actor.service("test")) as session:
        await decision_notes.write(session, UUID(plan["id"]), world.team, "r", "review", "goes well (synthetic)")
    await world.decide(plan["id"], "hold", reason="custody")
    await world.ok("POST", f"/plans/{plan['id']}/pause", {"until": None, "note": "the wing rings (synthetic)"})
    await world.decide(plan["id"], "close", reason="moved_away")
    back = {"note": "back in town (synthetic)"}
    await world.ok("POST", f"/plans/{plan['id']}/reopen", back, role="supervisor")
    for role in ("worker", "supervisor", "guardian", "clinician"):
        notes = (await world.ok("GET", f"/board/{plan['id']}", role=role))["notes"]
        assert [(each["command"], each["note"]) for each in notes] == [
            ("reopen", "back in town (synthetic)"),
            ("pause", "the wing rings (synthetic)"),
            ("review", "goes well (synthetic)"),
        ]
    [review] = (await world.ok("GET", "/reviews?signed=false", role="supervisor"))["items"]
    assert review["note"] == "goes well (synthetic)", "nobody signs blind"
    [reopened] = await world.ok("GET", f"/cases/{case['id']}/notes")
    assert (reopened["kind"], reopened["note"]) == ("reopened", "back in town (synthetic)")
    await world.refused(404, "GET", f"/board/{plan['id']}", teams=[world.other_team])
    await world.refused(404, "GET", f"/cases/{case['id']}/notes", teams=[world.other_team])


async def test_a_signature_is_taken_back_only_by_who_gave_it(world: World) -> None:
    plan = await world.plan()
    await world.decide(plan["id"], REVIEW)
    [review] = (await world.ok("GET", f"/reviews?plan_id={plan['id']}"))["items"]
    ids = {"ids": [review["id"]]}
    [signed] = await world.ok("POST", "/reviews/sign", ids, role="supervisor")
    assert signed["signed_by"] == "supervisor-1"
    [theirs] = await world.ok("POST", "/reviews/sign", {**ids, "signed": False}, role="supervisor", sub="supervisor-2")
    assert theirs["signed_by"] == "supervisor-1"
    [undone] = await world.ok("POST", "/reviews/sign", {**ids, "signed": False}, role="supervisor")
    assert undone["signed_at"] is None and undone["signed_by"] is None


@pytest.mark.parametrize("way", ["case", "plan"])
async def test_whoever_is_given_one_case_is_told_of_it_and_who_takes_one_is_not(world: World, way: str) -> None:
    plan = await world.plan()
    path = f"/cases/{plan['case_id']}/reassign"
    if way == "case":
        await world.ok("POST", path, {"worker_id": "worker-2"}, role="supervisor")
    else:
        assert (await world.decide(plan["id"], REASSIGN, worker_id="worker-2")).done
    assert await world.tasks(kind="case_given", worker_id="worker-2") == ["case_given"]
    await world.ok("POST", path, {"worker_id": "worker-3"}, sub="worker-3")
    assert await world.tasks(kind="case_given") == [], "they took it themselves"


async def test_whoever_is_given_a_case_is_told_of_it(world: World) -> None:
    person = await world.person()
    case = await world.case(person=person, worker="worker-1")
    assert await world.tasks() == []
    body = {"from_worker": "worker-1", "to_worker": "worker-2", "case_ids": [case["id"]]}
    await world.ok("POST", "/caseloads/transfer", body, role="supervisor")
    assert await world.tasks(worker_id="worker-2") == ["case_given"]
    back = {"from_worker": "worker-2", "to_worker": "worker-1", "case_ids": [case["id"]]}
    await world.ok("POST", "/caseloads/transfer", back, role="supervisor")
    assert await world.tasks(worker_id="worker-2") == []
    assert await world.tasks(worker_id="worker-1") == ["case_given"]


@pytest.mark.parametrize("kind", ["decision", "review", "closing", "reopening", "case"])
async def test_a_note_by_mistake_is_struck_and_what_it_stood_beside_holds(world: World, kind: str) -> None:
    plan = await world.plan()
    case, row_id, words = plan["case_id"], plan["id"], "about somebody else (synthetic)"
    await world.decide(row_id, REVIEW, key="r")
    if kind == "case":
        await world.decide(row_id, "close", reason="moved_away")
        await world.ok("POST", f"/cases/{case}/reopen", {"note": words})
    else:
        command = {"decision": "hold", "closing": "close", "reopening": "reopen"}.get(kind, kind)
        async with world.services.work.transaction(Actor("worker-1", Role.WORKER, (world.team,))) as session:
            await decision_notes.write(session, UUID(row_id), world.team, "r", command, words)

    async def note(role: str = "worker", sub: str = "worker-1") -> dict[str, Any]:
        path = f"/cases/{case}/notes" if kind == "case" else f"/board/{row_id}"
        found = await world.ok("GET", path, role=role, sub=sub)
        [one] = found if kind == "case" else found["notes"]
        return dict(one)

    before = await note()
    assert (before["note"], before["note_struck"], before["may_strike_note"]) == (words, None, True)
    assert not (await note(sub="worker-2"))["may_strike_note"] and not (await note("guardian"))["may_strike_note"]
    path, why = f"/notes/{before['id']}/strike", {"why": "Another person was meant."}
    refused = await world.refused(409, "POST", path, why, sub="worker-2")
    assert refused["rule"] == "not_yours"
    await world.refused(404, "POST", path, why, role="supervisor", teams=[world.other_team])
    await world.refused(403, "POST", path, why, role="guardian")
    struck = await world.ok("POST", path, why)
    # By whomever and however often: struck once, by the first.
    again = await world.ok("POST", path, {"why": "Once more."}, role="supervisor")
    assert again == struck == {**struck, "by": "worker-1", "why": why["why"]}
    after = await note()
    assert {**before, "note": None, "note_struck": struck, "may_strike_note": False} == after
    assert [(await note(role, f"{role}-9"))["note_struck"]["why"] for role in ("supervisor", "guardian")] == [
        why["why"]
    ] * 2
    assert (await note(sub="worker-2"))["note_struck"] == {**struck, "why": None}
    [review] = (await world.ok("GET", f"/reviews?plan_id={row_id}"))["items"]
    assert review["note"] is None and review["at"], "what was decided stands"
