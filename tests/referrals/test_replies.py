"""Answers by link and typed code: nothing by opening, no name, one move by pressing."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.referrals.activities import ReferralActivities
from services.referrals.codes import Move
from services.referrals.outbound import secrets, tokens
from services.referrals.reply import service as replies
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.events.referrals import AppointmentConfirmed, ReferralMoved
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


async def test_who_has_not_read_how_the_person_may_be_reached_proposes(stranger: Stranger) -> None:
    at = {"at": (clock.now() + timedelta(days=4)).isoformat(), "place": "Room 3"}
    [line] = (await stranger.post("/open", **stranger.link)).json()["referrals"]
    assert not line["read"]
    booked = await stranger.post("", answer="book", appointment=at, **stranger.link)
    assert booked.json()["state"] == "booked" and booked.json()["proposed"], "nobody has read it yet"
    stop = await stranger.post("", answer="may_not_say", **stranger.link)
    assert stop.json()["changed"] and "attend" not in stop.json()["answers"]
    assert (await stranger.post("", answer="attend", **stranger.link)).status_code == 409


async def test_guesses_of_the_second_step_run_out(stranger: Stranger) -> None:
    statuses = [(await stranger.post("/told", second_step="ZZZZZZ", **stranger.link)).status_code for _ in range(12)]
    assert statuses[0] == 403 and statuses[-1] == 429


async def test_a_question_and_never_got_it(stranger: Stranger, sent: Story) -> None:
    asked = (await stranger.post("", answer="question", **stranger.link)).json()
    assert asked["state"] == "sent" and (await sent.row()).question_since is not None
    [line] = (await stranger.post("/open", **stranger.link)).json()["referrals"]
    assert line["question"] and datetime.fromisoformat(line["we_answer_by"]) > clock.now()
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
    await sent.move(Move.WITHDRAW, by="worker-1", reason="person_declined")
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


async def test_a_booking_by_the_link_alone_is_proposed_until_the_service_is_rung(
    stranger: Stranger, sent: Story, api: Api
) -> None:
    at = (clock.now() + timedelta(days=4)).isoformat()
    asked = {"answer": "book", "appointment": {"at": at, "place": "Room 3"}, "safe_contact_confirmed": True}
    booked = await stranger.post("", **asked, **stranger.link)
    assert (booked.json()["state"], booked.json()["proposed"]) == ("booked", True)
    # Whoever holds the link reads no time of it.
    opened = await stranger.post("/open", **stranger.link)
    assert at[:16] not in opened.text and "appointment_at" not in opened.text
    shown = (await api.get(f"/referrals/{sent.id}")).json()
    assert shown["appointment"]["proposed"] and "ring the service" in shown["explanation"]["waiting_for"]
    assert (await sent.events(ReferralMoved))[-1].proposed
    path = f"/referrals/{sent.id}/appointments/{shown['appointment']['id']}"
    early = await api.post(f"{path}/told", how="phone")
    assert early.status_code == 409 and early.json()["rule"] == "proposed"
    for _ in range(2):
        confirmed = (await api.post(f"{path}/confirmed", note="spoke to Nadia (synthetic)")).json()
        assert not confirmed["appointment"]["proposed"]
    [told] = await sent.events(AppointmentConfirmed)
    assert str(told.appointment_id) == shown["appointment"]["id"]
    lines = (await api.get(f"/referrals/{sent.id}/history")).json()["items"]
    assert [line["note"] for line in lines if line["move"] == "confirmed"] == ["spoke to Nadia (synthetic)"]
    assert (await api.post(f"{path}/told", how="phone")).status_code == 200


async def test_the_board_is_told_when_an_appointment_passes_that_was_not_confirmed_or_told(
    stranger: Stranger, sent: Story, api: Api
) -> None:
    """What it waits for is another thing from that instant on, though no step falls due then."""
    at = clock.now() + timedelta(hours=1)
    appointment = {"at": at.isoformat(), "place": "Room 3"}
    asked = {"answer": "book", "appointment": appointment, "safe_contact_confirmed": True}
    await stranger.post("", **asked, **stranger.link)
    before, after = at - timedelta(seconds=1), at + timedelta(seconds=1)

    async def wakes_then() -> bool:
        await sent.look()
        await sent.climb(clock.now())  # what is asked of the worker at once
        views = [await sent.look(when) for when in (before, after)]
        first, then = (view.row.waiting_for for view in views)
        assert (first != then) is (views[0].wake_at == at), (first, then, views[0].wake_at, at)
        return first != then

    assert await wakes_then(), "proposed"
    shown = (await api.get(f"/referrals/{sent.id}")).json()
    path = f"/referrals/{sent.id}/appointments/{shown['appointment']['id']}"
    await api.post(f"{path}/confirmed")
    assert await wakes_then(), "not told"
    await api.post(f"{path}/told", how="phone")
    assert not await wakes_then(), "nothing changes then"


@pytest.mark.parametrize("read", ["this", "another", "none"])
async def test_only_who_read_how_the_person_may_be_reached_books_outright(
    stranger: Stranger, sent: Story, db: Database, read: str
) -> None:
    """Read over this very link; over another link of the same referral it may have been somebody else."""
    row = await sent.row()
    async with db.transaction(Actor.service("test")) as session:
        grant = await tokens.find(session, stranger.link["token"])
        assert grant is not None
        if read != "none":
            for _ in range(2):
                await replies.was_read(session, grant if read == "this" else replace(grant, grant_id=new_id()), row)
    [line] = (await stranger.post("/open", **stranger.link)).json()["referrals"]
    assert line["read"] is (read == "this")
    at = {"at": (clock.now() + timedelta(days=4)).isoformat()}
    if read == "this":
        refused = await stranger.post("", answer="book", appointment=at, **stranger.link)
        assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "safe_contact_confirmed"
    booked = await stranger.post("", answer="book", appointment=at, safe_contact_confirmed=True, **stranger.link)
    assert booked.json()["proposed"] is (read != "this")
    moved = {"at": (clock.now() + timedelta(days=6)).isoformat()}
    again = await stranger.post("", answer="rebook", appointment=moved, safe_contact_confirmed=True, **stranger.link)
    assert again.json()["proposed"] is (read != "this")


async def test_our_answer_stands_behind_the_second_code_and_is_never_empty(
    stranger: Stranger, sent: Story, api: Api, db: Database
) -> None:
    async def behind() -> tuple[str | None, str | None]:
        async with db.transaction(Actor.service("test")) as session:
            found = await replies.behind_the_code(session, await sent.row())
        return found["question"], found["answer"]

    path = f"/referrals/{sent.id}/question"
    await stranger.post("", answer="question", note="which language?", **stranger.link)
    await stranger.post("", answer="question", note="and which floor?", **stranger.link)
    assert await behind() == ("which language?\nand which floor?", None)
    empty = await api.post(path, on=False)
    assert empty.status_code == 422 and empty.json()["errors"][0]["field"] == "note"
    assert (await sent.row()).question_since is not None, "their time does not run again for nothing"
    assert (await api.post(path, on=False, note="English is fine")).status_code == 200
    assert await behind() == ("which language?\nand which floor?", "English is fine")
    await stranger.post("", answer="question", note="is there a lift?", **stranger.link)
    assert await behind() == ("is there a lift?", None), "the last question, not an answer to another"
