"""Programs: an administrator makes one, it works within its scopes everywhere, and ends everywhere when revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from deploy.questions import Questions
from services.console.program import rules
from services.console.program import service as programs
from services.console.program.models import ProgramKey
from shared import clock
from shared.access.programs import SCOPES
from shared.context import Actor
from shared.http.program_keys import digest
from tests.console.click import click_through
from tests.console.conftest import Home, PageAs
from tests.console.looks import looked_at
from tests.referrals.mail.letters import mail
from tests.shared.ground import until

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_every_scope_has_words() -> None:
    assert set(rules.WORDS) == set(SCOPES)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, None),
        ({"name": "Mail gateway"}, "name"),
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"teams": []}, "teams"),
        ({"scopes": ["monitoring", "directory"], "teams": []}, None),
        ({"agency": "x"}, "agency"),
        ({"scopes": ["service_answers"]}, "agency"),
        ({"scopes": ["service_answers"], "agency": "x"}, None),
        ({"scopes": ["service_answers", "inbound_mail"], "agency": "x"}, "scopes"),
    ],
)
def test_what_a_program_may_be_given(given: dict[str, Any], field: str | None) -> None:
    whole = {"name": "mail-gateway", "scopes": ["inbound_mail"], "teams": ["t"], "agency": None, **given}
    found = rules.wrong_with(**whole)
    assert (found and found[0]) == field


def test_a_key_ends_within_a_year_and_is_told_of_two_weeks_before() -> None:
    assert rules.wrong_end(None, NOW) and rules.wrong_end(NOW, NOW) and rules.wrong_end(NOW + timedelta(days=367), NOW)
    assert rules.wrong_end(NOW + timedelta(days=365), NOW) is None
    soon, later = NOW + timedelta(days=13), NOW + timedelta(days=40)
    assert rules.ends_soon([soon], NOW) == soon
    assert rules.ends_soon([soon, later], NOW) is None and rules.ends_soon([], NOW) is None


async def submitted(home: Home, key: str, letter: bytes) -> int:
    """Submit an email as a mail gateway does."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "message/rfc822"}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        return (
            await http.post(f"{home.stack.url('referrals')}/inbound-mail", content=letter, headers=headers)
        ).status_code


async def test_a_program_submits_emails_by_a_key_until_it_is_revoked(home: Home, page_as: PageAs) -> None:
    name, letter = f"gateway-{str(uuid4())[-12:]}", mail("Hello (synthetic)")
    page = await page_as("admin")
    await page.goto("/programs")
    await page.click("text=Add a program")
    await click_through(page.locator("button:has-text('Make the program')"))
    assert "Name: must have 3 to 40" in await page.inner_text(".nhsuk-error-summary")
    await looked_at(page, "program-refused")
    await page.fill("[name=name]", name)
    await page.check("text=Submit received emails")
    await page.check(f"[name=teams][value='{home.team}']")
    ends = clock.real() + timedelta(days=60)
    for part in ("day", "month", "year"):
        await page.fill(f"[name=expires_at-{part}]", str(getattr(ends, part)))
    await click_through(page.locator("button:has-text('Make the program')"))
    key = await page.inner_text("[data-key]")
    await looked_at(page, "program-key")
    await until(lambda: _answers(home, key, letter, 202))
    # What it may do is in its key: nothing else, in no service.
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for where in ("intake/people", "casework/tasks", "referrals/mails", "casework/operations/dead-letters"):
            service, _, path = where.partition("/")
            answer = await http.get(f"{home.stack.url(service)}/{path}", headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 403, where
    await page.click(f"text={name}")
    await looked_at(page, "program")
    assert key not in await page.content()
    # The next key works beside the first; a third is refused.
    for part in ("day", "month", "year"):
        await page.fill(f"[name=expires_at-{part}]", str(getattr(ends, part)))
    await click_through(page.locator("button:has-text('Make another key')"))
    other = await page.inner_text("[data-key]")
    await until(lambda: _answers(home, other, letter, 202))
    assert await submitted(home, key, letter) == 202
    await page.click(f"text={name}")
    for part in ("day", "month", "year"):
        await page.fill(f"[name=expires_at-{part}]", str(getattr(ends, part)))
    await click_through(page.locator("button:has-text('Make another key')"))
    assert "Two keys of this program are valid" in await page.inner_text(".nhsuk-error-summary")
    await click_through(page.locator(f"button:has-text('Revoke the key that ends with {key[-4:]}')"))
    assert "Revoked" in await page.inner_text("main")
    await until(lambda: _answers(home, key, letter, 401))
    assert await submitted(home, other, letter) == 202
    await until(lambda: _told(home, key))


async def _answers(home: Home, key: str, letter: bytes, status: int) -> bool:
    return await submitted(home, key, letter) == status


async def _told(home: Home, key: str) -> bool:
    async with home.database.transaction(Actor.service("console")) as tx:
        row = await tx.scalar(select(ProgramKey).where(ProgramKey.digest == digest(key)))
    return row is not None and row.told_at is not None


async def test_status_names_the_program_whose_last_key_ends_soon(home: Home) -> None:
    name, now = f"ending-{str(uuid4())[-12:]}", clock.real()
    wanted = programs.Wanted(name, ("monitoring",), (), None, now + timedelta(days=7))
    asked = Questions(home.stack.settings())
    async with home.database.transaction(Actor.service("console")) as tx:
        made, _ = await programs.open_program(tx, home.ids["admin"], wanted)
    assert name in [each["name"] for each in (await asked.programs())["ending"]]
    async with home.database.transaction(Actor.service("console")) as tx:
        await programs.add_key(tx, home.ids["admin"], made.id, now + timedelta(days=90))
    assert name not in [each["name"] for each in (await asked.programs())["ending"]]
