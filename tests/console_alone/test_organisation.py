"""Signing in through an organisation: only its own word, for this browser, for us, now."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from shared.http.server import serving
from tests.console.hand import Hand, heading
from tests.console_alone.conftest import PASSWORD, MakeConsole
from tests.console_alone.provider import CLIENT, SECRET, Provider

BACK = "/sign-in/organisation/back"
SESSION = "__Host-session"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = Provider(f"http://127.0.0.1:{port}")
    async with serving(found.app(), "127.0.0.1", port, asyncio.Event(), asyncio.Event()):
        yield found


@pytest.fixture
async def hand(console: MakeConsole, provider: Provider) -> Hand:
    return await console(
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
        oidc_name="Synthetic Trust",
    )


async def _through(hand: Hand, provider: Provider, to: str = "/account") -> httpx.Response:
    left = await hand.get(f"/sign-in/organisation?next={to}")
    assert left.status_code == 303 and left.headers["location"].startswith(f"{provider.issuer}/authorize?")
    return await hand.get(f"{BACK}?{provider.authorise(left.headers['location'])}")


async def test_it_is_offered_only_where_it_is_configured(console: MakeConsole, hand: Hand) -> None:
    assert "Sign in through Synthetic Trust" in (await hand.get("/sign-in")).text
    plain = await console()
    assert "Sign in through" not in (await plain.get("/sign-in")).text
    assert (await plain.get("/sign-in/organisation")).status_code == 404


async def test_an_account_is_found_by_its_verified_address_and_then_by_its_identity(
    hand: Hand, provider: Provider, hired: str
) -> None:
    provider.claims = {"email": hired.upper(), "email_verified": True}
    answer = await _through(hand, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert hired in (await hand.get("/account")).text
    provider.claims = {"email": "renamed@synthetic.invalid", "email_verified": True}
    again = hand.other()
    assert (await _through(again, provider)).status_code == 303
    assert hired in (await again.get("/account")).text


@pytest.mark.parametrize("claims", [{"email_verified": False}, {}, {"email_verified": "true"}])
async def test_an_address_nobody_verified_opens_nothing(
    hand: Hand, provider: Provider, hired: str, claims: dict[str, Any]
) -> None:
    provider.claims = {"email": hired, **claims}
    answer = await _through(hand, provider)
    assert answer.status_code == 403 and heading(answer) == "You have no account here"
    assert SESSION not in hand.cookies


async def test_an_address_that_changed_hands_does_not_open_the_old_account(
    hand: Hand, provider: Provider, hired: str
) -> None:
    provider.claims = {"email": hired, "email_verified": True}
    assert (await _through(hand, provider)).status_code == 303
    provider.claims["sub"] = "subject-2"
    stranger = hand.other()
    assert (await _through(stranger, provider)).status_code == 403
    assert SESSION not in stranger.cookies


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"},
        {"iss": "https://other.invalid"},
        {"exp": 1_700_000_000},
        {"nonce": "of-another-sign-in"},
        {"sub": None},
    ],
)
async def test_a_word_not_meant_for_us_now_is_no_word(
    hand: Hand, provider: Provider, hired: str, claims: dict[str, Any]
) -> None:
    provider.claims = {"email": hired, "email_verified": True, **claims}
    answer = await _through(hand, provider)
    assert answer.status_code == 502 and heading(answer) == "That did not work"
    assert SESSION not in hand.cookies


@pytest.mark.parametrize("lie", ["other-key", "shared-secret", "unsigned"])
async def test_a_word_signed_otherwise_is_no_word(hand: Hand, provider: Provider, hired: str, lie: str) -> None:
    provider.claims = {"email": hired, "email_verified": True}
    provider.lie = lie
    assert (await _through(hand, provider)).status_code == 502
    assert SESSION not in hand.cookies


async def test_an_answer_is_good_only_in_the_browser_that_asked_and_once(
    hand: Hand, provider: Provider, hired: str
) -> None:
    provider.claims = {"email": hired, "email_verified": True}
    left = await hand.get("/sign-in/organisation")
    query = provider.authorise(left.headers["location"])
    victim = hand.other()  # somebody gets him to follow the way back of another's sign-in
    assert (await victim.get(f"{BACK}?{query}")).status_code == 502
    assert (await hand.get(f"{BACK}?code=the-code&state=another")).status_code == 502
    assert (await hand.get(f"{BACK}?{query}")).status_code == 502  # what was begun ended with the wrong state


async def test_it_leads_nowhere_else(hand: Hand, provider: Provider, hired: str) -> None:
    provider.claims = {"email": hired, "email_verified": True}
    answer = await _through(hand, provider, to="//evil.example")
    assert answer.headers["location"] == "/"


async def test_an_organisation_that_is_away_or_another_is_said_so(hand: Hand, provider: Provider) -> None:
    provider.lie = "discovery"
    answer = await hand.get("/sign-in/organisation")
    assert answer.status_code == 502 and heading(answer) == "That did not work"


async def test_the_password_still_works_beside_it(hand: Hand, hired: str) -> None:
    assert (await hand.sign_in(hired, PASSWORD)).status_code == 303
