"""Sealed facts: shown to who presses and may, and nowhere else, not even by their absence."""

import re
from uuid import uuid4

from deploy.demo.setting import Setting
from services.console.people.words import REASONS, SOURCES
from tests.console.click import click_through
from tests.console.conftest import PASSWORD, Home, PageAs
from tests.console.hand import Hand, comparable, heading
from tests.console.looks import looked_at
from tests.console.people.test_people import fresh

FACTS = {"reasons": "partner_of_somebody_known", "source": "another_team"}
# "other" is a word of other forms too.
LABELS = [label for key, label in [*REASONS.items(), *SOURCES.items()] if key not in ("other", "dosh", "sau")]
OF_PERSON = [
    "", "/contacts/new", "/consents/new", "/safe-contact", "/engagement", "/names", "/said-no", "/came-back", "/died",
    "/concerns", "/concerns/new", "/disclosures", "/disclosures/new", "/legal-bases/new", "/sealed",
]  # fmt: skip
LISTS = ["/people", "/today", "/board", "/board?all=yes", "/board/caseloads", "/mails", "/counts", "/account"]


async def seal(hand: Hand, person: str, words: str) -> None:
    """Write sealed facts, by the page."""
    opened = await hand.post(f"/people/{person}/sealed")
    [version] = re.findall(r'name="version" value="(\d+)"', opened.text)
    sent = {**FACTS, "other_reason": words, "version": version, "sealed": "yes"}
    assert (await hand.post(f"/people/{person}/sealed/change", sent)).status_code == 303


async def test_it_opens_by_a_press_and_not_on_paper(page_as: PageAs, scene: Setting) -> None:
    person, words = await scene.register(fresh("Quin")), f"zq{uuid4().hex}"
    page = await page_as("worker")
    await page.goto(f"/people/{person}")
    await click_through(page.locator("main a:has-text('Why we reached out')"))
    await looked_at(page, "sealed")
    assert await page.locator("[name=reasons]").count() == 0
    await page.click("main button:has-text('Open it')")
    await page.check("[name=reasons][value=street_drinking]")
    await page.fill("[name=other_reason]", words)
    await page.select_option("[name=source]", "street_round")
    await page.click("main button:has-text('Change it')")
    await page.wait_for_url(f"**/people/{person}")
    assert words not in await page.content() and words not in page.url
    await page.goto(f"/people/{person}/sealed")
    assert words not in await page.content()
    await click_through(page.locator("main button:has-text('Open it')"))
    assert await page.input_value("[name=other_reason]") == words and words not in page.url
    assert await page.is_checked("[name=reasons][value=street_drinking]")
    assert await page.input_value("[name=source]") == "street_round"
    await looked_at(page, "sealed-open")
    await page.emulate_media(media="print")
    assert not await page.is_visible("[name=other_reason]") and await page.is_visible("text=this is not printed")


async def test_a_canary_is_on_no_other_page_in_no_address_and_in_no_log(home: Home, hand: Hand, scene: Setting) -> None:
    person, bird = await scene.register(alias := fresh("Rex")), f"zq{uuid4().hex}"
    await hand.sign_in("supervisor", PASSWORD)
    await hand.get("/people")
    await seal(hand, person, bird)
    for role in ("worker", "clinician", "supervisor", "guardian", "commissioner", "admin"):
        reader = hand.other()
        await reader.sign_in(role, PASSWORD)
        for path in [*(f"/people/{person}{rest}" for rest in OF_PERSON), *LISTS]:
            answer = await reader.get(path)
            found = [word for word in (bird, *LABELS) if word in answer.text]
            assert not found and bird not in str(answer.headers), f"{role} {path}: {found}"
        answer = await reader.post("/people/find", {"alias": alias.rsplit(" ", 1)[1]})
        assert bird not in answer.text
    seen = [path for path in (home.stack.folder.path / "logs").rglob("*") if path.is_file()]
    assert seen, "there are logs"
    for path in seen:
        text = path.read_bytes()
        assert bird.encode() not in text and b"partner_of_somebody" not in text, path


async def test_the_envelope_looks_the_same_empty_and_full(hand: Hand, scene: Setting) -> None:
    await hand.sign_in("worker", PASSWORD)
    await hand.get("/people")
    alias = fresh("Sid")
    pages: list[list[tuple[int, str]]] = []
    for full in (False, True):
        person = await scene.register(alias)
        if full:
            await seal(hand, person, "something")
            await hand.get("/account")  # where it is said that it was saved
        paths = (f"/people/{person}", f"/people/{person}/sealed")
        pages.append([comparable(await hand.get(path), person) for path in paths])
    assert pages[0] == pages[1]


async def test_who_may_not_is_told_nothing_and_what_was_sent_is_kept_nowhere(
    home: Home, hand: Hand, scene: Setting
) -> None:
    person, bird = await scene.register(fresh("Tam")), f"zq{uuid4().hex}"
    clinician = hand.other()
    await clinician.sign_in("clinician", PASSWORD)
    assert "sealed" not in (await clinician.get(f"/people/{person}")).text
    for send in (clinician.get, clinician.post):
        answer = await send(f"/people/{person}/sealed")
        assert answer.status_code == 403 and heading(answer) == "This is not for your role"
    name = f"sealing-{uuid4()}"
    await home.hire("worker", name)
    await hand.sign_in(name, PASSWORD)
    await hand.get("/people")
    await home.end_sessions(name)
    sent = {**FACTS, "other_reason": bird, "version": "1", "sealed": "yes"}
    over = await hand.post(f"/people/{person}/sealed/change", sent)
    assert over.status_code == 401 and bird not in over.text and "Nothing was done" in over.text
    await hand.sign_in(name, PASSWORD)
    stale = await hand.post(f"/people/{person}/sealed/change", sent, csrf="0" * 40)
    assert stale.status_code == 403 and bird not in stale.text
