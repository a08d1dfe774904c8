"""Strangers are limited by the address the console vouches for; an address that nobody signed counts for nothing."""

from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.stack import Stack
from shared.access import tokens, visitors
from shared.access.roles import Role
from tests.shared.http.conftest import Shop

# The route takes three a minute from one address; a minute may turn in between.
GUESSES = 8


async def _statuses(shop: Shop, headers: list[dict[str, str]]) -> set[int]:
    return {(await shop.http.post("/cups/tell", json={}, headers=each)).status_code for each in headers}


def _key(engines: Stack) -> OKPKey:
    return tokens.load_key(engines.folder.token_private_key)


async def test_a_forwarded_address_that_nobody_signed_is_not_believed(shop: Shop) -> None:
    claimed = [{"X-Forwarded-For": f"198.18.0.{number}"} for number in range(GUESSES)]
    assert 429 in await _statuses(shop, claimed)


async def test_a_signature_of_another_key_or_for_another_purpose_is_not_believed(shop: Shop, engines: Stack) -> None:
    stranger = OKPKey.generate_key("Ed25519")
    bearer = tokens.issue(_key(engines), "198.18.0.1", Role.WORKER, [], "alongside")
    forged = [{visitors.HEADER: visitors.issue(stranger, f"198.18.1.{number}")} for number in range(GUESSES)]
    assert 429 in await _statuses(shop, forged)
    public = tokens.load_key(engines.folder.token_public_key)
    assert visitors.verify(public, bearer) is None
    assert visitors.verify(public, "no.signature.here") is None
    late = {"aud": "alongside-visitor", "sub": "198.18.0.1", "exp": 1}
    assert visitors.verify(public, jwt.encode({"alg": "Ed25519"}, late, _key(engines), algorithms=["Ed25519"])) is None


async def test_what_the_console_signs_counts_each_address_by_itself(shop: Shop, engines: Stack) -> None:
    key = _key(engines)
    one = [{visitors.HEADER: visitors.issue(key, "198.18.2.1")}] * GUESSES
    assert 429 in await _statuses(shop, one)
    others = [{visitors.HEADER: visitors.issue(key, f"198.18.2.{number}")} for number in range(2, 12)]
    assert await _statuses(shop, others) == {200}
