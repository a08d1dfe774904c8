"""Finding, registering and keeping somebody's file, by page."""

from datetime import timedelta
from uuid import UUID, uuid4

from playwright.async_api import expect
from sqlalchemy import text

from deploy.demo.setting import Setting
from services.console.staff import service as staff
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.practice.calendar import local_day
from tests.console.click import click_through
from tests.console.conftest import DESK, PASSWORD, Home, PageAs
from tests.console.hand import Hand, heading
from tests.console.looks import axe, looked_at, screenshot


def fresh(name: str) -> str:
    """Return a name that nobody else in this package has."""
    return f"Synthetic {name} {uuid4().hex[:8]}"


async def test_somebody_is_put_on_file_with_a_name_alone_and_found_by_any_of_them(page_as: PageAs) -> None:
    page = await page_as("worker")
    alias, other = fresh("Anders"), fresh("Bridge")
    await page.goto("/people/new")
    await looked_at(page)
    await page.click("main button:has-text('Add person')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("A name they go by")
    assert "Error" in await page.title()
    await looked_at(page)
    await page.fill("[name=alias]", alias)
    await page.fill("[name=aliases]", other)
    await page.click("main button:has-text('Add person')")
    await page.wait_for_url("**/people/*-*")
    assert await page.inner_text("h1") == alias
    assert "only in person, through us" in await page.inner_text("main")
    await looked_at(page, "person-new")
    await page.goto("/people")
    await page.fill("[name=alias]", other.rsplit(" ", 1)[1][:6])
    await page.click("main button:has-text('Find')")
    await expect(page.locator("[role=status] h2")).to_have_text("1 file found")
    assert await page.inner_text(".people-list__name") == alias
    assert other.rsplit(" ", 1)[1][:6] not in page.url
    await looked_at(page, "people-found")


async def test_without_script_a_person_is_registered_and_a_contact_is_logged(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("worker", script=False)
    await page.goto("/people/new")
    await page.fill("[name=alias]", fresh("Carl"))
    await click_through(page.locator("main button:has-text('Add person')"))
    person = page.url.rsplit("/", 1)[1]
    await page.click("main a:has-text('Log a contact')")
    await page.check("[name=kind][value=sighted]")
    await page.fill("[name='sighting.by_whom']", "the baker (synthetic)")
    await click_through(page.locator("main button:has-text('Save')"))
    assert "Where?" in await page.inner_text(".nhsuk-error-summary")
    await page.fill("[name='sighting.where']", "canal bridge (synthetic)")
    await page.fill("[name='sighting.how_they_were']", "Tired, on his feet.")
    await click_through(page.locator("main button:has-text('Save')"))
    assert "The contact is saved." in await page.inner_text("main")
    found = await scene.worker.every("intake", f"/people/{person}/contacts")
    assert [(one["kind"], one["sighting"]["where"]) for one in found] == [("sighted", "canal bridge (synthetic)")]


async def test_consent_is_given_both_ways_and_withdrawn(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Dora"))
    page = await page_as("worker")
    await page.goto(f"/people/{person}/consents/new")
    await looked_at(page, "consent-services")
    await page.click("main a:has-text('Synthetic TB Service')")
    await page.wait_for_selector("main button:has-text('Save consent')")
    shown = page.locator("main [type=checkbox]:checked").filter(visible=True)
    assert await shown.count() == 0, "nothing is agreed to before they are asked"
    await page.click("main button:has-text('Save')")
    wrong = page.locator(".nhsuk-error-summary")
    await expect(wrong).to_contain_text("Choose what they said yes to")
    await axe(page)
    await page.check("[name=set][value=own]")
    await page.click("main button:has-text('Save')")
    await expect(wrong).to_contain_text("choose at least one thing you may share")
    await page.check("[name=set][value=tb]")
    assert await shown.count() == 4, "what was chosen is ticked in sight"
    await looked_at(page, "consent-set")
    await page.click("main button:has-text('Save')")
    await expect(wrong).to_contain_text("Choose how consent was given")
    await page.check("[name=set][value=own]")
    await page.fill("[name=purpose]", "a chest X-ray")
    await page.check("[name=may_tell][value=alias]")
    await page.check("[name=may_tell_us][value=attendance]")
    await page.check("[name=how_given][value=spoken]")
    await page.click("main button:has-text('Save')")
    await page.wait_for_url(f"**/people/{person}")
    card = await page.inner_text(".people-consent")
    assert "The name they go by." in card and "Whether they came." in card and "until it is withdrawn" in card
    await axe(page)
    await screenshot(page, "person-consent")
    await page.click("a:has-text('Withdraw consent')")
    await axe(page)
    await page.click("main button:has-text('Withdraw consent')")
    await page.wait_for_url(f"**/people/{person}")
    given = await scene.worker.every("intake", f"/people/{person}/consents")
    assert [one["live"] for one in given] == [False] and given[0]["withdrawn_at"]
    assert "Nothing more is sent" in await page.inner_text("main")


async def test_without_script_a_set_is_one_choice_and_a_tick_of_it_can_go(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Dagny"))
    page = await page_as("worker", script=False)
    await page.goto(f"/people/{person}/consents/new?agency={scene.cast.services['tb']['agency_id']}")
    await page.check("[name=set][value=tb]")
    await page.uncheck("[name='tb.may_tell_us'][value=outcome]")
    await page.check("[name=how_given][value=by_phone]")
    await click_through(page.locator("main button:has-text('Save')"))
    [given] = await scene.worker.every("intake", f"/people/{person}/consents")
    assert sorted(given["may_tell"]) == ["health", "safe_contact"] and given["may_tell_us"] == ["attendance"]
    assert (given["how_given"], given["purpose"]) == ("by_phone", "a referral")
    await page.goto(f"/people/{person}/consents/new?agency={scene.cast.services['tb']['agency_id']}")
    assert "What you save now replaces it" in await page.inner_text("main")
    assert await page.locator("[name=may_tell]:checked").count() == 2, "what there is consent for already"


async def test_what_has_run_out_can_be_taken_back_too(hand: Hand, home: Home, scene: Setting) -> None:
    """Reminders of what was sent on it would go on."""
    person = await scene.register(fresh("Dov"))
    consent = await scene.agree("tb")
    database = Database(home.stack.settings(), "intake", "work")
    async with database.platform_connection() as connection:
        over = {"id": UUID(consent), "at": clock.now() - timedelta(minutes=1)}
        await connection.execute(text("UPDATE consents SET expires_at = :at WHERE id = :id"), over)
    await database.dispose()
    await hand.sign_in("worker", PASSWORD)
    path = f"/people/{person}/consents/{consent}/withdraw"
    file = (await hand.get(f"/people/{person}")).text
    assert "This consent has expired" in file and path in file
    assert heading(await hand.get(path)).endswith("Withdraw consent")
    assert (await hand.post(path, {"how": "spoken"})).status_code == 303
    [given] = await scene.worker.every("intake", f"/people/{person}/consents")
    assert given["withdrawn_at"]


async def test_what_was_before_on_the_day_of_death_is_still_recorded(hand: Hand, scene: Setting) -> None:
    person = await scene.register(fresh("Fred"))
    await hand.sign_in("worker", PASSWORD)
    await hand.get(f"/people/{person}/died")
    met, day = clock.now(), local_day(clock.now())
    on = {"occurred_at-day": str(day.day), "occurred_at-month": str(day.month), "occurred_at-year": str(day.year)}
    assert (await hand.post(f"/people/{person}/died", {**on, "sure": "yes"})).status_code == 303
    body = {"kind": "met", "channel": "in_person", "occurred_at": met.isoformat()}
    assert (await scene.worker.post("intake", f"/people/{person}/contacts", body))["kind"] == "met"


async def test_the_safe_contact_is_changed_on_what_was_seen(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Emil"))
    first, second = await page_as("worker"), await page_as("supervisor", DESK)
    for page in (first, second):
        await page.goto(f"/people/{person}/safe-contact")
        await axe(page)
        await page.check("[name=channels][value=text]")
    await first.fill("[name=when]", "mornings")
    await first.click("main button:has-text('Save')")
    await first.wait_for_url(f"**/people/{person}")
    assert "mornings" in await first.inner_text("main")
    await second.fill("[name=when]", "evenings")
    await click_through(second.locator("main button:has-text('Save')"))
    assert "changed" in (await second.inner_text(".nhsuk-error-summary")).lower()
    await axe(second)
    kept = await scene.worker.get("intake", f"/people/{person}/safe-contact")
    assert kept["when"] == "mornings"
    # What holds now stands in the form, what was written beside it: nothing is overwritten unseen.
    assert await second.input_value("[name=when]") == "mornings"
    assert "evenings" in await second.inner_text("main .nhsuk-inset-text")


async def test_a_no_a_return_and_a_death_are_recorded(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Finn"))
    page = await page_as("worker")
    await page.goto(f"/people/{person}/said-no")
    await axe(page)
    await click_through(page.locator("main button:has-text('They do not want this')"))
    assert "choose one" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.check("[name=how_long][value=for_good]")
    await page.fill("[name=words]", "Leave me be.")
    await page.click("main button:has-text('They do not want this')")
    await page.wait_for_url(f"**/people/{person}")
    assert ", for good." in await page.inner_text("main")
    await axe(page)
    # Nobody is asked to contact them; what they wanted themselves is still written down, further below.
    assert await page.locator(".people-log").count() == 0
    assert "Reach:" not in await page.inner_text("#facts")
    assert await page.locator("main a:has-text('They came back')").count() == 1
    assert await page.locator("main a:has-text('Log a contact that they wanted')").count() == 1
    await click_through(page.locator("a:has-text('They came back')"))
    await axe(page)
    assert await page.locator("[name=by]").count() == 0, "only a supervisor signs a ground"
    await page.click("main button:has-text('Reopen')")
    await page.wait_for_url(f"**/people/{person}")
    assert ", for good." not in await page.inner_text("main")
    assert await page.locator(".people-log a").count() == 1
    await page.click("summary:has-text('More: ')")
    await page.click("a:has-text('Record a death')")
    await axe(page)
    await click_through(page.locator("main button:has-text('Record the death')"))
    assert "tick this box" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.check("[name=sure]")
    await page.click("main button:has-text('Record the death')")
    await page.wait_for_url(f"**/people/{person}")
    assert "This person died" in await page.inner_text(".nhsuk-inset-text")
    assert (await scene.worker.get("intake", f"/people/{person}"))["died_at"]
    assert await page.locator(".people-log").count() == 0
    await click_through(page.locator("main a:has-text('Log an earlier contact')"))
    assert "You can only record what happened before." in await page.inner_text("main")
    await page.go_back()
    await axe(page)


async def test_engagement_and_names_are_changed(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(fresh("Gus"))
    page = await page_as("worker")
    await page.goto(f"/people/{person}/engagement")
    await axe(page)
    await page.check("[name=state][value=approached]")
    await page.click("main button:has-text('Save')")
    await page.wait_for_url(f"**/people/{person}")
    await page.goto(f"/people/{person}/names")
    await axe(page)
    await page.fill("[name='language.speaks']", "Polish\nRussian")
    await page.check("[name='language.may_interpret'][value=professional]")
    await page.click("main button:has-text('Save')")
    await page.wait_for_url(f"**/people/{person}")
    assert "Polish, Russian" in await page.inner_text("main")
    found = await scene.worker.get("intake", f"/people/{person}")
    assert found["engagement"]["state"] == "approached" and found["language"]["may_interpret"] == ["professional"]


async def test_another_teams_file_looks_like_none(home: Home, hand: Hand, scene: Setting) -> None:
    person = await scene.register(fresh("Hal"))
    async with home.database.transaction(Actor.service("console")) as tx:
        other = await staff.open_team(tx, "Synthetic other team")
    name = f"stranger-{uuid4()}"
    await home.hire("worker", name, other.id)
    await hand.sign_in(name, PASSWORD)
    await hand.get("/people/new")
    for path in ("", "/contacts/new", "/consents/new", "/safe-contact", "/names", "/said-no", "/died"):
        theirs, nobodys = await hand.get(f"/people/{person}{path}"), await hand.get(f"/people/{uuid4()}{path}")
        assert theirs.status_code == nobodys.status_code == 404 and heading(theirs) == heading(nobodys)
    answer = await hand.post(f"/people/{person}/contacts", {"kind": "met"})
    assert answer.status_code == 404
    assert await scene.worker.every("intake", f"/people/{person}/contacts") == []


async def test_a_double_press_registers_once_and_a_commissioner_never_sees_a_name(hand: Hand, scene: Setting) -> None:
    await hand.sign_in("worker", PASSWORD)
    alias, once = fresh("Ira"), str(uuid4())
    await hand.get("/people/new")
    answers = [await hand.post("/people", {"alias": alias, "once": once}) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    found = await scene.worker.post("intake", "/people/search", {"alias": alias.rsplit(" ", 1)[1]})
    assert len(found["items"]) == 1
    seen = hand.other()
    await seen.sign_in("commissioner", PASSWORD)
    assert (await seen.get(answers[0].headers["location"])).status_code == 403
    assert (await seen.get("/people")).status_code == 403


async def test_what_is_stored_is_text_and_no_markup(hand: Hand, scene: Setting) -> None:
    alias = f"<img src=x onerror=alert(1)> {uuid4().hex[:6]}"
    person = await scene.register(alias)
    await hand.sign_in("worker", PASSWORD)
    shown = (await hand.get(f"/people/{person}")).text
    assert "<img" not in shown and "&lt;img src=x onerror=alert(1)&gt;" in shown
