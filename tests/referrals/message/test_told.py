"""What an agency reads about the person is a disclosure: permitted at that moment, and written down."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from services.referrals.handlers import consent_recorded
from services.referrals.outbound import permits, secrets
from services.referrals.reply.api import GUESSES
from shared import asking, clock
from shared.access.roles import Role
from shared.context import Actor
from shared.events.intake import ConsentRecorded
from shared.ids import new_id
from shared.permits import REQUEST_PERMITS, Permit, PermitRequests, Permits
from shared.practice.calendar import local_day
from tests.referrals.conftest import TOLD, Place
from tests.referrals.message.post import AGREED, Post, token_in
from tests.referrals.stories import Story


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
    """Approved: the mailer asks intake for just this."""
    return await story.ordered()


async def reader(app: FastAPI, http: httpx.AsyncClient, post: Post, story: Story) -> Reader:
    """The mail of a referral has arrived."""
    app.state.services.nats = post.nats
    assert await post.mailer().round() == ["sent"]
    return Reader(http, post, story)


async def test_reading_needs_the_second_step_and_is_written_down(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    agency = await reader(app, http, post, await post.story(place))
    wrong = await agency.read("ZZZZZZ")
    assert wrong.status_code == 403 and "Tom" not in wrong.text
    assert await post.told_of(agency.story) == ["send"]
    read = await agency.read()
    assert read.status_code == 200 and read.json()["told"] == TOLD
    assert next(iter(read.json()["told"])) == "safe_contact", "how the person may be reached comes first"
    assert (await agency.read()).status_code == 200
    assert await post.told_of(agency.story) == ["send", "show", "show"], "each reading is one of its own"


@pytest.mark.parametrize(
    ("ours", "named"),
    [
        ({"contact_name": "the day team", "contact_phone": "020 7946 0000"}, ("the day team", "020 7946 0000")),
        ({"contact_name": "the day team", "contact_phone": ""}, ("Synthetic", "020 7946 0999")),
    ],
)
async def test_behind_the_second_code_stands_the_number_of_the_team_not_of_who_wrote_it(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place, ours: dict[str, str], named: tuple[str, str]
) -> None:
    """Whoever wrote it may have left since; where no team's number is set, theirs is better than none."""
    app.state.services.settings = app.state.services.settings.model_copy(update=ours)
    told = {**TOLD, "worker_first_name": "Synthetic", "worker_phone": "020 7946 0999"}
    agency = await reader(app, http, post, await post.story(place, told=told))
    read = await agency.read()
    assert read.status_code == 200
    assert read.json()["told"] == {**TOLD, "worker_first_name": named[0], "worker_phone": named[1]}


async def test_only_wrong_codes_use_up_the_guesses_and_a_right_one_gives_none_back(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    agency = await reader(app, http, post, await post.story(place))
    for _ in range(GUESSES.count):
        assert (await agency.read()).status_code == 200
        assert (await agency.read("ZZZZZZ")).status_code == 403
    assert (await agency.read("ZZZZZZ")).status_code == 429
    assert (await agency.read()).status_code == 429, "then a right one looks no different"


async def test_a_withdrawal_closes_the_content_before_its_event_has_arrived(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    agency = await reader(app, http, post, await post.story(place))
    await post.withdraw(agency.story)  # and no event: NATS is away
    refused = await agency.read()
    assert refused.status_code == 409 and refused.json()["rule"] == "not_permitted"
    assert "ring us" in refused.json()["detail"] and not any(word in refused.text for word in ("Tom", "withdr"))
    assert await post.told_of(agency.story) == ["send"]


@pytest.mark.parametrize("path", ["/people/{person}/said-no", "/people/{person}/died"])
async def test_so_does_a_no_and_a_death(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place, path: str
) -> None:
    agency = await reader(app, http, post, await post.story(place))
    await post.intake.ok("POST", path.format(person=agency.story.person_id), {}, status=200)
    refused = await agency.read()
    assert refused.status_code == 409 and not any(word in refused.text for word in ("Tom", "died", "said no"))


async def test_once_the_consent_has_expired_nothing_new_is_told(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    story = drafted(post, place, await post.intake.person())
    until = (clock.now() + timedelta(hours=1)).isoformat()
    await post.intake.consent(str(story.person_id), place.agency_id, expires_at=until, **AGREED)
    agency = await reader(app, http, post, await permitted(post, story))
    assert (await agency.read()).status_code == 200
    post.travel(timedelta(hours=2))
    assert (await agency.read()).status_code == 409
    assert await post.told_of(agency.story) == ["send", "show"]


async def decided(post: Post, story: Story) -> None:
    """Record a decision to tell this agency of the person without consent."""
    override = {"why": "w", "risk": "r", "proportionality": "p", "told": True}
    basis = {"agency_id": str(story.place.agency_id), "grounds": ["vital_interest"], "override": override}
    await post.intake.ok("POST", f"/people/{story.person_id}/legal-bases", basis)


async def test_a_decision_that_serves_once_is_used_by_what_left_and_by_nothing_else(
    post: Post, place: Place, make_place: Any
) -> None:
    """A relay that is away, an address that refuses, a call nobody made: none of them uses it up."""
    story = drafted(post, place, await post.intake.person())
    await decided(post, story)
    await permitted(post, story)
    away = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_starttls": False}
    assert await post.mailer(**away).round() == ["not_sent"]
    post.travel(timedelta(minutes=1))
    assert await post.told_of(story) == []
    assert await post.mailer().round() == ["sent"] and await post.told_of(story) == ["send"]
    unmade = drafted(post, await make_place(email=None), await post.intake.person())
    await decided(post, unmade)
    await permitted(post, unmade)
    assert await post.mailer().round() == ["to_call"] and await post.told_of(unmade) == []
    await post.call(unmade)
    await post.mailer().round()
    assert await post.told_of(unmade) == ["call"]
    again = drafted(post, unmade.place, str(unmade.person_id))
    await again.ordered(again_because="the first one is being answered (synthetic)")
    assert await post.mailer().round() == ["void"] and (await again.row()).held_back == "no_consent"


async def test_what_was_withdrawn_before_it_left_waits_for_us_and_not_for_the_service(post: Post, place: Place) -> None:
    story = await post.story(place)
    await post.withdraw(story)
    assert await post.mailer().round() == ["void"]
    row = await story.row()
    assert (row.state, row.held_back, row.ever_sent) == ("awaiting_consent", "withdrawn", False)
    assert await post.told_of(story) == [] and await post.disclosures(story) == []


async def test_what_was_sent_on_a_decision_without_consent_may_be_read(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    story = drafted(post, place, await post.intake.person())
    await decided(post, story)
    agency = await reader(app, http, post, await permitted(post, story))
    assert (await agency.read()).status_code == 200


async def test_when_intake_cannot_be_asked_nothing_is_shown_and_it_says_when_to_try_again(
    app: FastAPI, http: httpx.AsyncClient, silent_post: Post, place: Place, answering: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async with answering():
        agency = await reader(app, http, silent_post, await silent_post.story(place))
    monkeypatch.setattr(permits, "AT_ONCE_SECONDS", 1.0)
    away = await agency.read()
    assert away.status_code == 503 and int(away.headers["Retry-After"]) > 0 and "ring us" in away.json()["detail"]
    app.state.services.nats = None
    assert (await agency.read()).status_code == 503
    app.state.services.nats = silent_post.nats
    assert await silent_post.told_of(agency.story) == ["send"]
    async with answering():
        assert (await agency.read()).status_code == 200


async def test_what_tells_more_than_the_person_agreed_to_does_not_leave_and_says_why(post: Post, place: Place) -> None:
    story = drafted(post, place, await post.intake.person())
    await post.intake.consent(str(story.person_id), place.agency_id, **AGREED)
    await story.ordered(about=["substance_use"])
    assert await post.mailer().round() == ["void"] and (await story.row()).held_back == "not_covered"
    view = await story.look()
    assert view.row.waiting_for == "consent to share all of it"
    assert "substance" not in str(view), "the board says that, not what"
    assert await post.told_of(story) == []
    # The person agrees to that too.
    more = {**AGREED, "may_tell": [*AGREED["may_tell"], "substance_use"]}
    await post.intake.consent(str(story.person_id), place.agency_id, **more)
    yes = ConsentRecorded(
        version=3, occurred_at=clock.now(), consent_id=new_id(), person_id=story.person_id,
        team_id=post.worker.teams[0], agency_id=place.agency_id,
    )  # fmt: skip
    async with post.db.transaction(Actor.service("referrals")) as session:
        await consent_recorded(session, yes)
    assert await post.mailer().round() == ["sent"] and (await story.row()).held_back is None


async def test_less_agreed_to_since_closes_what_is_read(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place
) -> None:
    agency = await reader(app, http, post, await post.story(place))
    await post.intake.consent(str(agency.story.person_id), place.agency_id, may_tell=["safe_contact"])
    assert (await agency.read()).status_code == 409


async def test_a_permit_is_asked_in_the_name_of_the_referrals_own_team(post: Post, place: Place) -> None:
    person = await post.intake.person()
    await post.intake.consent(person, place.agency_id, **AGREED)
    stranger = Story(post.db, post.activities, Actor("worker-2", Role.WORKER, (new_id(),)), place)
    stranger.person_id = UUID(person)
    await stranger.ordered()
    assert await post.mailer().round() == ["void"]
    assert ((await stranger.row()).state, (await stranger.row()).held_back) == ("awaiting_consent", "not_known")


async def test_the_answer_to_another_question_is_no_permit(
    app: FastAPI, http: httpx.AsyncClient, silent_post: Post, place: Place, answering: Any
) -> None:
    """Whoever answers for intake with what it once said of somebody else lets nothing out."""
    post = silent_post
    async with answering():
        agency = await reader(app, http, post, await post.story(place))
        waits = await post.story(place)

    async def another(asked: PermitRequests) -> Permits:
        return Permits(
            [Permit("another", True, str(new_id()), clock.now() + timedelta(minutes=5)) for _ in asked.requests]
        )

    async with asking.answering(post.nats, REQUEST_PERMITS, "another", PermitRequests, another):
        assert (await agency.read()).status_code == 503
        with pytest.raises(permits.IntakeAway):
            await post.mailer().round()
    assert (await waits.row()).state == "draft" and len(post.mails()) == 1
