"""Links between files: the guardian keeps them, and nobody else can tell that there is one."""

from collections.abc import Callable
from uuid import uuid4

import httpx

from deploy.demo.setting import Setting
from services.console.staff import service as staff
from shared.context import Actor
from tests.console.click import click_through
from tests.console.conftest import PASSWORD, Home, PageAs
from tests.console.hand import Hand, comparable, heading
from tests.console.looks import looked_at
from tests.console.people.test_people import fresh

OTHERS = ("worker", "clinician", "supervisor", "commissioner", "admin")
PAGES: list[Callable[[str], str]] = [
    lambda person: f"/people/{person}",
    lambda person: f"/people/{person}/partner-links",
    lambda person: f"/people/{person}/concerns",
    lambda person: f"/people/{person}/disclosures",
    lambda person: f"/people/{person}/sealed",
    lambda person: "/partner-links",
]


async def link(hand: Hand, person: str, other: str) -> httpx.Response:
    sent = {"other_person_id": other, "knows": "nobody", "note": "Synthetic: do not tell.", "sealed": "yes"}
    return await hand.post(f"/people/{person}/partner-links", sent)


async def test_the_guardian_finds_the_other_file_and_keeps_a_link(page_as: PageAs, scene: Setting) -> None:
    person, other = await scene.register(fresh("Una")), await scene.register(theirs := fresh("Vic"))
    page = await page_as("guardian")
    await page.goto(f"/people/{person}")
    await click_through(page.locator("main a:has-text('Links to other files')"))
    assert "No link is kept from this file." in await page.inner_text("main")
    await looked_at(page)
    await click_through(page.locator("main button:has-text('Keep the link')"))
    assert "number of a file" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await looked_at(page)
    await page.fill("[name=alias]", theirs.rsplit(" ", 1)[1])
    await page.click("main button:has-text('Find')")
    await page.check(f"[name=other_person_id][value='{other}']")
    await looked_at(page, "partner-link")
    await page.click("main button:has-text('Keep the link')")
    await page.wait_for_url(f"**/people/{person}/partner-links")
    assert f"To {theirs}" in await page.inner_text("main")
    await looked_at(page)
    await page.goto("/partner-links")
    assert theirs in await page.inner_text("main")
    await looked_at(page, "partner-links")
    await page.emulate_media(media="print")
    assert theirs not in await page.inner_text("main"), "not on paper"


async def test_to_everybody_else_a_file_with_a_link_looks_like_one_without(
    home: Home, hand: Hand, scene: Setting
) -> None:
    guardian = hand.other()
    await guardian.sign_in("guardian", PASSWORD)
    await guardian.get("/people")
    alias = fresh("Wim")
    linked, plain, other = [await scene.register(alias) for _ in range(3)]
    assert (await link(guardian, linked, other)).status_code == 303
    assert (await link(guardian, other, linked)).status_code == 303
    for role in OTHERS:
        reader = hand.other()
        await reader.sign_in(role, PASSWORD)
        for address in PAGES:
            answers = [await reader.get(address(person)) for person in (linked, plain)]
            shown = [comparable(answers[0], linked), comparable(answers[1], plain)]
            assert shown[0] == shown[1], f"{role} {address('ID')}"
            assert "do not tell" not in answers[0].text and "inks to other files" not in answers[0].text
        assert (await reader.get("/partner-links")).status_code == 403
        assert (await link(reader, plain, other)).status_code == 403


async def test_not_yours_and_not_there_are_answered_alike(home: Home, hand: Hand, scene: Setting) -> None:
    person = await scene.register(fresh("Xan"))
    stranger = await theirs(home, hand, "Yve")
    await hand.sign_in("guardian", PASSWORD)
    await hand.get("/people")
    # As the other end of a link: kept alike, whether it is there or not.
    ends = [await link(hand, person, other) for other in (stranger, str(uuid4()))]
    assert [(end.status_code, end.headers["location"]) for end in ends] == [
        (303, f"/people/{person}/partner-links")
    ] * 2
    shown = (await hand.get(f"/people/{person}/partner-links")).text
    assert shown.count("To Name not shown") == 2 and "Yve" not in shown
    # As the file it goes from: not found, alike.
    for send in (lambda of: hand.get(f"/people/{of}/partner-links"), lambda of: link(hand, of, person)):
        answers = [await send(of) for of in (stranger, str(uuid4()))]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert heading(answers[0]) == heading(answers[1]) == "Page not found"
        assert len(answers[0].content) == len(answers[1].content)


async def theirs(home: Home, hand: Hand, name: str) -> str:
    """Somebody of a team that the guardian is not in."""
    async with home.database.transaction(Actor.service("console")) as tx:
        team = await staff.open_team(tx, "Synthetic sister team")
    who = f"sister-{uuid4()}"
    await home.hire("worker", who, team.id)
    sister = hand.other()
    await sister.sign_in(who, PASSWORD)
    await sister.get("/people/new")
    made = await sister.post("/people", {"alias": fresh(name)})
    return str(made.headers["location"]).rsplit("/", 1)[1]
