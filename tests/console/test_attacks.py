"""Sessions and forms under attack: each way in is tried, and found shut."""

import asyncio
import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Interval, literal, update

from services.console.app import PAGES
from services.console.session.service import hash_of
from services.console.staff.models import Account, Session
from shared import clock
from shared.context import Actor
from tests.console.conftest import PASSWORD, Home
from tests.console.hand import Hand, heading

SESSION = "__Host-session"
COOKIE = {"secure", "httponly", "path=/"}


async def _signed_in(hand: Hand, name: str = "worker") -> Hand:
    answer = await hand.sign_in(name, PASSWORD)
    assert answer.status_code == 303, answer.text
    return hand


async def test_the_session_cookie_is_for_this_host_over_tls_and_no_script(hand: Hand) -> None:
    answer = await hand.sign_in("worker", PASSWORD)
    header = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(SESSION))
    parts = {part.strip().lower() for part in header.split(";")[1:]}
    assert COOKIE | {"samesite=lax"} <= parts
    assert not any(part.startswith("domain") for part in parts)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": ""},
        {"Origin": "", "Sec-Fetch-Site": ""},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
    ],
)
async def test_a_post_from_elsewhere_does_nothing_even_with_the_right_token(
    hand: Hand, headers: dict[str, str]
) -> None:
    await _signed_in(hand)
    await hand.get("/account")
    answer = await hand.post("/sign-out", headers=headers)
    assert answer.status_code == 403
    assert (await hand.get("/today")).status_code == 200


async def test_a_token_of_another_session_does_nothing(hand: Hand) -> None:
    await _signed_in(hand)
    await hand.get("/today")
    other = await _signed_in(hand.other(), "clinician")
    for wrong in ("", "0" * 40, "0" * 80, "not hexadecimal", hand.token, hand.token[:-2], hand.token + "00"):
        answer = await other.post("/sign-out", csrf=wrong)
        assert answer.status_code == 403
        assert (await other.get("/today")).status_code == 200


async def test_signing_in_rightly_is_no_guess(hand: Hand) -> None:
    for _ in range(12):
        await _signed_in(hand.other())


async def test_every_post_asks_for_the_token_before_it_does_anything(hand: Hand) -> None:
    await _signed_in(hand, "admin")
    paths = [route.path_format for group in PAGES for route in group.routes if "POST" in (route.methods or ())]
    assert len(paths) > 3
    for path in paths:
        address = re.sub(r"\{[^}]*\}", str(uuid4()), path)
        foreign = await hand.post(address, None, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403 and heading(foreign) == "Please send this again", path


async def test_a_planted_cookie_is_not_taken_over_by_signing_in(hand: Hand) -> None:
    """Refuse session fixation: whoever planted the token must not be signed in together with their victim."""
    planted = "planted-by-somebody-else-0123456789abcdef012"
    hand.cookies[SESSION] = planted
    await _signed_in(hand)
    assert hand.cookies[SESSION] != planted
    thief = hand.other()
    thief.cookies[SESSION] = planted
    assert (await thief.get("/today")).headers["location"].startswith("/sign-in")


async def test_signing_in_again_gives_a_new_token_and_ends_the_old_one(hand: Hand) -> None:
    await _signed_in(hand)
    before = hand.cookies[SESSION]
    answer = await hand.post("/sign-in", {"sign_in": "worker", "password": PASSWORD})
    assert answer.status_code == 403  # signed in, the form's token has to be this session's
    await hand.get("/account")
    await hand.post("/sign-in", {"sign_in": "worker", "password": PASSWORD})
    assert hand.cookies[SESSION] != before
    thief = hand.other()
    thief.cookies[SESSION] = before
    assert (await thief.get("/today")).status_code == 303


async def test_a_cookie_is_worth_nothing_after_signing_out(hand: Hand) -> None:
    await _signed_in(hand)
    kept = dict(hand.cookies)
    await hand.get("/today")
    answer = await hand.post("/sign-out")
    assert answer.status_code == 303 and SESSION not in hand.cookies
    assert '"cache", "cookies", "storage"' in answer.headers["clear-site-data"]
    thief = hand.other()
    thief.cookies = kept
    assert (await thief.get("/today")).status_code == 303


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\/evil.example",
        "/%0d%0aLocation: https://evil.example",
        "/\tevil",
        "///evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "http:evil.example",
    ],
)
async def test_signing_in_leads_nowhere_else(hand: Hand, to: str) -> None:
    answer = await hand.sign_in("worker", PASSWORD, to)
    target = answer.headers["location"]
    assert answer.status_code == 303
    assert target.startswith("/") and not target.startswith(("//", "/\\"))
    assert "evil.example" not in target.partition("%0d")[0]


async def test_an_address_like_another_host_stays_here(hand: Hand) -> None:
    answer = await hand.get("//evil.example/today")
    assert answer.status_code in (303, 404)
    assert 'href="//evil' not in answer.text and 'action="//evil' not in answer.text
    assert not answer.headers.get("location", "/").startswith("//")


async def test_another_host_name_is_sent_to_ours(home: Home, hand: Hand) -> None:
    answer = await hand.get("/sign-in", {"Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (307, f"{home.url}/")
    assert (await hand.post("/sign-in", headers={"Host": "evil.example"})).status_code == 421


async def test_guessing_a_password_ends_in_a_lock_out_that_tells_no_names(home: Home, hand: Hand) -> None:
    victim = f"synthetic-{uuid4()}"
    await home.hire("worker", victim)
    for name in (victim, f"nobody-{uuid4()}"):
        await hand.get("/sign-in")
        tries = [await hand.post("/sign-in", {"sign_in": name, "password": f"guess {n}"}) for n in range(11)]
        assert [answer.status_code for answer in tries] == [422] * 10 + [429]
        assert "The name or the password is not right." in tries[0].text
        assert heading(tries[-1]) == "Too many attempts"
    right = await hand.post("/sign-in", {"sign_in": victim.upper() + " ", "password": PASSWORD})
    assert right.status_code == 429 and SESSION not in hand.cookies


async def test_guesses_from_elsewhere_keep_nobody_out(home: Home, hand: Hand) -> None:
    victim = f"synthetic-{uuid4()}"
    await home.hire("worker", victim)
    await _guess(hand, victim, "203.0.113.7", 13)
    (refused,) = await _guess(hand, victim, "203.0.113.7", 1)
    assert refused.status_code == 429
    mine = hand.other()
    await mine.get("/sign-in")
    (right,) = await _guess(mine, victim, "198.51.100.20", 1, PASSWORD)
    assert right.status_code == 303 and SESSION in mine.cookies


@pytest.mark.parametrize("place", ["203.0.113.{}", "2001:db8:0:{}::1"])
async def test_guesses_from_many_places_come_to_an_end(home: Home, hand: Hand, place: str) -> None:
    victim = f"synthetic-{uuid4()}"
    await home.hire("worker", victim)
    for n in range(10):
        found = await _guess(hand, victim, place.format(n + 100), 13)
        assert sorted(answer.status_code for answer in found) == [422] * 10 + [429] * 3
    found = await _guess(hand, victim, place.format(99), 3, PASSWORD)
    assert {answer.status_code for answer in found} == {429} and SESSION not in hand.cookies


async def test_one_network_of_ipv6_is_one_place(home: Home, hand: Hand) -> None:
    victim = f"synthetic-{uuid4()}"
    await home.hire("worker", victim)
    await _guess(hand, victim, "2001:db8:0:7::1", 10)
    (refused,) = await _guess(hand, victim, "2001:db8:0:7:ffff::2", 1)
    assert refused.status_code == 429


@pytest.mark.parametrize("way", ["unlock", "account/password"])
async def test_a_session_has_guesses_of_its_own(home: Home, hand: Hand, way: str) -> None:
    """Neither can strangers use them up, nor does using them up close the account to its owner."""
    victim = f"synthetic-{uuid4()}"
    await home.hire("worker", victim)
    stranger = hand.other()
    await _signed_in(hand, victim)
    await hand.get("/account")
    await _guess(stranger, victim, hand.address, 11)
    assert (await stranger.sign_in(victim, PASSWORD)).status_code == 429

    async def prove(password: str) -> int:
        fields = {"password": password} if way == "unlock" else {"old_password": password, "password": PASSWORD}
        return (await hand.post(f"/{way}", fields)).status_code

    if way == "unlock":
        await _shift(home, hand, seen=timedelta(minutes=31))
    assert [await prove(f"guess {n}") for n in range(3)] == [422] * 3
    kept = hand.cookies[SESSION]
    assert await prove(PASSWORD) == (204 if way == "unlock" else 303)
    if way != "unlock":
        assert hand.cookies[SESSION] != kept
        await hand.get("/account")
    found = [await prove(f"guess {n}") for n in range(11)]
    assert found[-1] == 429 and found.count(422) == (7 if way == "unlock" else 10)
    assert await prove(PASSWORD) == 429
    elsewhere = hand.other()
    await elsewhere.get("/sign-in")
    (right,) = await _guess(elsewhere, victim, "198.51.100.21", 1, PASSWORD)
    assert right.status_code == 303


async def test_many_guesses_at_once_are_counted_one_by_one(home: Home, hand: Hand) -> None:
    victim = f"synthetic-{uuid4()}"
    await home.hire("worker", victim)
    await hand.get("/sign-in")
    tries = [hand.post("/sign-in", {"sign_in": victim, "password": f"guess {n}"}) for n in range(20)]
    found = [answer.status_code for answer in await asyncio.gather(*tries)]
    assert sorted(found) == [422] * 10 + [429] * 10


async def test_half_an_hour_away_locks_and_twelve_hours_end(home: Home, hand: Hand) -> None:
    await _signed_in(hand)
    await _shift(home, hand, seen=timedelta(minutes=31))
    locked = await hand.get("/today")
    assert locked.status_code == 401 and heading(locked) == "Your session is over"
    assert "Synthetic worker" not in locked.text
    sent = await hand.post("/plans", {"note": "what was written"})
    assert sent.status_code in (401, 404, 405)
    await _shift(home, hand, seen=-timedelta(minutes=31), ends=timedelta(hours=13))
    assert (await hand.get("/today")).headers["location"].startswith("/sign-in")


async def test_an_open_event_stream_is_nobody_being_there(home: Home, hand: Hand) -> None:
    await _signed_in(hand)
    await _shift(home, hand, seen=timedelta(minutes=20))
    await hand.get("/today", {"Accept": "text/event-stream"})
    await _shift(home, hand, seen=timedelta(minutes=11))
    assert (await hand.get("/today")).status_code == 401


async def test_somebody_disabled_is_out_at_once(home: Home, hand: Hand) -> None:
    name = f"synthetic-{uuid4()}"
    account = await home.hire("worker", name)
    await _signed_in(hand, name)
    async with home.database.transaction(Actor.service("console")) as tx:
        await tx.execute(update(Account).where(Account.id == account).values(disabled_at=clock.real()))
    assert (await hand.get("/today")).status_code == 303
    again = await hand.other().sign_in(name, PASSWORD)
    assert again.status_code == 422 and "not right" in again.text


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"csrf=%ff", b"&".join(b"a=1" for _ in range(3000))])
async def test_what_is_no_form_is_refused(hand: Hand, body: bytes) -> None:
    await _signed_in(hand)
    headers = {**hand.cookie(), "Origin": hand.origin, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await hand.http.post("/sign-out", content=body, headers={**headers, "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400


async def _shift(home: Home, hand: Hand, seen: timedelta, ends: timedelta = timedelta(0)) -> None:
    """As if this much real time had gone by since the session was last seen."""
    async with home.database.transaction(Actor.service("console")) as tx:
        await tx.execute(
            update(Session)
            .where(Session.token_hash == hash_of(hand.cookies[SESSION]))
            .values(
                seen_at=Session.seen_at - literal(seen, Interval), ends_at=Session.ends_at - literal(ends, Interval)
            )
        )


async def _guess(hand: Hand, name: str, address: str, times: int, password: str = "guess") -> list[httpx.Response]:
    """So many attempts at once, from this address as the proxy in front tells it."""
    if not hand.token:
        await hand.get("/sign-in")
    fields, came_from = {"sign_in": name, "password": password}, {"X-Forwarded-For": address}
    return await asyncio.gather(*(hand.post("/sign-in", fields, headers=came_from) for _ in range(times)))
