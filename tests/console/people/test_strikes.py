"""Recorded by mistake, by page: who is offered it, what it does, what is seen of it afterwards."""

from uuid import uuid4

from deploy.demo.setting import Setting
from tests.console.click import click_through
from tests.console.conftest import PageAs
from tests.console.looks import axe


async def test_a_contact_in_the_wrong_file_is_struck_with_a_reason(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic Ira {uuid4().hex[:8]}")
    page = await page_as("worker", script=False)
    await page.goto(f"/people/{person}/contacts/new")
    await page.check("[name=kind][value=met]")
    await page.fill("[name=note]", "Words that belong elsewhere (synthetic).")
    await click_through(page.locator("main button:has-text('Save')"))
    assert "belong elsewhere" in await page.inner_text("main")
    await page.click("a:has-text('Recorded by mistake')")
    await click_through(page.locator("main button:has-text('Strike it')"))
    assert "say why it was a mistake" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.fill("[name=why]", "Written into the wrong file.")
    await click_through(page.locator("main button:has-text('Strike it')"))
    shown = await page.inner_text("main")
    assert "It is struck." in shown and "belong elsewhere" not in shown and "Nothing written down yet." in shown
    assert "Written into the wrong file." in await page.inner_html("main")
    other = await page_as("supervisor")
    await other.goto(f"/people/{person}")
    await other.click("summary:has-text('Recorded by mistake')")
    assert "Written into the wrong file." in await other.inner_text("main")
    await axe(other)


async def test_a_death_by_mistake_is_put_right_by_a_supervisor_or_guardian(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic Jun {uuid4().hex[:8]}")
    await scene.worker.post("intake", f"/people/{person}/died", {})
    worker = await page_as("worker")
    await worker.goto(f"/people/{person}")
    assert await worker.locator("a:has-text('recorded by mistake')").count() == 0
    page = await page_as("guardian")
    await page.goto(f"/people/{person}")
    await page.click("a:has-text('The death was recorded by mistake')")
    await axe(page)
    await page.fill("[name=why]", "It was somebody of the same name.")
    await page.click("main button:has-text('Strike it')")
    await page.wait_for_url(f"**/people/{person}")
    assert "Died" not in await page.inner_text("main p >> nth=0")
    found = await scene.worker.get("intake", f"/people/{person}")
    assert found["died_at"] is None
