"""An administrator's first steps: what is missing is named with what to do, and a test email says what became of it."""

import pytest

from services.console.setup import view
from services.referrals.outbound.refusals import Trouble
from shared.access.roles import Role
from shared.settings import Settings
from tests.console.click import click_through
from tests.console.conftest import Home, PageAs
from tests.console.looks import looked_at
from tests.words import of_all

NOTHING = {"emails_go": "nowhere", "sender_is_set": False, "services": 0}
ALL = {"emails_go": "relay", "sender_is_set": True, "services": 3}
STAFF = {Role.SUPERVISOR, Role.GUARDIAN, Role.WORKER}
SET = Settings(
    organisation_name="Synthetic Outreach",
    organisation_phone="020 7946 0100",
    organisation_website="outreach.example.org",
    contact_phone="020 7946 0101",
)


def test_everything_missing_is_named_and_nothing_that_is_there() -> None:
    empty = view.items(Settings(), NOTHING, set(), 0, tested=False)
    assert not any(item.done for item in empty) and all(item.do for item in empty)
    assert all(item.done for item in view.items(SET, ALL, STAFF, 1, tested=True))


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"settings": SET.model_copy(update={"organisation_name": " "})}, "Name of the organisation"),
        ({"settings": SET.model_copy(update={"organisation_website": ""})}, "Switchboard and website"),
        ({"settings": SET.model_copy(update={"contact_phone": ""})}, "Number of the team"),
        ({"found": {**ALL, "emails_go": "folder"}}, "Relay for emails"),
        ({"found": {**ALL, "sender_is_set": False}}, "Relay for emails"),
        ({"found": {**ALL, "services": 0}}, "Directory of services"),
        ({"tested": False}, "Test email to yourself"),
        ({"teams": 0}, "A team"),
        ({"staff": STAFF - {Role.GUARDIAN}}, "A guardian"),
    ],
)
def test_each_thing_alone(change: dict[str, object], title: str) -> None:
    given: dict[str, object] = {"settings": SET, "found": ALL, "staff": STAFF, "teams": 1, "tested": True}
    missing = [item.title for item in view.items(**{**given, **change}) if not item.done]  # pyright: ignore
    assert missing == [title]


def test_every_trouble_of_a_relay_has_words() -> None:
    theirs = {"relay_says_too_big", "intake_away", "their_system_refuses_us", "their_system_says_later"}
    assert set(view.TROUBLES) == {trouble.value for trouble in Trouble} - theirs
    assert not of_all(((code, text) for code, text in view.TROUBLES.items()), codes=False)


async def test_an_administrator_sees_what_is_missing_and_sends_a_test_email(home: Home, page_as: PageAs) -> None:
    page = await page_as("admin")
    await page.goto("/admin")
    await click_through(page.locator(".console-header__links >> text=First steps"))
    said = await page.inner_text("main")
    assert "still missing" in said and "ALONGSIDE_CONTACT_PHONE" in said
    await looked_at(page, "setup")
    await click_through(page.locator("main button:has-text('Send test email')"))
    assert "enter your own email address" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.fill("[name=to]", "not an address")
    await page.click("main button:has-text('Send test email')")
    await page.wait_for_selector(".nhsuk-error-summary")
    assert await page.input_value("[name=to]") == "not an address"
    await looked_at(page)
    await page.fill("[name=to]", "administrator@outreach.invalid")
    await page.click("main button:has-text('Send test email')")
    await page.wait_for_selector("text=The test email was written to the folder for emails")
    [written] = home.stack.folder.mail.glob("test-*.eml")
    text = written.read_text()
    assert "To: administrator@outreach.invalid" in text and "Subject: Test email from Alongside" in text
    done = page.locator("li:has-text('Test email to yourself') .nhsuk-tag")
    assert await done.inner_text() == "Done"


async def test_only_an_administrator_sees_it(page_as: PageAs) -> None:
    page = await page_as("supervisor", script=False)
    answer = await page.goto("/setup")
    assert answer is not None and answer.status == 403
