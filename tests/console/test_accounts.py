"""Accounts: the first administrator's link, staff and teams, one's own password, passkeys, and the lock."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.demo.api import ApiError, Json
from deploy.demo.setting import Setting
from services.console.admin import service as admin
from services.console.staff import invitations, membership, passkeys
from services.console.staff import service as staff
from services.console.staff.models import Invitation, Team
from shared.context import Actor
from tests.console.click import click_through
from tests.console.conftest import PASSWORD, Home, PageAs, sign_out
from tests.console.hand import Hand, heading
from tests.console.looks import axe, looked_at

OWN = "harbour violet trumpet moss"


async def _link(home: Home, role: str = "worker") -> tuple[str, str]:
    """Open an account without a password, and make its link."""
    name = f"synthetic-{uuid4()}"
    account = await home.hire(role, name)
    async with home.database.transaction(Actor.service("console")) as tx:
        return name, "/begin/" + await invitations.invite(tx, account)


async def test_an_administrator_adds_somebody_who_then_signs_in(home: Home, page_as: PageAs) -> None:
    name = f"synthetic-{uuid4()}"
    page = await page_as("admin")
    await page.goto("/")
    assert page.url.endswith("/admin")
    await looked_at(page, "staff-and-teams")
    await page.click("text=Add somebody")
    await looked_at(page)
    await click_through(page.locator("button:has-text('Save')"))
    assert "Name: must not be empty" in await page.inner_text(".nhsuk-error-summary")
    await looked_at(page)
    await page.fill("[name=name]", "Synthetic Sid")
    await page.fill("[name=sign_in]", name)
    await page.check("text=Clinician")
    await page.check("text=Synthetic team")
    await page.click("button:has-text('Save')")
    await expect(page.locator("h1")).to_have_text("Synthetic Sid")
    await looked_at(page, "staff")
    await page.click("text=Make a one-time link")
    await looked_at(page)
    link = await page.inner_text("[data-link]")
    theirs = await page_as(None)
    await theirs.goto(link)
    await looked_at(theirs, "choose-a-password")
    await theirs.fill("[name=password]", "short")
    await click_through(theirs.locator("button:has-text('Save and sign in')"))
    assert "at least 12 characters" in (await theirs.inner_text(".nhsuk-error-summary")).lower()
    await theirs.fill("[name=password]", OWN)
    await theirs.fill("[name=again]", OWN)
    await theirs.click("button:has-text('Save and sign in')")
    await theirs.wait_for_url("**/first-day")
    await theirs.goto("/account")
    assert "Clinician" in await theirs.inner_text("main")
    await looked_at(theirs, "account")
    await theirs.goto(link)
    assert await theirs.inner_text("h1") == "This link has already been used"
    await looked_at(theirs)


async def test_of_two_links_made_at_once_the_later_one_alone_opens(home: Home) -> None:
    me, account = (await home.hire("admin", f"synthetic-{uuid4()}")), await home.hire("worker", f"synthetic-{uuid4()}")
    both_began = asyncio.Barrier(2)

    async def invited() -> str:
        async with home.database.transaction(Actor.service("console")) as tx:
            await staff.by_id(tx, account)
            await both_began.wait()
            return await admin.invite(tx, me, account)

    for _ in range(5):
        made = await asyncio.gather(invited(), invited())
        async with home.database.transaction(Actor.service("console")) as tx:
            live = [token for token in made if await invitations.find(tx, token) is not None]
            left = await tx.scalar(select(func.count()).select_from(Invitation).where(Invitation.account_id == account))
        assert (len(live), left) == (1, 1)


async def test_a_link_works_once_however_fast_it_is_pressed(home: Home, hand: Hand) -> None:
    _, link = await _link(home)
    for _ in range(3):  # a scanner that fetches uses nothing up
        assert (await hand.get(link)).status_code == 200
    fields = {"password": OWN, "again": OWN}
    assert (await hand.post(link, fields)).status_code == 303
    other = hand.other()
    await other.get("/sign-in")
    assert (await other.post(link, fields)).status_code == 404


async def test_a_new_link_removes_the_passkeys_when_it_is_used(home: Home, hand: Hand) -> None:
    account = await home.hire("worker", f"synthetic-{uuid4()}")
    made = {"public_key": b"none", "sign_count": 0, "label": "Somebody else's"}
    async with home.database.transaction(Actor.service("console")) as tx:
        await passkeys.keep(tx, account, credential_id=uuid4().bytes, **made)
        others = await passkeys.keep(tx, home.ids["worker"], credential_id=uuid4().bytes, **made)
    admin = hand.other()
    await admin.sign_in("admin", PASSWORD)
    await admin.get(f"/admin/staff/{account}")
    shown = await admin.post(f"/admin/staff/{account}/link")
    assert "removes all its passkeys" in shown.text
    link = re.search(r"/begin/[\w-]+", shown.text)
    assert link
    assert "removes every passkey of this account" in (await hand.get(link[0])).text
    short = await hand.post(link[0], {"password": "short", "again": "short"})
    assert short.status_code == 422 and "removes every passkey of this account" in short.text
    assert await _passkeys(home, account) == 1
    assert (await hand.post(link[0], {"password": OWN, "again": OWN})).status_code == 303
    assert await _passkeys(home, account) == 0
    async with home.database.transaction(Actor.service("console")) as tx:
        assert others.id in {one.id for one in await passkeys.of_account(tx, home.ids["worker"])}
        await passkeys.remove(tx, home.ids["worker"], others.id)


async def _passkeys(home: Home, account: UUID) -> int:
    async with home.database.transaction(Actor.service("console")) as tx:
        return len(await passkeys.of_account(tx, account))


async def test_the_holder_and_the_guardian_are_told_what_an_administrator_did(home: Home, hand: Hand) -> None:
    """An administrator who takes an account by a link is seen: by its holder, and by the guardian of the team."""
    team = (await _team(home)).id
    worker = await home.hire("worker", name := f"synthetic-{uuid4()}", team)
    await home.hire("guardian", guardian := f"synthetic-{uuid4()}", team)
    await hand.sign_in("admin", PASSWORD)
    await hand.get(path := f"/admin/staff/{worker}")
    link = re.search(r"/begin/[\w-]+", (await hand.post(f"{path}/link")).text)
    assert link
    taken = hand.other()
    await taken.get(link[0])
    assert (await taken.post(link[0], {"password": OWN, "again": OWN})).status_code == 303
    fields = {"name": "Synthetic", "sign_in": name, "role": "clinician", "teams": str(team), "version": "1"}
    assert (await hand.post(path, fields)).status_code == 303

    holder = hand.other()
    await holder.sign_in(name, OWN)
    assert (await holder.get("/")).headers["location"] == "/account"
    shown = (await holder.get("/account")).text
    for words in ("One-time link made", "One-time link used", "Role changed", "tell your guardian"):
        assert words in shown
    assert (await holder.post("/account-changes/mine/read")).status_code == 303
    assert (await holder.get("/")).headers["location"] == "/today"

    watcher = hand.other()
    await watcher.sign_in(guardian, PASSWORD)
    assert (await watcher.get("/")).headers["location"] == "/account-changes"
    listed = (await watcher.get("/account-changes")).text
    assert "One-time link used" in listed and "Role changed" in listed and listed.count(">New<") == 4
    until = re.search(r'name="until" value="([^"]+)"', listed)
    assert until
    assert (await watcher.post("/account-changes/read", {"until": until[1]})).status_code == 303
    assert ">New<" not in (await watcher.get("/account-changes")).text
    assert (await watcher.get("/")).headers["location"] == "/today"
    assert (await holder.get("/account-changes")).status_code == 403


async def test_who_is_added_can_be_given_a_case_and_who_is_closed_keeps_none(
    home: Home, hand: Hand, scene: Setting
) -> None:
    """Casework receives both changes, without anybody signing in or pressing anything else."""
    await scene.register()
    await scene.start_plan()
    case = scene.cast.case
    await hand.sign_in("admin", PASSWORD)
    await hand.get("/admin/staff/new")
    fields = {"name": "Synthetic Sid", "sign_in": f"synthetic-{uuid4()}", "role": "worker", "teams": str(home.team)}
    account = (await hand.post("/admin/staff/new", fields)).headers["location"]
    to = account.rpartition("/")[2]

    async def given() -> Json | None:
        """the new colleague has the case"""
        try:
            return await scene.supervisor.post("casework", f"/cases/{case}/reassign", {"worker_id": to})
        except ApiError as refused:
            assert refused.status == 422, refused
            return None

    async def without() -> Json | None:
        """the case waits for a worker"""
        found = await scene.supervisor.every("casework", "/cases", without_worker=True)
        return next((each for each in found if each["id"] == case), None)

    assert (await scene.soon(given))["worker_id"] == to
    assert await without() is None
    await hand.get(account)
    assert (await hand.post(f"{account}/disable")).status_code == 303
    assert (await scene.soon(without))["worker_id"] is None
    supervisor = hand.other()
    await supervisor.sign_in("supervisor", PASSWORD)
    assert f'name="worker-{case}"' in (await supervisor.get("/board/caseloads")).text
    owed = await scene.supervisor.every("casework", "/tasks", case_id=case)
    assert "waiting_for_worker" in {task["kind"] for task in owed}


async def test_an_account_that_begins_by_its_link_begins_its_day(home: Home, hand: Hand) -> None:
    await hand.sign_in("admin", PASSWORD)
    await hand.get("/admin/staff/new")
    fields = {"name": "Synthetic", "sign_in": f"synthetic-{uuid4()}", "role": "worker", "teams": str(home.team)}
    made = (await hand.post("/admin/staff/new", fields)).headers["location"]
    await hand.get(made)
    link = re.search(r"/begin/[\w-]+", (await hand.post(f"{made}/link")).text)
    assert link
    theirs = hand.other()
    await theirs.get(link[0])
    assert (await theirs.post(link[0], {"password": OWN, "again": OWN})).status_code == 303
    assert (await theirs.get("/")).headers["location"] == "/first-day"


async def _team(home: Home) -> Team:
    async with home.database.transaction(Actor.service("console")) as tx:
        return await staff.open_team(tx, f"Synthetic team {uuid4()}")


async def test_the_first_administrators_link_makes_one_and_no_second(home: Home, hand: Hand) -> None:
    async with home.database.transaction(Actor.service("console")) as tx:
        link = "/begin/" + await invitations.invite(tx, None)
    assert heading(await hand.get(link)) == "Make the administrator's account"
    # There is one already on this stack, so the link makes none.
    fields = {"name": "Synthetic intruder", "sign_in": f"synthetic-{uuid4()}", "password": OWN, "again": OWN}
    assert (await hand.post(link, fields)).status_code == 404


async def test_nobody_else_may_see_or_change_accounts(home: Home, hand: Hand) -> None:
    await hand.sign_in("supervisor", PASSWORD)
    await hand.get("/today")
    for path in ("/admin", "/admin/staff/new", f"/admin/staff/{home.ids['worker']}"):
        assert (await hand.get(path)).status_code == 403
    await hand.get("/today")
    for path in (f"/admin/staff/{home.ids['supervisor']}", "/admin/staff/new", "/admin/teams"):
        assert (await hand.post(path, {"role": "admin", "name": "x", "sign_in": "x"})).status_code == 403


async def test_two_administrators_at_one_account_the_second_is_told(home: Home, hand: Hand) -> None:
    account = await home.hire("worker", name := f"synthetic-{uuid4()}")
    await hand.sign_in("admin", PASSWORD)
    await hand.get(path := f"/admin/staff/{account}")
    fields = {"name": "First", "sign_in": name, "role": "worker", "teams": str(home.team), "version": "1"}
    assert (await hand.post(path, fields)).status_code == 303
    late = await hand.post(path, {**fields, "name": "Second"})
    assert late.status_code == 412 and "Somebody else changed this account" in late.text
    assert "First" in (await hand.get(path)).text


async def test_an_administrator_cannot_lock_themselves_out(home: Home, hand: Hand) -> None:
    await hand.sign_in("admin", PASSWORD)
    await hand.get(path := f"/admin/staff/{home.ids['admin']}")
    assert (await hand.post(f"{path}/disable")).status_code == 409
    fields = {"name": "x", "sign_in": "admin", "role": "worker", "teams": str(home.team), "version": "1"}
    assert (await hand.post(path, fields)).status_code == 409


async def test_a_new_password_signs_out_every_other_browser(home: Home, hand: Hand) -> None:
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    other = hand.other()
    await other.sign_in(name, PASSWORD)
    await hand.sign_in(name, PASSWORD)
    await hand.get("/account")
    wrong = await hand.post("/account/password", {"old_password": "wrong", "password": OWN})
    assert wrong.status_code == 422
    assert (await hand.post("/account/password", {"old_password": PASSWORD, "password": OWN})).status_code == 303
    assert (await hand.get("/today")).status_code == 200
    assert (await other.get("/today")).status_code == 303


# -- passkeys


async def _with_authenticator(page: Page) -> Any:
    """Attach a software authenticator that confirms its user by fingerprint."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    session.devices = [made["authenticatorId"]]  # pyright: ignore[reportAttributeAccessIssue]
    return session


async def test_a_passkey_is_added_signs_in_and_unlocks_without_losing_the_page(home: Home, page_as: PageAs) -> None:
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await _with_authenticator(page)
    await page.goto("/account")
    await page.fill("[name=label]", "Synthetic phone")
    await page.fill("[name=passkey_password]", PASSWORD)
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=Synthetic phone, added")
    await sign_out(page)
    await page.wait_for_selector("h1:has-text('You are signed out')")

    await page.goto("/sign-in?next=/account")
    await page.click("text=Sign in with a passkey")
    await page.wait_for_selector("h1:has-text('Your account')")
    assert name in await page.inner_text("main")

    # Half an hour later, half way through a form.
    await page.fill("[name=label]", "half written")
    await home.idle(name)
    await page.evaluate("document.dispatchEvent(new Event('alongside:lock'))")
    assert await page.is_visible("text=This page is locked")
    await axe(page)
    await page.click("text=Unlock with a passkey")
    await page.wait_for_selector("dialog[data-lock]", state="hidden")
    assert await page.input_value("[name=label]") == "half written"
    # The form that was open before still holds: same session, same token.
    await click_through(page.locator("button:has-text('Remove')"))
    assert "The passkey is removed" in await page.inner_text("main")


async def test_a_passkey_whose_counter_falls_back_or_stands_still_is_let_in_and_noted(
    home: Home, page_as: PageAs
) -> None:
    """As a restored phone or a passkey kept in a cloud counts. Its holder is told, and nobody is locked out."""
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    authenticator = await _with_authenticator(page)
    await page.goto("/account")
    await page.fill("[name=label]", "Synthetic phone")
    await page.fill("[name=passkey_password]", PASSWORD)
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=Synthetic phone, added")

    async def enter() -> str:
        await sign_out(page)
        await page.wait_for_selector("h1:has-text('You are signed out')")
        await page.goto("/sign-in?next=/account")
        await page.click("text=Sign in with a passkey")
        await page.wait_for_selector("h1:has-text('Your account')")
        return await page.inner_text("main")

    assert "did not count on" not in await enter() + await enter()
    [device] = authenticator.devices
    found = await authenticator.send("WebAuthn.getCredentials", {"authenticatorId": device})
    [credential] = found["credentials"]
    assert credential["signCount"] > 1
    for count in (0, 1):
        known = {"authenticatorId": device, "credentialId": credential["credentialId"]}
        await authenticator.send("WebAuthn.removeCredential", known)
        restored = {"authenticatorId": device, "credential": {**credential, "signCount": count}}
        await authenticator.send("WebAuthn.addCredential", restored)
        assert "did not count on" in await enter()
    log = (home.stack.folder.path / "logs" / "console.log").read_text()
    assert "the counter of a passkey did not move on" in log


async def test_the_lock_opens_by_password_too_and_not_by_a_wrong_one(home: Home, page_as: PageAs) -> None:
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await page.goto("/account")
    await home.idle(name)
    await page.evaluate("document.dispatchEvent(new Event('alongside:lock'))")
    await page.fill("#lock-password", "wrong")
    await page.click("text=Unlock with the password")
    await page.wait_for_selector("dialog >> text=The password is not right.")
    await page.fill("#lock-password", PASSWORD)
    await page.click("text=Unlock with the password")
    await page.wait_for_selector("dialog[data-lock]", state="hidden")
    await page.goto("/today")
    assert await page.inner_text("h1") != "Your session is over"


async def test_anothers_passkey_does_not_unlock(home: Home, page_as: PageAs) -> None:
    await home.hire("worker", first := f"synthetic-{uuid4()}")
    await home.hire("worker", second := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=first)
    await _with_authenticator(page)
    await page.goto("/account")
    await page.fill("[name=passkey_password]", PASSWORD)
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=A device, added")
    await sign_out(page)
    await page.wait_for_selector("h1:has-text('You are signed out')")
    await page.goto("/sign-in")
    await page.fill("[name=sign_in]", second)
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button:has-text('Sign in')")
    await page.wait_for_url("**/today")
    await home.idle(second)
    await page.evaluate("document.dispatchEvent(new Event('alongside:lock'))")
    await page.click("text=Unlock with a passkey")
    await page.wait_for_selector("dialog >> text=That did not work.")
    assert (await page.goto("/today")).status == 401  # pyright: ignore[reportOptionalMemberAccess]


async def test_a_passkeys_answer_is_worth_nothing_twice(home: Home, page_as: PageAs) -> None:
    await home.hire("worker", name := f"synthetic-{uuid4()}")
    page = await page_as("worker", sign_in=name)
    await _with_authenticator(page)
    await page.goto("/account")
    await page.fill("[name=passkey_password]", PASSWORD)
    await page.click("text=Add a passkey for this device")
    await page.wait_for_selector("text=A device, added")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "/unlock/" in request.url else None)
    await page.evaluate("document.dispatchEvent(new Event('alongside:lock'))")
    await page.click("text=Unlock with a passkey")
    await page.wait_for_selector("dialog[data-lock]", state="hidden")
    again = await page.evaluate(
        """async ([body]) => (await fetch("/unlock/passkey", {method: "POST", body, headers: {
            "Content-Type": "application/json",
            "X-CSRF-Token": document.querySelector("[data-lock]").dataset.csrf}})).status""",
        sent,
    )
    assert again == 422


async def test_a_session_over_in_the_middle_keeps_what_was_written(home: Home, page_as: PageAs) -> None:
    await home.hire("admin", name := f"synthetic-{uuid4()}")
    page = await page_as("admin", sign_in=name)
    await page.goto("/admin")
    await home.end_sessions(name)
    team = f"Synthetic team {uuid4()}"
    await page.fill("[name=team_name]", team)
    await page.click("text=Add the team")
    await page.wait_for_selector("h1:has-text('Your session is over')")
    await axe(page)
    other = await page.context.new_page()
    await other.goto("/sign-in")
    await other.fill("[name=sign_in]", name)
    await other.fill("[name=password]", PASSWORD)
    await other.click("main button:has-text('Sign in')")
    await other.wait_for_url("**/admin")
    await page.click("button:has-text('Send it again')")
    await page.wait_for_selector("h1:has-text('Send this now?')")
    await axe(page)
    await page.click("button:has-text('Send it now')")
    await page.wait_for_selector("h1:has-text('Staff and teams')")
    assert re.search(team, await page.inner_text("main"))


async def test_an_account_opened_between_two_reads_is_not_stated_as_in_no_team(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each read sees what is committed by then; in no team, casework would take all work from the account."""
    opened: list[UUID] = []

    def then_somebody_is_hired(read: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def first(tx: AsyncSession) -> Any:
            found = await read(tx)
            if not opened:
                opened.append(await home.hire("worker", f"between-{uuid4()}"))
            return found

        return first

    monkeypatch.setattr(staff, "every", then_somebody_is_hired(staff.every))
    monkeypatch.setattr(staff, "memberships", then_somebody_is_hired(staff.memberships))
    async with home.database.transaction(Actor.service("console")) as tx:
        stated = await membership.everybody(tx)
    assert opened and (opened[0] not in stated or stated[opened[0]].teams)
