"""Signing in through an organisation: only its own word, for this browser, for us, now."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr

from services.console.staff import invitations
from services.console.staff import service as staff
from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database
from shared.http.server import serving
from shared.ids import new_id
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


@pytest.mark.parametrize(
    "beside",
    [
        RSAKey.generate_key(2048, {"kid": "2", "use": "enc", "alg": "RSA-OAEP"}).as_dict(private=False),
        # One key under two names, as a provider lists it that also encrypts with it.
        ECKey.generate_key("P-256", {"kid": "1", "use": "enc", "alg": "ECDH-ES"}).as_dict(private=False),
        {"kid": "3", "kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA"},
        {"kid": "4", "kty": "EC", "crv": "P-999", "x": "AAAA", "y": "AAAA"},
        {"kid": "5"},
        "no key",
    ],
    ids=["encryption", "encryption, same name", "unknown type", "unknown curve", "no type", "no object"],
)
async def test_a_key_that_signs_nothing_for_us_does_not_spoil_the_set(
    hand: Hand, provider: Provider, hired: str, beside: Any
) -> None:
    provider.beside = [beside]
    provider.claims = {"email": hired, "email_verified": True}
    answer = await _through(hand, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")


@pytest.mark.parametrize("claims", [{"email_verified": False}, {}, {"email_verified": "true"}])
async def test_an_address_nobody_verified_opens_nothing(
    hand: Hand, provider: Provider, hired: str, claims: dict[str, Any]
) -> None:
    provider.claims = {"email": hired, **claims}
    answer = await _through(hand, provider)
    assert answer.status_code == 403 and heading(answer) == "You have no account here"
    assert "email_verified" in answer.text, "the page says which claim was missing"
    assert SESSION not in hand.cookies


async def _invited(database: Database, sign_in: str) -> str:
    async with database.transaction(Actor.service("console")) as tx:
        account = await staff.by_sign_in(tx, sign_in)
        assert account is not None
        return await invitations.invite(tx, account.id)


async def _tied(hand: Hand, provider: Provider, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
    """Press the button, follow the link of its page, and come back."""
    page = await hand.post(path, fields)
    assert page.status_code == 200, page.text
    link = re.search(rf'href="({re.escape(provider.issuer)}/authorize[^"]+)"', page.text)
    assert link, page.text
    return await hand.get(f"{BACK}?{provider.authorise(unescape(link[1]))}")


async def test_an_invitation_ties_an_identity_whose_address_nobody_verified(
    hand: Hand, provider: Provider, hired: str, database: Database
) -> None:
    """As Entra ID sends it: no `email_verified` at all. From then on the identity alone opens the account."""
    provider.claims = {"email": hired, "tid": "synthetic", "ver": "2.0"}
    token = await _invited(database, hired)
    assert "Sign in through Synthetic Trust" in (await hand.get(f"/begin/{token}")).text
    done = await _tied(hand, provider, "/sign-in/organisation/invited", {"invitation": token})
    assert done.status_code == 303 and SESSION in hand.cookies
    assert hired in (await hand.get("/account")).text
    assert (await hand.other().get(f"/begin/{token}")).status_code == 404, "the link is used up"
    again = hand.other()
    assert (await _through(again, provider)).status_code == 303 and SESSION in again.cookies
    assert (await hand.other().sign_in(hired, PASSWORD)).status_code != 303, "as after a new password"


async def test_whoever_is_signed_in_ties_their_own_account_and_no_other(
    hand: Hand, provider: Provider, hired: str, database: Database
) -> None:
    provider.claims = {"email": "somebody@synthetic.invalid"}
    await hand.sign_in(hired, PASSWORD)
    await hand.get("/account")
    done = await _tied(hand, provider, "/sign-in/organisation/tie")
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    again = hand.other()
    assert (await _through(again, provider)).status_code == 303 and hired in (await again.get("/account")).text
    # The same identity does not go to a second account.
    async with database.transaction(Actor.service("console")) as tx:
        name = f"{new_id()}@synthetic.invalid"
        second = await staff.open_account(tx, sign_in=name, name="Synthetic Two", role=Role.WORKER)
        token = await invitations.invite(tx, second.id)
    other = hand.other()
    await other.get(f"/begin/{token}")
    refused = await _tied(other, provider, "/sign-in/organisation/invited", {"invitation": token})
    assert refused.status_code == 409 and SESSION not in other.cookies
    assert (await other.get(f"/begin/{token}")).status_code == 200, "nothing was used up"


async def test_what_was_begun_by_one_account_ties_no_other(hand: Hand, provider: Provider, hired: str) -> None:
    """The way back counts for the account that began it, in its own session; without one nothing is tied."""
    provider.claims = {"email": "somebody@synthetic.invalid"}
    await hand.sign_in(hired, PASSWORD)
    await hand.get("/account")
    page = await hand.post("/sign-in/organisation/tie")
    link = re.search(r'href="([^"]+/authorize[^"]+)"', page.text)
    assert link
    query = provider.authorise(unescape(link[1]))
    del hand.cookies[SESSION]
    assert (await hand.get(f"{BACK}?{query}")).headers["location"] == "/sign-in"
    assert (await _through(hand.other(), provider)).status_code == 403
    assert (await hand.other().post("/sign-in/organisation/tie", csrf="none")).status_code in (401, 403)


async def test_a_clock_that_runs_ahead_is_let_in_and_what_fails_says_why(
    hand: Hand, provider: Provider, hired: str
) -> None:
    ahead = int(time.time()) + 90
    provider.claims = {"email": hired, "email_verified": True, "iat": ahead, "nbf": ahead}
    assert (await _through(hand, provider)).status_code == 303
    provider.claims |= {"iat": int(time.time()) + 900}
    refused = await _through(hand.other(), provider)
    assert refused.status_code == 502 and "not validly signed for us" in refused.text


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
