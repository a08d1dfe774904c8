"""Answers by link and typed code: nothing by opening, no name, one move by pressing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.referrals.activities import ReferralActivities
from services.referrals.message import secrets
from services.referrals.referral.words import Move
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.ids import new_id
from tests.referrals.conftest import Api, Place
from tests.referrals.stories import Story
from tests.referrals.world import mailed


class Stranger:
    """Somebody at the agency: no account, a link and a code."""

    def __init__(self, http: httpx.AsyncClient, message_id: UUID) -> None:
        self.http = http
        self.link, self.code = {"token": secrets.token(message_id)}, {"code": secrets.code(message_id)}

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"/replies{path}", json=body, headers={"Idempotency-Key": str(new_id())})


@pytest.fixture
async def sent(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


@pytest.fixture
async def stranger(sent: Story, http: httpx.AsyncClient) -> Stranger:
    return Stranger(http, await mailed(sent))


async def test_opening_shows_what_is_asked_and_changes_nothing(stranger: Stranger, sent: Story) -> None:
    before = (await sent.row()).version
    for key in (stranger.link, stranger.code):
        answer = await stranger.post("/open", **key)
        assert answer.status_code == 200
        [line] = answer.json()["referrals"]
        assert line["reference"] == (await sent.row()).reference
        assert line["asked"] == "have you seen it?" and line["answer_by"] is not None
        assert {"see", "accept", "book", "decline", "question", "never_got_it"} <= set(line["answers"])
        assert "withdraw" not in line["answers"] and "Tom" not in answer.text
    assert (await sent.row()).version == before


async def test_an_answer_is_one_move_by_the_agency(stranger: Stranger, sent: Story, api: Api) -> None:
    first = (await stranger.post("", answer="accept", **stranger.link)).json()
    again = (await stranger.post("", answer="accept", **stranger.code)).json()
    assert (first["state"], first["changed"], again["changed"]) == ("accepted", True, False)
    history = (await api.get(f"/referrals/{sent.id}/history")).json()["items"]
    assert (history[-1]["by"], history[-1]["channel"]) == ("agency", "link")
    illegal = await stranger.post("", answer="see", **stranger.link)
    assert illegal.status_code == 409 and "decline" in illegal.json()["legal"]


async def test_booking_confirms_how_he_may_be_reached(stranger: Stranger) -> None:
    at = {"at": (clock.now() + timedelta(days=4)).isoformat(), "place": "Room 3"}
    refused = await stranger.post("", answer="book", appointment=at, **stranger.link)
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "safe_contact_confirmed"
    booked = await stranger.post("", answer="book", appointment=at, safe_contact_confirmed=True, **stranger.link)
    assert booked.json()["state"] == "booked"
    stop = await stranger.post("", answer="may_not_say", **stranger.link)
    assert stop.json()["changed"] and "attend" not in stop.json()["answers"]
    assert (await stranger.post("", answer="attend", **stranger.link)).status_code == 409


async def test_guesses_of_the_second_step_run_out(stranger: Stranger) -> None:
    statuses = [(await stranger.post("/told", second_step="ZZZZZZ", **stranger.link)).status_code for _ in range(12)]
    assert statuses[0] == 403 and statuses[-1] == 429


async def test_a_question_and_never_got_it(stranger: Stranger, sent: Story) -> None:
    asked = (await stranger.post("", answer="question", **stranger.link)).json()
    assert asked["state"] == "sent" and (await sent.row()).question_since is not None
    lost = (await stranger.post("", answer="never_got_it", **stranger.link)).json()
    assert lost["state"] == "undeliverable"


async def test_a_dead_link_says_how_to_get_a_fresh_one(sent: Story, http: httpx.AsyncClient) -> None:
    stranger = Stranger(http, await mailed(sent, timedelta(seconds=-1)))
    dead = await stranger.post("/open", **stranger.link)
    assert dead.status_code == 410 and "/replies/fresh" in dead.json()["detail"] and dead.json()["rule"] == "expired"
    fresh = await stranger.post("/fresh", **stranger.link)
    assert fresh.status_code == 202 and fresh.json()["sent"]


async def test_a_bare_reference_sends_a_fresh_link_and_tells_nothing(
    stranger: Stranger, sent: Story, http: httpx.AsyncClient, api: Api
) -> None:
    reference = (await sent.row()).reference
    answers = [await stranger.post("/fresh", reference=each) for each in (reference.lower(), "ZZZZZZZZ")]
    assert [each.status_code for each in answers] == [202, 202]
    assert answers[0].content == answers[1].content and answers[0].json()["sent"] is None
    [mail] = (await api.get("/messages", referral_id=sent.id, kind="fresh_link")).json()["items"]
    assert [item["referral_id"] for item in mail["items"]] == [str(sent.id)]
    neither = await stranger.post("/fresh")
    assert neither.status_code == 422 and neither.json()["errors"][0]["rule"] == "one_of"


async def test_an_ending_closes_the_link(stranger: Stranger, sent: Story) -> None:
    await sent.move(Move.WITHDRAW, by="worker-1", reason="he_said_no")
    for path in ("/open", "/fresh"):
        gone = await stranger.post(path, **stranger.link)
        assert gone.status_code == 410 and "Tom" not in gone.text
    assert (await stranger.post("", answer="accept", **stranger.link)).status_code == 410


async def test_no_link_of_ours_is_nothing_here(http: httpx.AsyncClient, db: Database) -> None:
    stranger = Stranger(http, new_id())
    for path, body in (("/open", {}), ("", {"answer": "see"}), ("/fresh", {}), ("/told", {"second_step": "ABCDEF"})):
        assert (await stranger.post(path, **body, **stranger.link)).status_code == 404
    both = await stranger.post("/open", **stranger.link, **stranger.code)
    assert both.status_code == 422 and both.json()["errors"][0]["field"] == "code"
    assert stranger.link["token"] not in both.text


async def test_what_they_need_of_us_is_told_apart_and_more_of_it_is_kept(
    stranger: Stranger, sent: Story, api: Api
) -> None:
    ring = (await stranger.post("", answer="ring_me", **stranger.link)).json()
    assert ring["changed"] and ring["state"] == "sent" and (await sent.row()).question_since is not None
    more = (await stranger.post("", answer="question", note="which floor? (synthetic)", **stranger.link)).json()
    same = (await stranger.post("", answer="question", **stranger.link)).json()
    assert (more["changed"], same["changed"]) == (True, False)
    asked, added = (await api.get(f"/referrals/{sent.id}/history")).json()["items"][-2:]
    assert (asked["move"], asked["reason"]) == ("question", "ring_me")
    assert (added["move"], added["note"], added["by"]) == ("question_more", "which floor? (synthetic)", "agency")


async def test_their_own_reference_is_kept_sealed_and_shown_again(stranger: Stranger, sent: Story, api: Api) -> None:
    named = await stranger.post("", answer="see", their_reference="Tom", **stranger.link)
    assert named.status_code == 422 and named.json()["errors"][0]["field"] == "their_reference"
    assert (await stranger.post("", answer="see", their_reference="HT/2041-7", **stranger.link)).json()["changed"]
    again = await stranger.post("", answer="see", their_reference="HT/2041-7", **stranger.link)
    assert not again.json()["changed"]
    [line] = (await stranger.post("/open", **stranger.code)).json()["referrals"]
    assert (line["their_reference"], line["state"]) == ("HT/2041-7", "acknowledged")
    assert "cannot_reach" in line["answers"]
    assert (await api.get(f"/referrals/{sent.id}")).json()["their_reference"] == "HT/2041-7"
    row = await sent.row()
    assert row.their_reference_sealed is not None and b"2041" not in row.their_reference_sealed
