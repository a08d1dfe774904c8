"""A service's own program answers with a key: about what was sent to its service, in the words of that service."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.referrals.activities import ReferralActivities
from shared import clock
from shared.access import programs
from shared.context import Actor
from shared.db.session import Database
from shared.http.program_keys import digest
from shared.ids import new_id
from tests.referrals.conftest import Api, Place
from tests.referrals.stories import Story

MakeKey = Callable[..., Awaitable[str]]


@pytest.fixture
async def sent(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


@pytest.fixture
def key_for(http: httpx.AsyncClient, as_role: Callable[..., Api], team_id: UUID) -> MakeKey:
    """`await key_for(agency)`: the only key that referrals knows from then on, of that agency's program."""
    console = as_role("system", sub="program:console")

    async def make(agency: UUID, **more: Any) -> str:
        key = programs.new_key()
        known = {
            "id": str(new_id()), "digest": digest(key).hex(), "program_id": str(new_id()), "name": "their-records",
            "scopes": ["service_answers"], "teams": [str(team_id)], "agency_id": str(agency),
            "expires_at": (clock.real() + timedelta(days=30)).isoformat(), **more,
        }  # fmt: skip
        answer = await console.post("/programs", keys=[known])
        assert answer.status_code == 200, answer.text
        return key

    return make


async def test_a_services_program_answers_for_its_own_and_reads_nothing_told(
    http: httpx.AsyncClient, api: Api, key_for: MakeKey, make_place: Any, sent: Story,
    db: Database, activities: ReferralActivities, worker: Actor,
) -> None:  # fmt: skip
    elsewhere = await Story(db, activities, worker, await make_place(email="other@example.org")).sent()
    theirs = Api(http, await key_for(sent.place.agency_id))
    assert [line["id"] for line in (await theirs.get("/referrals")).json()["items"]] == [str(sent.id)]
    read = (await theirs.get(f"/referrals/{sent.id}")).json()
    assert read["told"] is None and "accept" in read["legal_moves"] and "withdraw" not in read["legal_moves"]
    asked = await theirs.post(f"/referrals/{sent.id}/question", on=True, note="Is an interpreter needed?")
    assert asked.status_code == 200, asked.text
    assert (await theirs.move(sent.id, "accept")).json()["state"] == "accepted"
    # The history says that the service answered, and through what.
    [line] = [
        each for each in (await api.get(f"/referrals/{sent.id}/history")).json()["items"] if each["move"] == "accept"
    ]
    assert (line["by"], line["channel"]) == ("agency", "api"), line
    assert (await theirs.move(sent.id, "withdraw", reason="ours")).status_code == 409
    for refused in (await theirs.get(f"/referrals/{elsewhere.id}"), await theirs.move(elsewhere.id, "accept")):
        assert refused.status_code == 404
    assert (await elsewhere.row()).state == "sent"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/referrals", {}),
        ("/referrals/{}/decisions", {}),
        ("/inbound-mail", {}),
    ],
)
async def test_a_services_program_does_nothing_else(
    http: httpx.AsyncClient, key_for: MakeKey, sent: Story, path: str, body: dict[str, Any]
) -> None:
    theirs = Api(http, await key_for(sent.place.agency_id))
    assert (await theirs.post(path.format(sent.id), body)).status_code == 403


async def test_a_program_of_another_team_or_whose_key_ended_reaches_nothing(
    http: httpx.AsyncClient, key_for: MakeKey, sent: Story
) -> None:
    strangers = Api(http, await key_for(sent.place.agency_id, teams=[str(new_id())]))
    assert (await strangers.get(f"/referrals/{sent.id}")).status_code == 404
    assert (await strangers.move(sent.id, "accept")).status_code == 404
    ended = Api(http, await key_for(sent.place.agency_id, expires_at=(clock.real() - timedelta(days=1)).isoformat()))
    assert (await ended.move(sent.id, "accept")).status_code == 401
    assert (await sent.row()).state == "sent"
