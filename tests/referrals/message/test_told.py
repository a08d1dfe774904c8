"""What an agency reads about the person is a disclosure: permitted at that moment, and written down."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.referrals.message import permits, secrets
from services.referrals.referral.words import Move
from shared import clock
from shared.practice.calendar import local_day
from tests.referrals.conftest import TOLD, Place
from tests.referrals.message.post import Post, token_in
from tests.referrals.stories import Story
from workflows.contracts import PermitRequest, SendReferral


class Reader:
    """Somebody at the agency who has the link of the mail and was read the second code."""

    def __init__(self, http: httpx.AsyncClient, post: Post, story: Story) -> None:
        self.http, self.token, self.story = http, token_in(post.mails()[0]), story

    async def read(self, second_step: str | None = None) -> httpx.Response:
        right = secrets.second_step(self.story.id, local_day(clock.now()))
        return await self.http.post("/replies/told", json={"token": self.token, "second_step": second_step or right})


def drafted(post: Post, place: Place, person: str) -> Story:
    story = Story(post.db, post.activities, post.worker, place)
    story.person_id = UUID(person)
    return story


async def permitted(post: Post, story: Story) -> Story:
    """Sent as its workflow sends it: on a permit that intake gave for just this."""
    await story.draft()
    await story.move(Move.SEND)
    order = (await story.look()).send
    assert order is not None
    asked = PermitRequest(order.request_id, str(story.id), order.person_id, order.agency_id, "send", order.team_id)
    permit = await post.intake.activities.request_permit(asked)
    assert (await story.activities.send_referral(SendReferral(str(story.id), permit))).outcome == "sent"
    await post.intake.confirm(permit)
    return story


async def reader(app: FastAPI, http: httpx.AsyncClient, post: Post, story: Story) -> Reader:
    """The mail of a referral has arrived."""
    app.state.services.temporal = post.temporal
    assert await post.mailer().round() == ["sent"]
    return Reader(http, post, story)


async def told_of(post: Post, story: Story) -> list[str]:
    """For what intake has written down that the agency was told of him."""
    rows = await post.intake.rows("SELECT purpose FROM disclosures WHERE referral_id = :id", id=story.id)
    return [row[0] for row in rows]


async def test_reading_needs_the_second_step_and_is_written_down(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    agency = await reader(app, http, post, await post.story(place))
    wrong = await agency.read("ZZZZZZ")
    assert wrong.status_code == 403 and "Tom" not in wrong.text
    assert await told_of(post, agency.story) == []
    read = await agency.read()
    assert read.status_code == 200 and read.json()["told"] == TOLD
    assert next(iter(read.json()["told"])) == "safe_contact", "how he may be reached comes first"
    assert (await agency.read()).status_code == 200
    assert await told_of(post, agency.story) == ["show", "show"], "each reading is one of its own"


async def test_a_withdrawal_closes_the_content_before_its_event_has_arrived(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    agency = await reader(app, http, post, await post.story(place))
    await post.withdraw(agency.story)  # and no event: NATS is away
    refused = await agency.read()
    assert refused.status_code == 409 and refused.json()["rule"] == "not_permitted"
    assert "ring us" in refused.json()["detail"] and not any(word in refused.text for word in ("Tom", "withdr"))
    assert await told_of(post, agency.story) == []


@pytest.mark.parametrize("path", ["/people/{person}/said-no", "/people/{person}/died"])
async def test_so_does_his_no_and_his_death(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place, path: str
) -> None:
    agency = await reader(app, http, post, await post.story(place))
    await post.intake.ok("POST", path.format(person=agency.story.person_id), {}, status=200)
    refused = await agency.read()
    assert refused.status_code == 409 and not any(word in refused.text for word in ("Tom", "died", "said no"))


async def test_once_his_consent_has_expired_nothing_new_is_told(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    story = drafted(post, place, await post.intake.person())
    until = (clock.now() + timedelta(hours=1)).isoformat()
    await post.intake.consent(str(story.person_id), place.agency_id, expires_at=until)
    agency = await reader(app, http, post, await permitted(post, story))
    assert (await agency.read()).status_code == 200
    post.travel(timedelta(hours=2))
    assert (await agency.read()).status_code == 409
    assert await told_of(post, agency.story) == ["send", "show"]


async def test_what_was_sent_on_a_decision_without_consent_may_be_read(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    story = drafted(post, place, await post.intake.person())
    override = {"why": "w", "risk": "r", "proportionality": "p", "told": True}
    basis = {"agency_id": str(place.agency_id), "grounds": ["vital_interest"], "override": override}
    await post.intake.ok("POST", f"/people/{story.person_id}/legal-bases", basis)
    agency = await reader(app, http, post, await permitted(post, story))
    assert (await agency.read()).status_code == 200


async def test_when_intake_cannot_be_asked_nothing_is_shown_and_it_says_when_to_try_again(
    app: FastAPI, http: httpx.AsyncClient, silent_post: Post, place: Place, answering: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async with answering():
        agency = await reader(app, http, silent_post, await silent_post.story(place))
    monkeypatch.setattr(permits, "_AT_ONCE", timedelta(seconds=1))
    away = await agency.read()
    assert away.status_code == 503 and int(away.headers["Retry-After"]) > 0 and "ring us" in away.json()["detail"]
    app.state.services.temporal = None
    assert (await agency.read()).status_code == 503
    app.state.services.temporal = silent_post.temporal
    assert await told_of(silent_post, agency.story) == []
    async with answering():
        assert (await agency.read()).status_code == 200
