"""What the agency will be told can be changed until somebody approves it; and what a page showed may be insisted on."""

from typing import Any

import httpx
import pytest

from shared.ids import new_id
from tests.referrals.conftest import TOLD, Api, Place

LESS = {"safe_contact": "Only through us.", "need": "a bed"}


@pytest.fixture
async def draft(api: Api, place: Place) -> dict[str, Any]:
    body = {"person_id": str(new_id()), "service_id": str(place.service_id), "told": TOLD, "about": ["health"]}
    return (await api.post("/referrals", body)).json()


async def test_a_draft_is_told_anew_and_whole(api: Api, draft: dict[str, Any]) -> None:
    path = f"/referrals/{draft['id']}/told"
    changed = await api.put(path, f'"{draft["version"]}"', told=LESS, about=["accommodation"])
    assert changed.status_code == 200, changed.text
    assert (changed.json()["told"], changed.json()["about"]) == (LESS, ["accommodation"])
    assert changed.headers["etag"] == f'"{changed.json()["version"]}"' != f'"{draft["version"]}"'
    history = (await api.get(f"/referrals/{draft['id']}/history")).json()["items"]
    assert [line["move"] for line in history] == ["draft", "told_changed"]
    stale = await api.put(path, f'"{draft["version"]}"', told=TOLD)
    assert stale.status_code == 412
    assert (await api.get(f"/referrals/{draft['id']}")).json()["told"] == LESS


async def test_what_was_approved_is_kept_as_it_was(api: Api, draft: dict[str, Any]) -> None:
    sending = (await api.move(draft["id"], "send")).json()
    refused = await api.put(f"/referrals/{draft['id']}/told", f'"{sending["version"]}"', told=LESS)
    assert refused.status_code == 409 and refused.json()["rule"] == "sent"
    assert (await api.get(f"/referrals/{draft['id']}")).json()["told"] == TOLD


async def test_a_walk_in_tells_nothing(api: Api, place: Place) -> None:
    body = {"person_id": str(new_id()), "service_id": str(place.service_id), "walk_in": True}
    made = (await api.post("/referrals", body)).json()
    refused = await api.put(f"/referrals/{made['id']}/told", f'"{made["version"]}"', told=LESS)
    assert refused.status_code == 409 and refused.json()["rule"] == "walk_in"


async def test_a_move_may_insist_on_what_was_seen(api: Api, draft: dict[str, Any]) -> None:
    async def withdraw(seen: int, key: str) -> httpx.Response:
        headers = {**api.headers, "Idempotency-Key": key, "If-Match": f'"{seen}"'}
        body = {"move": "withdraw", "reason": "ours"}
        return await api.client.post(f"/referrals/{draft['id']}/moves", json=body, headers=headers)

    moved = (await api.put(f"/referrals/{draft['id']}/told", f'"{draft["version"]}"', told=LESS)).json()
    assert (await withdraw(draft["version"], "one")).status_code == 412
    assert (await api.get(f"/referrals/{draft['id']}")).json()["state"] == "draft"
    first, again = await withdraw(moved["version"], "two"), await withdraw(moved["version"], "two")
    assert first.status_code == again.status_code == 200 and first.json() == again.json()


async def test_a_call_may_insist_on_what_was_seen(api: Api, draft: dict[str, Any]) -> None:
    headers = {**api.headers, "Idempotency-Key": "three", "If-Match": '"99"'}
    path = f"/referrals/{draft['id']}/replies"
    assert (await api.client.post(path, json={"outcome": "nobody"}, headers=headers)).status_code == 412
