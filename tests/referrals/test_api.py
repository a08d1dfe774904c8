"""The referrals API: drafts, moves, what is shown to whom, clocks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.referrals.activities import ReferralActivities
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.ids import new_id
from tests.referrals.conftest import TOLD, Api, Place
from tests.referrals.stories import Story


def a_draft(place: Place, **more: Any) -> dict[str, Any]:
    return {"person_id": str(new_id()), "service_id": str(place.service_id), "told": TOLD, **more}


async def drafted(api: Api, place: Place, **more: Any) -> dict[str, Any]:
    answer = await api.post("/referrals", a_draft(place, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def sent(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


async def test_a_draft_tells_nobody_anything(api: Api, place: Place) -> None:
    made = await drafted(api, place)
    assert (made["state"], made["sending"], made["stage_entry"]) == ("draft", False, 1)
    assert made["agency_id"] == str(place.agency_id) and len(made["reference"]) == 8
    assert made["legal_moves"] == ["send", "attend", "withdraw"]
    assert made["told"] == TOLD and made["fhir_status"] == "draft"
    read = await api.get(f"/referrals/{made['id']}")
    assert read.headers["etag"] == f'"{made["version"]}"'


async def test_sending_is_approved_now_and_done_by_the_workflow(api: Api, place: Place) -> None:
    made = await drafted(api, place)
    answer = await api.move(made["id"], "send")
    assert answer.status_code == 202 and answer.json()["sending"] and answer.json()["state"] == "draft"
    again = await api.move(made["id"], "send")
    assert again.status_code == 202 and again.json()["version"] == answer.json()["version"]


async def test_a_walk_in_needs_nothing_told_and_cannot_be_sent(api: Api, place: Place) -> None:
    no_words = {key: value for key, value in a_draft(place, walk_in=True).items() if key != "told"}
    made = (await api.post("/referrals", no_words)).json()
    refused = await api.move(made["id"], "send")
    assert refused.status_code == 409 and refused.json()["legal"] == ["attend", "withdraw"]
    attended = await api.move(made["id"], "attend")
    assert attended.status_code == 200 and attended.json()["state"] == "attended"


async def test_what_will_be_sent_must_be_written(api: Api, place: Place) -> None:
    body = {key: value for key, value in a_draft(place).items() if key != "told"}
    answer = await api.post("/referrals", body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "told"
    assert (await api.post("/referrals", {**a_draft(place), "service_id": str(new_id())})).status_code == 404


async def test_the_same_answer_again_changes_nothing_and_others_name_the_legal_moves(api: Api, sent: Story) -> None:
    first = await api.move(sent.id, "accept")
    second = await api.move(sent.id, "accept")
    assert first.status_code == second.status_code == 200
    assert first.json()["version"] == second.json()["version"]
    illegal = await api.move(sent.id, "see")
    assert illegal.status_code == 409
    assert illegal.json()["legal"] == ["waitlist", "book", "attend", "decline", "withdraw"]


async def test_from_booked_through_a_miss_to_treatment_and_the_end(api: Api, sent: Story) -> None:
    at = (clock.now() + timedelta(days=3)).isoformat()
    later = (clock.now() + timedelta(days=9)).isoformat()
    booked = (await api.move(sent.id, "book", appointment={"at": at, "place": "Room 3", "bring": "nothing"})).json()
    appointment = booked["appointment"]
    assert booked["state"] == "booked" and appointment["place"] == "Room 3" and appointment["told_at"] is None
    path = f"/referrals/{sent.id}/appointments/{appointment['id']}/told"
    told = (await api.post(path, how="in_person", by="Sam")).json()
    assert told["appointment"]["told_by"] == "Sam" and told["stage_entry"] == booked["stage_entry"]
    assert (await api.post(path, how="in_person")).status_code == 200
    assert (await api.move(sent.id, "miss")).json()["errors"][0]["field"] == "miss_kind"
    missed = (await api.move(sent.id, "miss", miss_kind="not_told", appointment={"at": later})).json()
    assert (missed["state"], missed["appointment"]["told_at"]) == ("booked", None)
    missed = (await api.move(sent.id, "miss", miss_kind="agency_cancelled")).json()
    assert (missed["state"], missed["appointment"]) == ("accepted", None)
    for name in ("attend", "treat", "complete"):
        assert (await api.move(sent.id, name)).status_code == 200
    read = (await api.get(f"/referrals/{sent.id}")).json()
    assert (read["state"], read["fhir_status"], read["legal_moves"]) == ("completed", "completed", ["reopen"])
    assert (await api.move(sent.id, "reopen")).json()["errors"][0]["field"] == "note"
    again = (await api.move(sent.id, "reopen", note="He came back.")).json()
    assert again["state"] == "draft"
    history = (await api.get(f"/referrals/{sent.id}/history")).json()["items"]
    assert [line["move"] for line in history][-1] == "reopen" and history[-1]["note"] == "He came back."
    assert [line["move"] for line in history][:3] == ["draft", "send_approved", "send"]


async def test_declined_after_acceptance_is_failed(api: Api, sent: Story) -> None:
    await api.move(sent.id, "accept")
    declined = (await api.move(sent.id, "decline", reason="no_capacity")).json()
    assert (declined["state"], declined["ended_reason"], declined["fhir_status"]) == (
        "declined",
        "no_capacity",
        "failed",
    )
    assert (await api.move(sent.id, "decline")).status_code == 200
    assert (await api.move(sent.id, "decline", reason="risk")).status_code == 409


async def test_fields_of_another_move_are_named(api: Api, sent: Story) -> None:
    at = clock.now().isoformat()
    for body, field in (
        ({"move": "see", "until": "2027-01-01"}, "until"),
        ({"move": "see", "appointment": {"at": at}}, "appointment"),
        ({"move": "decline", "reason": "died"}, "reason"),
        ({"move": "book"}, "appointment"),
        ({"move": "see", "occurred_at": (clock.now() + timedelta(hours=1)).isoformat()}, "occurred_at"),
    ):
        answer = await api.post(f"/referrals/{sent.id}/moves", body)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field, answer.text


async def test_a_question_and_a_stall_reason(api: Api, sent: Story) -> None:
    asked = (await api.post(f"/referrals/{sent.id}/question", on=True)).json()
    assert asked["question"] and asked["fhir_status"] == "on-hold" and asked["state"] == "sent"
    same = (await api.post(f"/referrals/{sent.id}/question", on=True)).json()
    assert same["version"] == asked["version"]
    answered = (await api.post(f"/referrals/{sent.id}/question", on=False, note="ground floor")).json()
    assert not answered["question"]
    said = (await api.post(f"/referrals/{sent.id}/stall-reason", reason="they_say_it_never_came")).json()
    assert said["stall_reason"] == "they_say_it_never_came"


async def test_another_team_sees_nothing_and_cannot_tell(api: Api, as_role: Callable[..., Api], sent: Story) -> None:
    other = as_role("worker", teams=[new_id()], sub="worker-2")
    for path in ("", "/history", "/ladder", "/escalations"):
        theirs = await other.get(f"/referrals/{sent.id}{path}")
        nobodys = await other.get(f"/referrals/{new_id()}{path}")
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json()["detail"] == nobodys.json()["detail"]
    assert (await other.move(sent.id, "see")).status_code == 404
    assert (await other.get("/referrals")).json()["items"] == []


async def test_a_program_of_the_agency_answers_for_its_own_and_reads_nothing_told(
    as_role: Callable[..., Api], sent: Story
) -> None:
    theirs = as_role("system", sub=f"agency:{sent.place.agency_id}")
    read = (await theirs.get(f"/referrals/{sent.id}")).json()
    assert read["told"] is None and "withdraw" not in read["legal_moves"]
    assert (await theirs.move(sent.id, "accept")).json()["state"] == "accepted"
    assert (await theirs.move(sent.id, "withdraw", reason="ours")).status_code == 409
    other = as_role("system", sub=f"agency:{new_id()}")
    assert (await other.get(f"/referrals/{sent.id}")).status_code == 404
    assert (await other.get("/referrals")).json()["items"] == []
    assert len((await theirs.get("/referrals")).json()["items"]) == 1


async def test_lists_are_narrowed_and_paged(api: Api, place: Place, sent: Story) -> None:
    made = [await drafted(api, place) for _ in range(3)]
    ours = (await api.get("/referrals", state="draft", limit=2)).json()
    assert [line["id"] for line in ours["items"]] == [made[2]["id"], made[1]["id"]]
    rest = (await api.get("/referrals", state="draft", limit=2, cursor=ours["next_cursor"])).json()
    assert [line["id"] for line in rest["items"]] == [made[0]["id"]] and rest["next_cursor"] is None
    assert "told" not in rest["items"][0]
    by_person = (await api.get("/referrals", person_id=str(sent.person_id))).json()["items"]
    assert [line["id"] for line in by_person] == [str(sent.id)]


async def test_what_happened_comes_in_pages(api: Api, sent: Story) -> None:
    await sent.climb(clock.now() + timedelta(days=12))
    await sent.climb(clock.now() + timedelta(days=25))
    for name in ("accept", "attend", "treat"):
        await api.move(sent.id, name)
    for path, key in (("history", "version"), ("escalations", "fired_at")):
        of = f"/referrals/{sent.id}/{path}"
        whole, pages, cursor = (await api.get(of)).json()["items"], list[dict[str, Any]](), None
        while True:
            page = (await api.get(of, limit=2, **({"cursor": cursor} if cursor else {}))).json()
            pages += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        assert pages == whole and len(whole) > 0
        assert [line[key] for line in whole] == sorted(line[key] for line in whole)


async def test_the_ladder_shows_what_is_done_and_to_come(api: Api, sent: Story) -> None:
    shown = (await api.get(f"/referrals/{sent.id}/ladder")).json()
    assert {each["clock"] for each in shown["clocks"]} == {"any.sent", "any.first_attendance"}
    assert {each["rule_source"] for each in shown["clocks"]} == {"ours"}
    assert {each["outcome"] for each in shown["steps"]} == {"planned"}
    await sent.climb(clock.now() + timedelta(days=12))
    after = (await api.get(f"/referrals/{sent.id}/escalations")).json()["items"]
    assert "fired" in {each["outcome"] for each in after}


async def test_what_would_come_if_it_was_sent_is_what_comes(api: Api, sent: Story) -> None:
    row = await sent.row()
    assert row.sent_at is not None
    shown = (await api.get(f"/referrals/{sent.id}/ladder")).json()["steps"]
    ahead = (await api.get("/clocks/ahead", sent_at=row.sent_at.isoformat())).json()["steps"]

    def step(one: dict[str, Any]) -> tuple[str, ...]:
        return one["at"], one["clock"], one["action"], str(one["repeats_every_working_days"])

    assert sorted(map(step, ahead)) == sorted(map(step, shown)) and len(ahead) > 5
    assert [one["at"] for one in ahead] == sorted(one["at"] for one in ahead)


async def test_without_email_nobody_is_reminded_and_a_pathway_has_its_own_spans(api: Api) -> None:
    def actions(answer: dict[str, Any]) -> set[str]:
        return {one["action"] for one in answer["steps"]}

    assert "remind_agency" in actions((await api.get("/clocks/ahead", pathway="sau")).json())
    silent = (await api.get("/clocks/ahead", pathway="sau", has_email=False)).json()
    assert "remind_agency" not in actions(silent) and "ask_worker" in actions(silent)
    assert "sau.first_intervention" in {one["clock"] for one in silent["steps"]}
    wrong = await api.get("/clocks/ahead", pathway="caseload")
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "pathway"


async def test_what_would_come_is_by_the_rules_of_ones_own_team(api: Api, as_role: Callable[..., Api]) -> None:
    before = (await api.get("/clocks/ahead")).json()["steps"]
    body = {"length": {"n": 9, "unit": "working_days"}, "source": "agreed with the team"}
    assert (await as_role("supervisor").put("/clocks/any.sent", '"1"', **body)).status_code == 200
    after = (await api.get("/clocks/ahead")).json()["steps"]
    elsewhere = (await as_role("worker", teams=[new_id()]).get("/clocks/ahead")).json()["steps"]
    assert len(after) == len(before) == len(elsewhere)
    assert [one["at"] for one in after] != [one["at"] for one in before]
    assert "agreed with the team" in {one["rule_source"] for one in after}
    assert "agreed with the team" not in {one["rule_source"] for one in elsewhere}


async def test_a_call_through_a_worker_is_one_request(api: Api, sent: Story) -> None:
    nobody = (await api.post(f"/referrals/{sent.id}/replies", outcome="nobody")).json()
    assert not nobody["changed"]
    spoke = (await api.post(f"/referrals/{sent.id}/replies", outcome="spoke", said={"answer": "accept"})).json()
    assert spoke["changed"] and spoke["state"] == "accepted"
    history = (await api.get(f"/referrals/{sent.id}/history")).json()["items"]
    assert (history[-1]["by"], history[-1]["channel"]) == ("agency", "phone")


async def test_they_say_it_never_came(api: Api, sent: Story) -> None:
    heard = (await api.post(f"/referrals/{sent.id}/replies", outcome="never_got_it")).json()
    assert heard["state"] == "undeliverable"
    assert (await api.move(sent.id, "resend")).json()["sending"]


async def test_clocks_have_sources_and_a_change_is_a_version(
    api: Api, as_role: Callable[..., Api], sent: Story, db: Database
) -> None:
    clocks = (await api.get("/clocks")).json()
    assert all(each["source"] for each in clocks)
    one = await api.get("/clocks/any.sent")
    assert one.json()["length"] == {"n": 5, "unit": "working_days"} and one.headers["etag"] == '"1"'
    body = {"length": {"n": 3, "unit": "working_days"}, "source": "agreed with the team"}
    assert (await api.put("/clocks/any.sent", '"1"', **body)).status_code == 403
    supervisor = as_role("supervisor")
    changed = await supervisor.put("/clocks/any.sent", '"1"', **body)
    assert (changed.status_code, changed.json()["version"], changed.json()["ours"]) == (200, 2, True)
    assert (await supervisor.put("/clocks/any.sent", '"1"', **body)).status_code == 412
    before = (await sent.position()).ladder.opening("any.sent")
    await sent.look()
    assert before is not None and before.rule_version == 1
    fresh = await Story(db, sent.activities, sent.worker, sent.place).sent()
    opening = (await fresh.position()).ladder.opening("any.sent")
    assert opening is not None and opening.rule_version == 2
    elsewhere = as_role("worker", teams=[new_id()])
    assert (await elsewhere.get("/clocks/any.sent")).json()["version"] == 1
    broken = await supervisor.put("/clocks/any.sent", '"2"', ladder="off", source="ours")
    assert broken.status_code == 422 and broken.json()["errors"][0]["field"] == "off_reason"
