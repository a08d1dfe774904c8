"""Links and codes: derived, hashed, forgiving to type, closed in time."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.referrals.codes import Move
from services.referrals.message.words import Kind
from services.referrals.outbound import secrets, tokens
from shared import clock
from shared.context import Actor
from shared.ids import CROCKFORD, new_id
from shared.practice.calendar import local_day
from shared.settings import Settings
from tests.referrals.conftest import Api, Place
from tests.referrals.message.post import Post, code_in, token_in


@pytest.fixture
async def sent(post: Post, place: Place) -> Any:
    """A referral whose first mail has left, and that mail."""
    story = await post.story(place)
    await post.mailer().round()
    [mail] = post.mails()
    return story, mail


async def found(post: Post, secret: str) -> tokens.ReplyGrant | None:
    async with post.db.transaction(Actor.service("public")) as session:
        return await tokens.find(session, secret)


def test_secrets_are_derived_and_of_full_length(settings: Settings) -> None:
    one, two = new_id(), new_id()
    assert secrets.token(one) == secrets.token(one) != secrets.token(two)
    assert len(secrets.token(one)) == 43  # 256 bits
    assert len(secrets.code(one).replace("-", "")) == 12
    assert set(secrets.code(one).replace("-", "")) <= set(CROCKFORD)


async def test_link_and_code_open_the_same_referral(post: Post, sent: Any) -> None:
    story, mail = sent
    by_link, by_code = await found(post, token_in(mail)), await found(post, code_in(mail))
    assert by_link is not None and by_code is not None
    assert by_link.referral_ids == by_code.referral_ids == (story.id,)
    assert (by_link.channel, by_code.channel, by_link.state) == ("link", "code", "live")


async def test_what_people_type_is_read_as_meant(post: Post, sent: Any) -> None:
    _, mail = sent
    code = code_in(mail)
    sloppy = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code)
    for typed in (code, sloppy, f"  {code} ", code.replace("1", "I").replace("-", ""), code.replace("-", "\u2011")):
        assert await found(post, typed) is not None, typed
    for typed in (wide, f"{code}.", code.replace("-", " \u2013 "), code.replace("-", "\u200b-"), f"Code: {code}"):
        assert await found(post, typed) is not None, typed
    for pasted in (f"{token_in(mail)}.", f"%23{token_in(mail)}%20", f"https://other.invalid/?u=r%2523{token_in(mail)}"):
        assert await found(post, pasted) is not None, pasted


async def test_what_is_near_opens_nothing(post: Post, sent: Any) -> None:
    _, mail = sent
    token, code = token_in(mail), code_in(mail)
    other = "A" if token[0] != "A" else "B"
    for guess in (other + token[1:], token[:-1], token + "A", token.upper(), code[:-1], "U" * 12, "", "\x00", "é" * 43):
        assert await found(post, guess) is None, guess


async def test_it_opens_for_thirty_days(post: Post, sent: Any) -> None:
    _, mail = sent
    post.travel(timedelta(days=29, hours=23))
    grant = await found(post, token_in(mail))
    assert grant is not None and grant.state == "live"
    post.travel(timedelta(hours=2))
    grant = await found(post, token_in(mail))
    assert grant is not None and grant.state == "expired"


async def test_a_dead_link_brings_a_fresh_one_to_the_address_on_record(post: Post, sent: Any) -> None:
    story, mail = sent
    post.travel(timedelta(days=31))
    grant = await found(post, token_in(mail))
    assert grant is not None
    for _ in range(2):
        async with post.db.transaction(Actor.service("public")) as session:
            assert await tokens.send_fresh(session, grant)
    assert await post.mailer().round() == ["sent"], "asked for twice, sent once"
    [fresh] = await post.messages(kind=Kind.FRESH_LINK)
    assert fresh.address == "team@agency.example"
    mail = next(each for each in post.mails() if each["Message-ID"] == fresh.header_id)
    grant = await found(post, token_in(mail))
    assert grant is not None and grant.state == "live" and grant.referral_ids == (story.id,)


async def test_an_ending_closes_the_link_for_that_referral_alone(post: Post, place: Place) -> None:
    one, two = await post.story(place), await post.story(place)
    await post.mailer().round()
    post.to_the_morning()
    await post.remind(one)
    await post.remind(two)
    post.travel(timedelta(minutes=15))
    await post.mailer().round()
    [reminder] = await post.messages(kind=Kind.REMINDERS)
    mail = next(each for each in post.mails() if each["Message-ID"] == reminder.header_id)
    await one.move(Move.WITHDRAW, by="worker-1", reason="ours")
    grant = await found(post, token_in(mail))
    assert grant is not None and grant.state == "live" and grant.referral_ids == (two.id,)
    await two.move(Move.WITHDRAW, by="worker-1", reason="ours")
    grant = await found(post, token_in(mail))
    assert grant is not None and grant.state == "revoked"


async def test_the_second_step_is_read_out_by_a_worker(post: Post, sent: Any, api: Api) -> None:
    story, mail = sent
    shown = (await api.get(f"/referrals/{story.id}/second-step")).json()
    assert len(shown["code"]) == 6
    grant = await found(post, token_in(mail))
    assert grant is not None
    async with post.db.transaction(Actor.service("public")) as session:
        assert await tokens.check_second_step(session, grant, shown["code"].lower())
        assert not await tokens.check_second_step(session, grant, "000000")
        assert not await tokens.check_second_step(session, grant, shown["code"][:-1])
    other = secrets.second_step(new_id(), local_day(clock.now()))
    async with post.db.transaction(Actor.service("public")) as session:
        assert not await tokens.check_second_step(session, grant, other)
        post.travel(timedelta(days=2))
        assert not await tokens.check_second_step(session, grant, shown["code"]), "it has run out"


async def test_no_code_is_shown_while_no_link_is_open(post: Post, place: Place, api: Api) -> None:
    story = await post.story(place)
    answer = await api.get(f"/referrals/{story.id}/second-step")
    assert answer.status_code == 409 and answer.json()["rule"] == "no_open_link"


async def test_guessing_is_slowed_down_and_tells_nothing(
    post: Post, sent: Any, http: httpx.AsyncClient, as_role: Any
) -> None:
    _, mail = sent
    body = {"token": token_in(mail), "second_step": "AAAAAA"}
    statuses = [(await http.post("/replies/told", json=body)).status_code for _ in range(12)]
    assert statuses[:10] == [403] * 10 and set(statuses[10:]) == {429}
    bodies = {(await http.post("/replies/open", json={"code": secrets.code(new_id())})).status_code for _ in range(125)}
    assert bodies == {404, 429}


async def test_the_lists_of_messages_hold_no_secret(post: Post, sent: Any, api: Api, as_role: Any) -> None:
    story, mail = sent
    listed = await api.get("/messages", referral_id=story.id, kind="first", status="sent")
    [line] = listed.json()["items"]
    shown = await api.get(f"/messages/{line['id']}")
    assert "[link]" in shown.json()["text"] and "[code]" in shown.json()["text"]
    for secret in (token_in(mail), code_in(mail), code_in(mail).replace("-", "")):
        assert secret not in shown.text + listed.text
    assert (await api.get("/messages", due="true")).json()["items"] == []
    assert (await api.get("/messages", status="lost")).status_code == 422
    stranger = as_role("worker", teams=[new_id()])
    assert (await stranger.get("/messages")).json() == {"items": [], "next_cursor": None}
    assert (await stranger.get(f"/messages/{line['id']}")).status_code == 404
    assert (await stranger.get(f"/referrals/{story.id}/second-step")).status_code == 404
    assert (await as_role("commissioner").get("/messages")).status_code == 403
    assert (await as_role("system").get(f"/referrals/{story.id}/second-step")).status_code == 403
