"""A note in a referral's history that was written by mistake is struck; what happened stands."""

from typing import Any

import httpx
import pytest

from services.referrals.activities import ReferralActivities
from services.referrals.referral.position import locked
from services.referrals.reply import service as replies
from shared.context import Actor
from shared.db.session import Database
from shared.ids import new_id
from tests.referrals.conftest import Api, Place
from tests.referrals.stories import Story
from tests.referrals.test_replies import Stranger
from tests.referrals.world import mailed

WHY = {"why": "Another person was meant."}


@pytest.fixture
async def sent(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


async def newest(api: Api, story: Story) -> dict[str, Any]:
    return dict((await api.get(f"/referrals/{story.id}/history")).json()["items"][-1])


async def test_a_note_by_mistake_is_struck_and_its_answer_holds(api: Api, sent: Story, as_role: Any) -> None:
    words = "About Sam (synthetic)."
    said = {"outcome": "spoke", "said": {"answer": "decline", "reason": "no_capacity"}, "note": words}
    assert (await api.post(f"/referrals/{sent.id}/replies", said)).is_success
    before = await newest(api, sent)
    assert (before["note"], before["may_strike_note"]) == (words, True)
    path, colleague = f"/notes/{before['id']}/strike", as_role("worker", sub="worker-2")
    assert not (await newest(colleague, sent))["may_strike_note"]
    assert (await colleague.post(path, WHY)).json()["rule"] == "not_yours"
    for other, status in (("guardian", 403), ("system", 403), ("commissioner", 403)):
        assert (await as_role(other).post(path, WHY)).status_code == status
    assert (await as_role("supervisor", teams=[new_id()]).post(path, WHY)).status_code == 404
    struck = (await api.post(path, WHY)).json()
    assert (struck["by"], struck["why"]) == ("worker-1", WHY["why"])
    assert (await as_role("supervisor").post(path, {"why": "Once more."})).json() == struck
    assert await newest(api, sent) == {**before, "note": None, "note_struck": struck, "may_strike_note": False}
    assert (await newest(colleague, sent))["note_struck"] == {**struck, "why": None}
    assert (await newest(as_role("guardian"), sent))["note_struck"] == struck
    assert (await api.get(f"/referrals/{sent.id}")).json()["state"] == "declined"


async def test_what_a_service_wrote_is_the_supervisors_to_strike(
    http: httpx.AsyncClient, api: Api, sent: Story, as_role: Any
) -> None:
    stranger = Stranger(http, await mailed(sent))
    await stranger.post("", answer="question", note="Is it Sam? (synthetic)", **stranger.link)
    line = await newest(api, sent)
    assert (line["note"], line["may_strike_note"]) == ("Is it Sam? (synthetic)", False)
    assert (await api.post(f"/notes/{line['id']}/strike", WHY)).status_code == 409
    assert (await as_role("supervisor").post(f"/notes/{line['id']}/strike", WHY)).is_success
    # A line without words has none to strike.
    await stranger.post("", answer="see", **stranger.link)
    bare = await newest(as_role("supervisor"), sent)
    assert bare["note"] is None and not bare["may_strike_note"]
    assert (await as_role("supervisor").post(f"/notes/{bare['id']}/strike", WHY)).status_code == 404


async def test_a_struck_answer_of_ours_is_read_by_the_service_no_more(
    http: httpx.AsyncClient, api: Api, sent: Story
) -> None:
    stranger = Stranger(http, await mailed(sent))
    await stranger.post("", answer="question", note="Which door?", **stranger.link)
    await api.post(f"/referrals/{sent.id}/question", on=False, note="Sam's address (synthetic).")

    async def read() -> tuple[str | None, str | None]:
        async with sent.db.transaction(sent.worker) as session:
            row = await locked(session, sent.id)
            assert row is not None
            shown = await replies.behind_the_code(session, row)
            return shown["question"], shown["answer"]

    assert await read() == ("Which door?", "Sam's address (synthetic).")
    assert (await api.post(f"/notes/{(await newest(api, sent))['id']}/strike", WHY)).is_success
    assert await read() == ("Which door?", None)
