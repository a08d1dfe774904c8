"""Whoever finds a phone that is not locked has its session, and gets no other way into the account by it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from playwright.async_api import Route
from sqlalchemy import update

from services.console.sign_in.rules import FRESH, Asked, asked
from services.console.staff import passkeys
from services.console.staff import service as staff
from services.console.staff.models import Account, Session
from shared import clock
from shared.context import Actor
from tests.console.conftest import PASSWORD, Home, PageAs, sign_out
from tests.console.hand import Hand, heading
from tests.console.looks import axe
from tests.console.test_accounts import OWN, _with_authenticator  # pyright: ignore[reportPrivateUsage]

OPTIONS = "/account/passkeys/options"
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "keys", "ago", "wanted"),
    [
        (True, False, timedelta(0), Asked.PASSWORD),
        (True, True, timedelta(0), Asked.PASSWORD),
        (False, True, timedelta(0), Asked.PASSKEY),
        (False, False, timedelta(0), Asked.NOTHING),
        (False, False, FRESH, Asked.SIGN_IN),
    ],
)
def test_what_is_asked_for(password: bool, keys: bool, ago: timedelta, wanted: Asked) -> None:
    assert asked(password=password, passkeys=keys, signed_in_at=NOW - ago, now=NOW) is wanted


async def test_an_open_session_alone_adds_no_passkey(home: Home, hand: Hand) -> None:
    await _signed_in(home, hand)
    assert (await _json(hand, OPTIONS, {})).status_code == 422
    wrong = await _json(hand, OPTIONS, {"password": "wrong"})
    assert wrong.status_code == 422 and "The password is not right." in wrong.text
    # What signs in or unlocks is no challenge to add one by.
    other = (await _json(hand, "/sign-in/passkey/options", {})).json()["challenge"]
    assert (await _json(hand, "/account/passkeys", {"challenge": other, "credential": {}})).status_code == 422
    assert "challenge" in (await _json(hand, OPTIONS, {"password": PASSWORD})).json()
    tries = [(await _json(hand, OPTIONS, {"password": f"guess {n}"})).status_code for n in range(9)]
    assert tries[-1] == 429 and tries.count(422) == 8
    assert (await _json(hand, OPTIONS, {"password": PASSWORD})).status_code == 429


async def test_who_has_no_other_proof_has_just_signed_in(home: Home, hand: Hand) -> None:
    account = await _signed_in(home, hand)
    await _without_password(home, account)
    assert "challenge" in (await _json(hand, OPTIONS, {})).json()
    await _signed_in_ago(home, account, FRESH)
    late = await _json(hand, OPTIONS, {})
    assert late.status_code == 422 and "Sign out and in again first" in late.text
    assert "sign out and in again" in (await hand.get("/account")).text
    assert (await hand.post("/account/password", {"password": OWN})).status_code == 422
    await _signed_in_ago(home, account, timedelta(minutes=1))
    await hand.get("/account")
    assert (await hand.post("/account/password", {"password": OWN})).status_code == 303


async def test_who_has_a_passkey_proves_their_identity_by_it(home: Home, hand: Hand) -> None:
    account = await _signed_in(home, hand)
    await _without_password(home, account)
    await _give_passkey(home, account)
    assert (await _json(hand, OPTIONS, {})).status_code == 422
    for forged in ("", '{"challenge": "x", "credential": {}}', "[]", "no"):
        refused = await hand.post("/account/password", {"password": OWN, "proof": forged})
        assert refused.status_code == 422 and heading(refused) == "That was not possible"


async def test_a_passkey_adds_another_and_a_first_password(home: Home, page_as: PageAs) -> None:
    account = await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    first = await _with_authenticator(page)
    await page.goto("/account")
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=The password is not right.")
    await page.fill("[name=passkey_password]", PASSWORD)
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=A device, added")
    await axe(page)

    await _without_password(home, account)
    await page.goto("/account")
    await axe(page)
    await page.fill("[name=password]", OWN)
    await page.click("button:has-text('Save password')")
    await page.wait_for_selector("text=Your password is changed")

    async def another_device(route: Route) -> None:
        """Replace the authenticator: the first has signed, and would make no second passkey for the same account."""
        await first.send("WebAuthn.disable")
        await _with_authenticator(page)
        await route.continue_()

    await page.route(f"**{OPTIONS}", another_device)
    await page.fill("[name=label]", "Another device")
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=Another device, added")


async def test_a_passkey_on_its_way_does_not_outlive_the_link_that_removes_them(home: Home, page_as: PageAs) -> None:
    account = await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await _with_authenticator(page)
    await page.goto("/account")
    await page.fill("[name=passkey_password]", PASSWORD)
    async with home.database.transaction(Actor.service("console")) as tx:
        await staff.set_password(tx, account, "none")
        await passkeys.remove_all(tx, account)
        async with page.expect_request("**/account/passkeys"):
            await page.click("text=Add a passkey for this device")
        await asyncio.sleep(1)
    await page.wait_for_selector("text=That did not work. Nothing was changed.")
    async with home.database.transaction(Actor.service("console")) as tx:
        assert not await passkeys.of_account(tx, account)


async def test_a_colleagues_passkey_is_no_proof(home: Home, page_as: PageAs) -> None:
    await home.hire("worker", first := f"synthetic-{uuid4()}")
    second = await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=first)
    await _with_authenticator(page)
    await page.goto("/account")
    await page.fill("[name=passkey_password]", PASSWORD)
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=A device, added")
    await sign_out(page)
    await page.click("text=Sign in again")
    await page.fill("[name=sign_in]", name)
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button:has-text('Sign in')")
    await page.wait_for_url("**/today")
    await _give_passkey(home, second)
    await page.goto("/account")
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=This is not a passkey of this account.")


async def _signed_in(home: Home, hand: Hand) -> UUID:
    account = await home.hire("worker", name := f"synthetic-{uuid4()}")
    await hand.sign_in(name, PASSWORD)
    await hand.get("/account")
    return account


async def _json(hand: Hand, path: str, body: Mapping[str, Any]) -> httpx.Response:
    from_us = {"Origin": hand.origin, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": hand.token}
    return await hand.http.post(path, json=body, headers={**hand.cookie(), **from_us})


async def _without_password(home: Home, account: UUID) -> None:
    async with home.database.transaction(Actor.service("console")) as tx:
        await tx.execute(update(Account).where(Account.id == account).values(password_hash=None))


async def _signed_in_ago(home: Home, account: UUID, ago: timedelta) -> None:
    async with home.database.transaction(Actor.service("console")) as tx:
        await tx.execute(update(Session).where(Session.account_id == account).values(started_at=clock.real() - ago))


async def _give_passkey(home: Home, account: UUID) -> None:
    """One of a device that is not here."""
    async with home.database.transaction(Actor.service("console")) as tx:
        made = {"credential_id": uuid4().bytes, "public_key": b"none", "sign_count": 0}
        await passkeys.keep(tx, account, label="Elsewhere", **made)
