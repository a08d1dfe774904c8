"""The supervisor's board in a browser: live, acted on, by two at once, without script, with its filters kept."""

import gzip
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from services.console.staff import service as staff
from shared import clock
from shared.context import Actor
from tests.console.conftest import DESK, PASSWORD, PHONE, Home, PageAs
from tests.console.hand import Hand
from tests.console.looks import LARGEST, at_each_width, axe, screenshot


async def refer(scene: Setting, alias: str = "Synthetic Sam") -> str:
    """Somebody with a plan and a referral that was sent; the referral's id."""
    await scene.register(alias)
    await scene.agree("tb")
    await scene.start_plan()
    referral = await scene.refer("tb")

    async def shown() -> Json | None:
        row = await scene.board_row(referral)
        return row if row and row["stage"] == "sent" and await scene.board_row(scene.cast.plan) else None

    await scene.soon(shown)
    return referral


async def stalled(scene: Setting, referral: str) -> Json:
    """Leap until the agency has kept us waiting too long."""

    async def seen() -> Json | None:
        row = await scene.board_row(referral)
        return row if row and row["stalled"] else None

    return await scene.leap_until(seen)


SCREEN = 780  # px, of a phone that is not large


async def small(page: Page) -> None:
    text = await page.content()
    assert len(gzip.compress(text.encode())) < LARGEST


@pytest.mark.usefixtures("apart")
async def test_the_stall_appears_live_and_is_acted_on(page_as: PageAs, scene: Setting) -> None:
    referral = await refer(scene, "Synthetic Stall")
    page = await page_as("supervisor", DESK)
    await page.goto(f"/board?case={scene.cast.case}")
    line = page.locator(f"#line-{scene.cast.person}")
    await expect(line).to_contain_text("Sent")
    await expect(line).not_to_contain_text("Waiting too long")
    await expect(page.locator("#board-live")).to_contain_text("Live")
    await page.evaluate("window.notReloaded = true")
    await line.locator("summary").click()
    link = line.locator(f"#row-{referral} .board-part__what a")
    await link.focus()
    await stalled(scene, referral)
    # No row moves under the hand: what has changed is counted, and shown when it is asked for.
    await expect(page.locator("#board-show")).to_have_text("1 changed: show")
    await expect(line).not_to_contain_text("Waiting too long")
    await expect(link).to_be_focused()
    await axe(page)
    await page.keyboard.press("r")
    await expect(line).to_contain_text("Waiting too long")
    await expect(link).to_be_focused()  # whoever rests on a row goes on resting on it, and hears one sentence
    await expect(page.locator("#board-live")).to_have_text("The board is up to date.")
    await expect(page.locator("#board-show")).to_be_hidden()
    assert await page.evaluate("window.notReloaded"), "it came without a reload"
    await axe(page)
    await link.click()
    await expect(page.locator("h1")).to_have_text("Synthetic Stall")
    await expect(page.locator("#why")).to_contain_text("a reply from the service")
    await expect(page.locator("#why")).to_contain_text("our own rule")
    await axe(page)
    await small(page)
    before = await scene.board_row(referral)
    await page.click("text=Give more days")
    await axe(page)
    await page.fill("[name=working_days]", "many")
    await page.click("main button:has-text('Give more days')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("whole number", ignore_case=True)
    await axe(page)
    await page.fill("[name=working_days]", "3")
    await page.click("main button:has-text('Give more days')")
    await expect(page.locator("#answer")).to_contain_text("moved by 3 working days")
    await axe(page)
    after = await scene.soon(lambda: changed(scene, referral, before))
    assert before and after["next_at"] > before["next_at"]


async def changed(scene: Setting, row_id: str, before: Json | None) -> Json | None:
    row = await scene.board_row(row_id)
    return row if row and before and row["next_at"] != before["next_at"] else None


async def test_the_second_supervisor_is_told_what_the_first_did(page_as: PageAs, scene: Setting, home: Home) -> None:
    referral = await refer(scene)
    name = f"second-{uuid4().hex[:8]}"
    await home.hire("supervisor", name, name="Synthetic Second")
    first, second = await page_as("supervisor", DESK), await page_as("supervisor", PHONE, sign_in=name)
    await first.goto(f"/board/{referral}/act/next-step")
    await second.goto(f"/board/{referral}/act/more-days")
    await first.click("main button:has-text('Take it now')")
    await expect(first.locator("#answer")).to_contain_text("Done now: ")
    await second.fill("[name=working_days]", "many")
    await second.click("main button:has-text('Give more days')")
    await expect(second.locator(".nhsuk-error-summary")).to_contain_text("whole number", ignore_case=True)
    await second.fill("[name=working_days]", "5")
    await second.click("main button:has-text('Give more days')")
    await expect(second.locator("#meanwhile")).to_contain_text("The next step was taken early: Synthetic supervisor")
    await axe(second)
    await screenshot(second, "board-meanwhile")
    decided = await scene.worker.every("referrals", f"/referrals/{referral}/history")
    assert "extend" not in [line["move"] for line in decided]
    await second.click("main button:has-text('all the same')")
    await expect(second.locator("#answer")).to_contain_text("moved by 5 working days")


async def test_filters_are_in_the_address_and_back_goes_back(page_as: PageAs, scene: Setting) -> None:
    referral = await refer(scene, "Synthetic Filter")
    page = await page_as("supervisor", DESK)
    start = f"/board?case={scene.cast.case}"
    await page.goto(start)
    line = page.locator(f"#line-{scene.cast.person}")
    await expect(line).to_be_visible()
    narrow = page.locator("#narrow")
    await narrow.get_by_text("Status").click()
    await narrow.get_by_role("link", name=re.compile("^Sent")).click()
    await page.wait_for_url("**stage=sent**")
    # What was asked for leads the line; the plan is still on it.
    await expect(line.locator(".board-name")).to_have_attribute("href", f"/board/{referral}")
    await expect(line.locator(f"#row-{scene.cast.plan}")).to_have_count(1)
    await page.go_back()
    await expect(line).to_be_visible()
    assert page.url.endswith(start)
    await page.goto(f"{start}&stalled=yes")
    await expect(page.locator("main")).to_contain_text("Nobody on the board is like that")
    await axe(page)
    await page.locator("#narrow").get_by_role("link", name=re.compile("^Waiting too long")).click()
    await expect(line).to_be_visible()


@pytest.mark.usefixtures("apart")
async def test_without_script_somebody_is_on_it(page_as: PageAs, scene: Setting) -> None:
    referral = await refer(scene, "Synthetic Plain")
    await stalled(scene, referral)
    page = await page_as("supervisor", script=False)
    await page.goto(f"/board?case={scene.cast.case}&stalled=yes")
    await page.click(f"#line-{scene.cast.person} .board-name")
    await page.click("text=We are on it")
    await page.click("main button:has-text('We are on it')")
    await expect(page.locator(".nhsuk-error-summary")).to_be_visible()
    until = clock.now() + timedelta(days=10)
    for part, value in (("day", until.day), ("month", until.month), ("year", until.year)):
        await page.fill(f"[name=until-{part}]", str(value))
    await page.click("main button:has-text('We are on it')")
    await expect(page.locator("#answer")).to_contain_text("Reminders are paused until then")
    await page.click("text=Back to the board")
    await expect(page.locator("h1")).to_have_text("Board")


@pytest.mark.usefixtures("apart")
async def test_every_page_is_accessible_and_small(page_as: PageAs, scene: Setting) -> None:
    referral = await refer(scene)
    await stalled(scene, referral)
    worker = (await scene.worker.get("casework", f"/cases/{scene.cast.case}"))["worker_id"]
    agency = scene.cast.services["tb"]["agency_id"]
    page = await page_as("supervisor")
    paths = {
        "board": "/board", "board-row": f"/board/{referral}", "board-plan": f"/board/{scene.cast.plan}",
        "board-agencies": "/board/agencies", "board-call": f"/board/agencies/{agency}/call",
        "board-reviews": "/board/reviews", "board-caseloads": "/board/caseloads",
        "board-transfer": f"/board/caseloads/{worker}", "board-figures": "/board/figures",
        "board-pause": f"/board/{scene.cast.plan}/act/pause", "board-close": f"/board/{scene.cast.plan}/act/close",
    }  # fmt: skip
    for name, path in paths.items():
        found = await page.goto(path)
        assert found is not None and found.status == 200, path
        await small(page)
        async for width in at_each_width(page):
            await axe(page)
            await screenshot(page, name)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} wide"
        headings = await page.locator("main :is(h2, h3, h4)").all_inner_texts()
        assert len(headings) == len(set(headings)), f"{path} has two headings that are the same: {headings}"


async def test_what_changed_stays_until_it_was_seen(page_as: PageAs, scene: Setting) -> None:
    referral = await refer(scene, "Synthetic News")
    page = await page_as("supervisor")
    await page.goto("/board")
    await expect(page.locator(f"#changed-{referral}")).to_contain_text("Sent")
    await page.goto("/board")
    await expect(page.locator(f"#changed-{referral}")).to_be_visible()
    await page.click("text=Mark all as seen")
    await expect(page.locator(".nhsuk-notification-banner--success")).to_be_visible()
    await expect(page.locator(f"#changed-{referral}")).to_have_count(0)
    await axe(page)


async def test_a_phone_shows_somebody_before_it_is_swiped(page_as: PageAs, scene: Setting) -> None:
    """The filters are folded, and say which of them are on."""
    await refer(scene, "Synthetic First")
    page = await page_as("supervisor", PHONE)
    await page.goto("/board?all=yes")
    box = await page.locator("#list .board-name").bounding_box()
    assert box and box["y"] + box["height"] < SCREEN, box
    await page.locator("#narrow-folded > summary").click()
    folded = page.locator("#narrow-folded")
    await small(page)
    await folded.get_by_role("link", name="Waiting too long").click()
    await expect(folded.locator("> summary")).to_contain_text("Filter: Waiting too long")
    await expect(page.get_by_role("link", name="Show everyone")).to_be_visible()
    await axe(page)


async def test_what_is_new_is_one_card_for_a_person(page_as: PageAs, scene: Setting) -> None:
    referral = await refer(scene, "Synthetic Once")
    page = await page_as("supervisor")
    await page.goto("/board")
    card = page.locator(f"#news-{scene.cast.person}")
    await expect(card.locator("h3")).to_have_count(1)
    for row_id in (scene.cast.plan, referral):
        await expect(card.locator(f"#changed-{row_id} a")).to_have_attribute("href", f"/board/{row_id}")


async def test_pressed_twice_it_is_done_once_and_another_team_finds_nothing(
    hand: Hand, scene: Setting, home: Home
) -> None:
    referral = await refer(scene)
    await hand.sign_in("supervisor", PASSWORD)
    shown = await hand.get(f"/board/{referral}/act/more-days")
    found = re.search(r'name="seen_at" value="([^"]+)"', shown.text)
    assert found is not None
    form = {"once": str(uuid4()), "seen_at": found[1], "working_days": "2"}
    answers = [await hand.post(f"/board/{referral}/act/more-days", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    history = await scene.worker.every("referrals", f"/referrals/{referral}/history")
    assert [line["move"] for line in history].count("extend") == 1
    ended = await hand.get(f"/board/{uuid4()}/act/more-days")
    assert ended.status_code == 404
    name = f"elsewhere-{uuid4().hex[:8]}"
    async with home.database.transaction(Actor.service("console")) as tx:
        team = await staff.open_team(tx, "Another synthetic team")
    await home.hire("supervisor", name, team.id)
    other = hand.other()
    await other.sign_in(name, PASSWORD)
    for path in (f"/board/{referral}", f"/board/{referral}/act/more-days"):
        assert (await other.get(path)).status_code == 404
    assert (await other.post(f"/board/{referral}/act/more-days", form)).status_code == 404
    assert referral not in (await other.get("/board")).text
    worker = hand.other()
    await worker.sign_in("guardian", PASSWORD)
    assert (await worker.get(f"/board/{referral}")).status_code == 200
    assert (await worker.get(f"/board/{referral}/act/more-days")).status_code == 403
