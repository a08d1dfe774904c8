"""Back after Save: what was recorded, changed and saved again is asked about, and never recorded twice unasked."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from deploy.demo.setting import Setting
from services.console.backend.errors import KEPT_BEFORE
from services.console.web import sent
from shared.ids import new_id
from tests.console.conftest import PHONE, PageAs
from tests.console.looks import axe, screenshot
from tests.console.people.test_people import fresh

Read = Callable[[Setting], Awaitable[list[str]]]


async def _contacts(scene: Setting) -> list[str]:
    return [one["note"] for one in await scene.worker.every("intake", f"/people/{scene.cast.person}/contacts")]


async def _concerns(scene: Setting) -> list[str]:
    return [one["what"] for one in await scene.worker.every("intake", f"/people/{scene.cast.person}/concerns")]


async def _grounds(scene: Setting) -> list[str]:
    return [one["note"] for one in await scene.worker.every("intake", f"/people/{scene.cast.person}/legal-bases")]


async def _goals(scene: Setting) -> list[str]:
    return [one["words"] for one in (await scene.worker.get("casework", f"/plans/{scene.cast.plan}"))["goals"][1:]]


class Form:
    """A form that records something.

    It has the page it stands on and the address it is sent to, its free text, what else must be chosen, the recorded
    texts, and the page it leads to.
    """

    def __init__(self, page: str, to: str, text: str, chosen: dict[str, str], read: Read, then: str) -> None:
        self.page, self.to, self.text, self.chosen, self.read, self.then = page, to, text, chosen, read, then

    async def fill(self, page: Page, scene: Setting, words: str) -> None:
        # A part of the page that is folded away is opened as one would.
        await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        form = page.locator(f"form[action='{self.to.format(**vars(scene.cast))}']")
        for name, value in self.chosen.items():
            field = form.locator(f"[name='{name}']")
            if await field.first.evaluate("field => field.tagName") == "SELECT":
                await field.select_option(value.format(agency=scene.cast.services["tb"]["agency_id"]))
            else:
                await form.locator(f"[name='{name}'][value='{value}']").check()
        await form.locator(f"[name={self.text}]").fill(words)

    async def save(self, page: Page, scene: Setting) -> None:
        await page.locator(f"form[action='{self.to.format(**vars(scene.cast))}'] button").last.click()


P = "/people/{person}"
FORMS = {
    "contact": Form(f"{P}/contacts/new", f"{P}/contacts", "note", {"kind": "met"}, _contacts, P),
    "concern": Form(f"{P}/concerns/new", f"{P}/concerns", "what", {"about": "adult"}, _concerns, f"{P}/concerns"),
    "ground": Form(
        f"{P}/legal-bases/new",
        f"{P}/legal-bases",
        "note",
        {"agency_id": "{agency}", "grounds": "statute", "override": "no"},
        _grounds,
        f"{P}/disclosures",
    ),
    "goal": Form("/plans/{plan}", "/plans/{plan}/goals", "words", {}, _goals, "/plans/{plan}#goals"),
}


async def saved_and_back(page: Page, scene: Setting, form: Form) -> None:
    """Record the form once, and go back to its page."""
    await page.goto(form.page.format(**vars(scene.cast)))
    await form.fill(page, scene, "First. (synthetic)")
    await form.save(page, scene)
    await page.wait_for_url("**" + form.then.format(**vars(scene.cast)))
    assert await form.read(scene) == ["First. (synthetic)"]
    await page.go_back()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("kind", FORMS)
async def test_back_a_word_more_and_save_asks(page_as: PageAs, scene: Setting, kind: str, script: bool) -> None:
    form = FORMS[kind]
    await scene.register(fresh("Bea"))
    if kind == "goal":
        await scene.start_plan()
    page = await page_as("worker", PHONE, script=script)
    await saved_and_back(page, scene, form)
    await form.fill(page, scene, "First. More. (synthetic)")
    await form.save(page, scene)
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text(KEPT_BEFORE)
    assert await form.read(scene) == ["First. (synthetic)"]
    if script:
        await axe(page)
        await screenshot(page, f"back-{kind}")
    if kind in ("contact", "concern"):
        await page.get_by_label("Record this instead").check()
        wanted = ["First. More. (synthetic)"]
    else:
        await page.get_by_label("Record this as well").check()
        wanted = ["First. (synthetic)", "First. More. (synthetic)"]
    await form.save(page, scene)

    async def recorded() -> bool | None:
        return True if sorted(await form.read(scene)) == wanted else None

    await scene.soon(recorded)
    if kind in ("contact", "concern"):
        [struck] = await scene.worker.every("intake", f"/people/{scene.cast.person}/strikes")
        assert struck["record"] == kind


async def test_a_form_opened_anew_is_a_new_one_and_the_same_words_again_are_none(
    page_as: PageAs, scene: Setting
) -> None:
    form = FORMS["concern"]
    await scene.register(fresh("Bo"))
    page = await page_as("worker", PHONE, script=False)
    await saved_and_back(page, scene, form)
    await form.fill(page, scene, "First. (synthetic)")
    await form.save(page, scene)
    await page.wait_for_url("**/concerns")
    assert len(await form.read(scene)) == 1, "nothing was changed"
    await page.locator("main a[href$='/concerns/new']").click()
    await form.fill(page, scene, "Something else. (synthetic)")
    await form.save(page, scene)
    await page.wait_for_url("**/concerns")
    assert len(await form.read(scene)) == 2


def test_what_is_remembered_is_of_one_session_and_not_much() -> None:
    cookie: str | None = None
    keys = [new_id() for _ in range(30)]
    for number, key in enumerate(keys):
        cookie = sent.remember(cookie, "mine", f"/people/{number}", key)
    assert cookie is not None and len(cookie) < 400
    assert sent.remembered(cookie, "mine", "/people/29") == keys[29]
    assert sent.remembered(cookie, "mine", "/people/0") is None
    assert sent.remembered(cookie, "another", "/people/29") is None
    again = sent.remember(cookie, "mine", "/people/29", keys[0])
    assert sent.remembered(again, "mine", "/people/29") == keys[0]


@pytest.mark.parametrize("cookie", [None, "", ".", "x", "0123456789", "0123456789!!", "é" * 40, "a" * 399])
def test_what_is_no_cookie_of_ours_remembers_nothing(cookie: Any) -> None:
    assert sent.remembered(cookie, "mine", "/people") is None
