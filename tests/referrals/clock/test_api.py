"""Rules over the API: who changed one and when, a look at what a change does, and the way back."""

from collections.abc import Callable
from typing import Any

from shared.ids import new_id
from tests.referrals.conftest import Api

AsRole = Callable[..., Api]
SHORTER: dict[str, Any] = {
    "length": {"n": 3, "unit": "working_days"},
    "ladder": [{"action": "ask_worker", "when": "at"}],
    "source": "agreed with the team",
}


async def test_a_preview_shows_both_and_changes_nothing(as_role: AsRole, db: object) -> None:
    supervisor = as_role("supervisor")
    found = (await supervisor.post("/clocks/any.sent/preview", **SHORTER)).json()
    assert found["version"] == 1
    assert (found["before"]["working_days"], found["after"]["working_days"]) == (5, 3)
    assert [step["action"] for step in found["after"]["steps"]] == ["ask_worker"]
    assert found["before"]["opened_at"] == found["after"]["opened_at"]
    assert (await supervisor.get("/clocks/any.sent")).json()["version"] == 1
    assert (await as_role("worker").post("/clocks/any.sent/preview", **SHORTER)).status_code == 403
    refused = await supervisor.post("/clocks/any.sent/preview", ladder="off", source="ours")
    assert [one["field"] for one in refused.json()["errors"]] == ["off_reason"]


async def test_a_version_says_who_made_it_and_the_default_can_be_had_again(as_role: AsRole, db: object) -> None:
    supervisor = as_role("supervisor", sub="supervisor-1")
    first = (await supervisor.get("/clocks/any.undeliverable")).json()
    assert (first["changed_by"], first["as_default"], first["ours"], first["fixed"]) == ("system", True, False, "")
    body = {"length": {"n": 4, "unit": "hours"}, "source": "agreed"}
    changed = (await supervisor.put("/clocks/any.undeliverable", '"1"', **body)).json()
    assert (changed["changed_by"], changed["as_default"], changed["ours"]) == ("supervisor-1", False, True)
    both = await supervisor.put("/clocks/any.undeliverable", '"2"', as_default=True, **body)
    assert both.json()["errors"][0]["field"] == "as_default"
    seen = (await supervisor.post("/clocks/any.undeliverable/preview", as_default=True)).json()
    assert seen["after"] == (await supervisor.get("/clocks/any.undeliverable/example", version=1)).json()
    back = (await supervisor.put("/clocks/any.undeliverable", '"2"', as_default=True)).json()
    assert (back["version"], back["as_default"], back["length"]) == (3, True, {"n": 0, "unit": "same_day"})
    numbers = [one["version"] for one in (await supervisor.get("/clocks/any.undeliverable/versions")).json()]
    assert numbers == [1, 2, 3]


async def test_a_source_is_said_with_every_change(as_role: AsRole, db: object) -> None:
    body = {"length": {"n": 3, "unit": "days"}}
    refused = await as_role("supervisor").put("/clocks/tb.imaging", '"1"', **body)
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "source"
    cited = await as_role("supervisor").put(
        "/clocks/tb.imaging", '"1"', **body, source="NICE QS141", source_kind="cited"
    )
    assert (cited.json()["source"], cited.json()["source_kind"]) == ("NICE QS141", "cited")


async def test_the_example_of_a_version(as_role: AsRole, api: Api, db: object) -> None:
    await as_role("supervisor").put("/clocks/any.sent", '"1"', **SHORTER)
    now, then = await api.get("/clocks/any.sent/example"), await api.get("/clocks/any.sent/example", version=1)
    assert (now.json()["working_days"], then.json()["working_days"]) == (3, 5)
    assert (await api.get("/clocks/any.sent/example", version=9)).status_code == 404
    assert (await api.get("/clocks/any.draft/example")).json() is None
    elsewhere = as_role("worker", teams=[new_id()])
    assert (await elsewhere.get("/clocks/any.sent/example", version=2)).status_code == 404
