"""Log a contact on a line that drops: what was written arrives, once, and nothing of it lies open on the phone."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from deploy.demo.setting import Setting
from shared import clock
from tests.console.conftest import PASSWORD, Home, PageAs, sign_out
from tests.console.hand import Hand
from tests.console.looks import axe, looked_at, screenshot

# Everything the outbox holds, as a script on the page could read it: keys cannot be turned into text.
DUMP = """async () => {
  const database = await new Promise((done) => {
    const asked = indexedDB.open("alongside-outbox");
    asked.onsuccess = () => done(asked.result);
  });
  const names = [...database.objectStoreNames];
  if (!names.length) { database.close(); return {entries: [], keys: []}; }
  const all = (name) => new Promise((done) => {
    const asked = database.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => done(asked.result);
  });
  const [entries, keys] = [await all("entries"), await all("keys")];
  database.close();
  const text = (buffer) => new TextDecoder("latin1").decode(buffer);
  return {
    entries: entries.map((row) => JSON.stringify({...row, iv: "", sealed: text(row.sealed)})),
    keys: keys.map((key) => key.extractable),
  };
}"""


CONTROLLED = "navigator.serviceWorker.controller !== null"

# What is posted arrives and is done, and the line breaks before its answer is here: until `line` is whole again.
LOSE_ANSWERS = """() => {
  const real = window.fetch;
  window.line = {whole: false, lost: 0};
  window.fetch = async (...asked) => {
    const answer = await real(...asked);
    if (asked[1]?.method !== "POST" || line.whole) return answer;
    line.lost++;
    throw new TypeError("Failed to fetch");
  };
}"""


# Every post is written down; an address in `line.answers` is given that status instead of the server's.
WATCH = """(answers) => {
  const real = window.fetch;
  window.line = {answers, posts: []};
  window.fetch = async (...asked) => {
    if (asked[1]?.method !== "POST") return real(...asked);
    line.posts.push(asked[0]);
    const status = line.answers[asked[0]];
    return status ? new Response("", {status}) : real(...asked);
  };
}"""

# The session changes right after the page has asked who is signed in: the token it was given is of the one before.
RENEW = """() => {
  const real = window.fetch;
  let first = true;
  window.fetch = async (...asked) => {
    const answer = await real(...asked);
    if (asked[0] !== "/outbox" || !first) return answer;
    first = false;
    return Response.json({...await answer.json(), csrf: "0".repeat(80), session: "before"});
  };
}"""

# Notes as the pages keep them: where each goes, what it is called, and whether its form is whole.
KEEP = """async (rows) => {
  const {account} = await (await fetch("/outbox", {headers: {"HX-Request": "true"}})).json();
  for (const [action, what, whole] of rows) {
    const id = crypto.randomUUID();
    const body = new URLSearchParams({kind: "met", note: what, once: whole ? id : ""}).toString();
    await outbox.put(account, {id, action, body, what, name: "Synthetic", person: ""});
    // They go in the order of their times, which are whole milliseconds.
    for (const now = Date.now(); Date.now() === now; );
  }
}"""
AGAIN = "dispatchEvent(new Event('online'))"


async def _form(page: Page, person: str) -> None:
    await page.goto(f"/people/{person}/contacts/new?back=today")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")


async def _write(page: Page, note: str, where: str = "main") -> None:
    await page.check("[name=kind][value=met]")
    await page.fill("[name=note]", note)
    await page.click(f"{where} button:has-text('Save')")


async def _notes(scene: Setting, person: str) -> list[str]:
    return [row["note"] for row in await scene.worker.every("intake", f"/people/{person}/contacts")]


async def test_a_contact_is_three_presses(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    page = await page_as("worker")
    await page.goto(f"/people/{person}")
    await page.click("text=Log a contact")
    await looked_at(page, "contact")
    await page.check("[name=kind][value=met]")
    await page.click("main button:has-text('Save')")
    await page.wait_for_url(f"**/people/{person}")
    assert "The contact is saved." in await page.inner_text("main")
    assert await _notes(scene, person) == [None]


async def _on(page: Page, path: str) -> None:
    await page.goto(path)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.context.set_offline(True)


async def _kept_and_sent(page: Page, button: str) -> None:
    """Pressed without a line it is kept; once there is one it goes by itself."""
    await page.click(f"main button:has-text('{button}')")
    await expect(page.get_by_role("heading", name="Kept on this phone")).to_be_visible()
    await axe(page)
    await page.context.set_offline(False)
    await page.evaluate(AGAIN)
    await expect(page.locator(".outbox")).to_have_count(0, timeout=60_000)
    # Whoever waited in front of the page is told, and led on.
    await expect(page.locator("[data-kept]")).to_contain_text("what you wrote is saved")
    await expect(page.locator("[data-kept] a").first).to_have_attribute("href", re.compile("^/people/."))
    await axe(page)


async def test_a_concern_a_new_file_and_a_consent_wait_for_the_line_too(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("worker")
    await _on(page, "/people/new")
    await page.fill("[name=alias]", alias := f"Synthetic {uuid4().hex}")
    await _kept_and_sent(page, "Add person")
    [found] = (await scene.worker.post("intake", "/people/search", {"alias": alias}))["items"]
    path = f"/people/{found['id']}"
    await _on(page, f"{path}/concerns/new")
    await page.check("[name=about][value=adult]")
    await page.fill("[name=what]", said := "Bruises on both arms. (synthetic)")
    await _kept_and_sent(page, "Raise the concern")
    assert [one["what"] for one in await scene.worker.every("intake", f"{path}/concerns")] == [said]
    await _on(page, f"{path}/consents/new?agency={scene.cast.services['tb']['agency_id']}")
    await page.check("[name=set][value=tb]")
    await page.check("[name=how_given][value=spoken]")
    await _kept_and_sent(page, "Save consent")
    [given] = await scene.worker.every("intake", f"{path}/consents")
    assert given["may_tell_us"] == ["attendance", "outcome"]


async def test_a_consent_that_a_phone_kept_does_not_undo_a_later_withdrawal(hand: Hand, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    consent = await scene.agree("tb")
    kept_at = clock.now()
    await scene.worker.post("intake", f"/consents/{consent}/withdraw", {"how": "spoken"})
    await hand.sign_in("worker", PASSWORD)
    agency = scene.cast.services["tb"]["agency_id"]
    await hand.get(f"/people/{person}/consents/new?agency={agency}")
    fields = {
        "agency_id": agency,
        "set": "own",
        "may_tell": "alias",
        "how_given": "spoken",
        "written_at": kept_at.isoformat(),
    }
    answer = await hand.post(f"/people/{person}/consents", fields)
    assert answer.status_code == 409 and "withdrawn since then" in answer.text
    [found] = await scene.worker.every("intake", f"/people/{person}/consents")
    assert found["id"] == consent and found["withdrawn_at"]


# Sent without this page knowing where it led, as the worker behind the pages does.
SENT_ELSEWHERE = """() => {
  const real = outbox.flush;
  outbox.flush = async () => {
    const done = await real();
    outbox.led.clear();
    return done;
  };
}"""


async def test_a_new_file_sent_by_the_worker_behind_the_pages_leads_to_the_list(page_as: PageAs) -> None:
    page = await page_as("worker")
    await page.goto("/people/new")
    await page.evaluate(SENT_ELSEWHERE)
    await page.fill("[name=alias]", f"Synthetic {uuid4().hex}")
    await page.click("main button:has-text('Add person')")
    await page.wait_for_url("**/people")
    await expect(page.locator("h1")).to_have_text("People")


async def test_any_other_form_keeps_its_words_on_the_page_and_says_so(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    page = await page_as("worker")
    await _on(page, f"/people/{person}/safe-contact")
    await page.fill("[name=when]", "mornings (synthetic)")
    await page.click("main button:has-text('Save')")
    await expect(page.locator("[data-trouble]")).to_contain_text("You are offline. What you wrote is still here.")
    await expect(page.locator("[name=when]")).to_have_value("mornings (synthetic)")
    await page.context.set_offline(False)
    # Not by a click: a button takes a second one within a second for the same press.
    await page.locator("form[action$='/safe-contact']").evaluate("form => form.requestSubmit()")
    await page.wait_for_url(f"**/people/{person}")
    assert (await scene.worker.get("intake", f"/people/{person}/safe-contact"))["when"] == "mornings (synthetic)"


async def test_a_form_that_is_not_whole_keeps_its_words_without_a_line(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    page = await page_as("worker")
    await _on(page, f"/people/{person}/concerns/new")
    await page.fill("[name=what]", said := "Bruises on both arms. (synthetic)")
    await page.click("main button:has-text('Raise the concern')")
    await expect(page.locator("[data-trouble]")).to_contain_text("You are offline. What you wrote is still here.")
    await expect(page.locator("[name=what]")).to_have_value(said)
    await axe(page)
    await page.context.set_offline(False)
    # Not by a click: a button takes a second one within a second for the same press.
    await page.locator("form[data-outbox]").evaluate("form => form.requestSubmit()")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("choose an adult or a child", ignore_case=True)
    await expect(page.locator("[name=what]")).to_have_value(said)
    assert await scene.worker.every("intake", f"/people/{person}/concerns") == []


async def test_the_line_is_cut_and_the_note_arrives_once_after_it_returns(page_as: PageAs, scene: Setting) -> None:
    person, note = await scene.register(f"Synthetic {uuid4()}"), f"He will come on Tuesday {uuid4()}"
    page = await page_as("worker")
    await _form(page, person)
    await page.context.set_offline(True)
    await _write(page, note)
    await expect(page.get_by_role("heading", name="Kept on this phone")).to_be_visible()
    await expect(page.locator(".outbox")).to_contain_text("Waiting")
    await axe(page)
    await screenshot(page, "contact-kept")
    kept: dict[str, Any] = await page.evaluate(DUMP)
    assert len(kept["entries"]) == 1 and kept["keys"] == [False], "one note, under a key no script can read out"
    assert note[:20] not in kept["entries"][0] and person not in kept["entries"][0]
    assert set(json.loads(kept["entries"][0])) == {"id", "account", "at", "state", "iv", "sealed"}
    assert await _notes(scene, person) == []
    await page.context.set_offline(False)
    await expect(page.locator(".outbox")).to_have_count(0)
    assert await _notes(scene, person) == [note]
    # Whatever is still under way may try again: it stays at one.
    await asyncio.gather(*(page.evaluate("outbox.flush()") for _ in range(3)))
    await page.goto(f"/people/{person}")
    assert (await page.inner_text("main")).count(note) == 1
    assert await _notes(scene, person) == [note]
    assert (await page.evaluate(DUMP))["entries"] == []


@pytest.mark.usefixtures("apart")
async def test_a_contact_is_logged_from_the_day_without_any_line(page_as: PageAs, scene: Setting) -> None:
    person, note = await scene.register(name := f"Synthetic {uuid4().hex[:8]}"), f"At the lock {uuid4()}"
    plan = await scene.worker.get("casework", f"/plans/{await scene.start_plan()}")
    # A week on, or later where that is a holiday.
    await scene.journey.travel_to(datetime.fromisoformat(plan["contact_due_at"]) + timedelta(minutes=1))
    page = await page_as("worker")
    await page.goto("/today")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.context.set_offline(True)
    await page.click(f"a[data-log='{person}']")
    await expect(page.locator("dialog[open]")).to_contain_text(name)
    await axe(page)
    await screenshot(page, "today-log")
    await _write(page, note, "dialog")
    await expect(page.get_by_role("heading", name="Kept on this phone")).to_be_visible()
    await page.click("dialog button:has-text('Close')")
    # The name is set apart by its isolates: it may be written in any script.
    await expect(page.locator(".outbox").first).to_contain_text(
        f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}: Met"
    )
    await screenshot(page, "today-kept")
    await page.context.set_offline(False)
    await expect(page.locator(".outbox")).to_have_count(0)
    assert await _notes(scene, person) == [note]


async def test_an_answer_that_is_lost_writes_nothing_twice(page_as: PageAs, scene: Setting) -> None:
    person, note = await scene.register(f"Synthetic {uuid4()}"), f"Once {uuid4()}"
    page = await page_as("worker")
    await _form(page, person)
    await page.evaluate(LOSE_ANSWERS)
    await _write(page, note)
    await expect(page.get_by_role("heading", name="Kept on this phone")).to_be_visible()
    assert await page.evaluate("line.lost") >= 1 and await _notes(scene, person) == [note]
    await page.evaluate("line.whole = true, outbox.flush()")
    assert (await page.evaluate(DUMP))["entries"] == []
    assert await _notes(scene, person) == [note]


async def test_without_a_line_a_page_says_so(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("worker")
    await _form(page, await scene.register(f"Synthetic {uuid4()}"))
    await page.reload()  # from here on it stands before every request
    assert await page.evaluate(CONTROLLED)
    await page.context.set_offline(True)
    await page.goto("/today")
    assert await page.inner_text("h1") == "You are offline"
    assert await page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") in ("600", "700")
    await axe(page)
    await page.context.set_offline(False)
    kept = await page.evaluate("caches.open('alongside-kept-1').then((c) => c.keys()).then((k) => k.map((r) => r.url))")
    assert not [url for url in kept if "/assets/" not in url and not url.endswith("/no-line")]


async def test_what_is_refused_is_shown_again_and_not_lost(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    page = await page_as("worker")
    await _form(page, person)
    await page.check("[name=kind][value=sighted]")
    await page.fill("[name='sighting.by_whom']", "the baker (synthetic)")
    await page.fill("[name=note]", "Near the lock.")
    before = clock.now()
    await page.click("main button:has-text('Save')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("Where?")
    assert await page.input_value("[name=note]") == "Near the lock."
    corrected = clock.now()
    await page.fill("[name='sighting.where']", "the lock (synthetic)")
    await page.fill("[name='sighting.how_they_were']", "Well.")
    await page.click("main button:has-text('Save')")
    await page.wait_for_url("**/today")
    [kept] = await scene.worker.every("intake", f"/people/{person}/contacts")
    assert kept["note"] == "Near the lock."
    # It is on file for when it was written, not for when it was put right.
    assert before - timedelta(seconds=5) < datetime.fromisoformat(kept["occurred_at"]) < corrected
    assert (await page.evaluate(DUMP))["entries"] == []


async def test_a_note_that_is_not_taken_holds_up_none_after_it(page_as: PageAs, scene: Setting) -> None:
    ill, well = [await scene.register(f"Synthetic {uuid4()}") for _ in range(2)]
    to_ill, to_well = f"/people/{ill}/contacts", f"/people/{well}/contacts"
    page = await page_as("worker")
    await page.goto("/today")
    await page.evaluate(WATCH, {to_ill: 502})
    rows = [
        (to_ill, "broken", True),
        ("/admin/staff/new", "an admin's", True),
        (to_well, "half", False),
        (to_well, "good", True),
    ]
    await page.evaluate(KEEP, rows)
    await page.evaluate(AGAIN)
    kept = page.locator("[data-waiting]").first.locator("li")
    shown = ("^Waiting .*broken", "^Not taken .*an admin's", "^Not taken .*half")
    await expect(kept).to_have_text([re.compile(each) for each in shown])
    assert await _notes(scene, well) == ["good"]
    await axe(page)
    await screenshot(page, "outbox-not-taken")
    page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await kept.filter(has_text="half").get_by_text("Delete it").click()
    await expect(kept).to_have_count(2)
    await page.evaluate("line.answers = {}")
    await page.evaluate(AGAIN)
    await expect(kept).to_have_count(1)
    assert await _notes(scene, ill) == ["broken"]
    # No page shows it again: its words stand here.
    await kept.get_by_text("What you wrote").click()
    await expect(kept.locator("details p")).to_have_text("an admin's")
    await axe(page)
    await kept.get_by_text("Look at it").click()
    await expect(page.locator("h1")).to_have_text("This is not for your role")


@pytest.mark.parametrize("status", [401, 429])
async def test_whoever_is_sent_away_does_not_go_on_asking(page_as: PageAs, scene: Setting, status: int) -> None:
    ill, well = [await scene.register(f"Synthetic {uuid4()}") for _ in range(2)]
    to_ill, to_well = f"/people/{ill}/contacts", f"/people/{well}/contacts"
    page = await page_as("worker")
    await page.goto("/today")
    await page.evaluate(WATCH, {to_ill: status})
    await page.evaluate(KEEP, [(to_ill, "first", True), (to_well, "second", True)])
    assert await page.evaluate("outbox.flush()") is False
    assert set(await page.evaluate("line.posts")) == {to_ill}
    await page.evaluate("line.answers = {}")
    assert await page.evaluate("outbox.flush()") is True
    assert (await _notes(scene, ill), await _notes(scene, well)) == (["first"], ["second"])


async def test_a_session_that_changed_under_way_is_no_refusal(page_as: PageAs, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    page = await page_as("worker")
    await page.goto("/today")
    await page.evaluate(KEEP, [(f"/people/{person}/contacts", "kept", True)])
    await page.evaluate(RENEW)
    assert await page.evaluate("outbox.flush()") is False
    [kept] = (await page.evaluate(DUMP))["entries"]
    assert json.loads(kept)["state"] == "waiting"
    assert await _notes(scene, person) == []
    assert await page.evaluate("outbox.flush()") is True
    assert await _notes(scene, person) == ["kept"]


async def test_signing_out_asks_and_then_leaves_nothing(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("worker")
    await _form(page, await scene.register(f"Synthetic {uuid4()}"))
    await page.context.set_offline(True)
    await _write(page, "Not sent yet.")
    await expect(page.get_by_role("heading", name="Kept on this phone")).to_be_visible()
    asked = _says_no(page.once)
    await sign_out(page)
    await _until(lambda: asked)
    assert "1 note" in asked[0] and len((await page.evaluate(DUMP))["entries"]) == 1
    page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/sign-out")):
        await sign_out(page, no_wait_after=True)
    await page.context.set_offline(False)
    await page.goto("/people")
    left = await page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    assert left == []


# The outbox cannot be read until `let_go` is called.
HOLD_THE_OUTBOX = """(() => {
  const real = indexedDB.databases.bind(indexedDB);
  const held = new Promise((done) => { window.let_go = done; });
  indexedDB.databases = async () => { await held; return real(); };
})()"""
# As if the button were pressed before the script that asks is there: that page has none.
WITHOUT_THE_SCRIPT = """location.pathname === "/signed-out" ||
  Object.defineProperty(Navigator.prototype, "locks", { value: undefined })"""


async def _one_not_sent(page: Page, scene: Setting) -> None:
    await _form(page, await scene.register(f"Synthetic {uuid4()}"))
    await page.context.set_offline(True)
    await _write(page, "Not sent yet.")
    await expect(page.get_by_role("heading", name="Kept on this phone")).to_be_visible()
    await expect(page.locator("[data-kept]")).to_contain_text("Your note is safe.")


def _says_no(listen: Callable[..., None]) -> list[str]:
    """Answer the page's dialogs with no, with `page.once` or `page.on`, and return their messages."""
    asked: list[str] = []

    async def no(dialog: Any) -> None:
        asked.append(dialog.message)
        await dialog.dismiss()

    listen("dialog", no)
    return asked


async def _entries(page: Page) -> int:
    return len((await page.evaluate(DUMP))["entries"])


async def test_signing_out_before_the_outbox_was_read_asks_all_the_same(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("worker")
    await _one_not_sent(page, scene)
    await page.evaluate(HOLD_THE_OUTBOX)
    asked = _says_no(page.on)
    for _ in range(2):
        await sign_out(page)
    await page.evaluate("let_go()")
    await _until(lambda: asked)
    assert len(asked) == 1 and "1 note" in asked[0] and "/contacts/new" in page.url
    assert await _entries(page) == 1


async def test_signed_out_before_the_script_was_there_asks_on_the_next_page(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("worker")
    # One that was not taken waits for its writer, and is not sent by itself.
    await _form(page, await scene.register(f"Synthetic {uuid4()}"))
    await page.check("[name=kind][value=sighted]")
    await page.click("main button:has-text('Save')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("Where?")
    await page.context.add_init_script(WITHOUT_THE_SCRIPT)
    await page.goto("/account")
    await sign_out(page)
    await expect(page.locator("h1")).to_have_text("You are signed out")
    await expect(page.locator("[data-left-behind]")).to_contain_text("1 note on this phone is not sent yet")
    assert await _entries(page) == 1
    await axe(page)
    await screenshot(page, "signed-out-left")
    page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.click("button:has-text('Delete it from this phone')")
    await expect(page.locator("[data-left-behind]")).to_contain_text("It is deleted.")
    assert await page.evaluate("indexedDB.databases().then((all) => all.length)") == 0


async def test_a_colleague_who_signs_out_on_this_phone_is_asked_too(page_as: PageAs, scene: Setting) -> None:
    page = await page_as("worker")
    await _one_not_sent(page, scene)
    await page.context.clear_cookies()
    await page.context.set_offline(False)
    await page.goto("/signed-out")
    await expect(page.locator("[data-left-behind]")).to_contain_text("1 note")
    await page.goto("/sign-in")
    await page.fill("[name=sign_in]", "supervisor")
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button:has-text('Sign in')")
    await page.wait_for_url(lambda url: "/sign-in" not in url)
    asked = _says_no(page.once)
    await sign_out(page)
    await _until(lambda: asked)
    assert "1 note written by somebody else" in asked[0] and await _entries(page) == 1


async def test_a_note_is_sent_by_whom_it_was_written_and_nobody_else(
    page_as: PageAs, scene: Setting, home: Home
) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    page = await page_as("worker")
    await _form(page, person)
    await page.context.set_offline(True)
    await _write(page, "Mine.")
    await expect(page.get_by_role("heading", name="Kept on this phone")).to_be_visible()
    await page.context.clear_cookies()  # the session is over; somebody else takes the phone
    await page.context.set_offline(False)
    await page.goto("/sign-in")
    await page.fill("[name=sign_in]", "supervisor")
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button:has-text('Sign in')")
    await page.wait_for_url(lambda url: "/sign-in" not in url)
    await page.goto(f"/people/{person}")
    await page.evaluate("outbox.flush()")
    assert await page.locator(".outbox").count() == 0, "it is nobody else's to see"
    assert len((await page.evaluate(DUMP))["entries"]) == 1
    by = [row["by"] for row in await scene.worker.every("intake", f"/people/{person}/contacts")]
    assert str(home.ids["supervisor"]) not in by


async def test_the_same_form_twice_writes_one_contact(hand: Hand, scene: Setting) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    await hand.sign_in("worker", PASSWORD)
    await hand.get("/people")
    sent = {"kind": "spoke", "note": "Rang, he is well.", "once": str(uuid4())}
    answers = await asyncio.gather(*(hand.post(f"/people/{person}/contacts", sent) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    found = await scene.worker.every("intake", f"/people/{person}/contacts")
    assert [(row["note"], row["channel"]) for row in found] == [(sent["note"], "phone")]


async def test_what_was_written_earlier_keeps_its_time_and_a_fast_clock_does_not_lose_it(
    hand: Hand, scene: Setting
) -> None:
    person = await scene.register(f"Synthetic {uuid4()}")
    await hand.sign_in("worker", PASSWORD)
    await hand.get("/people")
    for at in ("2026-01-02T03:04:05.000Z", "2099-01-01T00:00:00.000Z", "no time at all"):
        assert (await hand.post(f"/people/{person}/contacts", {"kind": "met", "written_at": at})).status_code == 303
    found = await scene.worker.every("intake", f"/people/{person}/contacts")
    assert len(found) == 3 and found[-1]["occurred_at"].startswith("2026-01-02T03:04:05")


async def test_the_worker_is_served_at_the_root_and_who_i_am_only_to_me(hand: Hand, home: Home) -> None:
    worker = await hand.get("/sw.js")
    assert (
        worker.headers["content-type"].startswith("text/javascript") and worker.headers["cache-control"] == "no-store"
    )
    assert (await hand.get("/outbox", {"HX-Request": "true"})).status_code == 401
    await hand.sign_in("worker", PASSWORD)
    assert (await hand.get("/outbox")).json()["account"] == str(home.ids["worker"])


async def _until(true: Any) -> None:
    for _ in range(100):
        if true():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError
