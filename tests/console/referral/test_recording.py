"""One referral's page, and everything that is recorded and decided on it."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from deploy.demo.setting import Setting
from shared import clock
from shared.clock import LONDON
from tests.console.click import click_through
from tests.console.conftest import DESK, PASSWORD, PageAs, Worker
from tests.console.hand import Hand
from tests.console.looks import at_each_width, axe, screenshot
from tests.console.referral.conftest import follow, pick, press
from tests.console.referral.test_sending import version_in


def in_days(days: int) -> datetime:
    return (clock.now() + timedelta(days=days)).astimezone(LONDON)


async def fill_moment(page: Page, name: str, at: datetime) -> None:
    await fill_day(page, name, at)
    await page.fill(f"[name='{name}-time']", "14:30")


async def fill_day(page: Page, name: str, at: datetime) -> None:
    for part in ("day", "month", "year"):
        await page.fill(f"[name='{name}-{part}']", str(getattr(at, part)))


async def test_the_page_says_why_it_waits_by_whose_rule_and_draws_its_way(page_as: PageAs, sent: str) -> None:
    page = await page_as("worker")
    await page.goto(f"/referrals/{sent}")
    text = await page.inner_text("main")
    assert "It waits for a reply from the service" in text and "It is the service's turn" in text
    assert "Rule: reply clock, 5 working days. Source: ours, this project's own" in text
    assert "Next automatic step: remind the service" in text
    words = await page.text_content("svg.way desc") or ""
    assert "We are here: Sent" in words and "If nobody answers: Remind the service" in words
    assert "May follow: Completed" in words
    async for width in at_each_width(page):
        box = await page.locator("svg.way").bounding_box()
        assert box is not None and box["x"] + box["width"] <= width
        await axe(page)
        await screenshot(page, "referral")
    await follow(page, "What this rule does")
    assert "Reply clock" in await page.inner_text("h1")


async def test_a_phone_answer_is_one_form_also_without_script(page_as: PageAs, scene: Setting, sent: str) -> None:
    page = await page_as("worker", script=False)
    await page.goto(f"/referrals/{sent}/call")
    assert "020 7946 0001" in await page.inner_text("main")
    await press(page, "Record the call")
    assert "say what came of the call" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await pick(page, "Spoke to somebody")
    await pick(page, "There is an appointment")
    await press(page, "Record the call")
    assert "say when the appointment is" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await fill_moment(page, "appointment.at", in_days(9))
    await page.fill("[name='appointment.place']", "Room 3 (synthetic)")
    await press(page, "Record the call")
    row = await scene.worker.get("referrals", f"/referrals/{sent}")
    assert row["state"] == "booked" and row["appointment"]["place"] == "Room 3 (synthetic)"
    line = (await scene.worker.every("referrals", f"/referrals/{sent}/history"))[-1]
    assert (line["move"], line["by"], line["channel"]) == ("book", "agency", "phone")


@pytest.mark.parametrize(
    ("label", "kept"), [("Left a message", "call_left_message"), ("Nobody answered", "call_nobody")]
)
async def test_a_call_that_reached_nobody_changes_nothing_else(
    page_as: PageAs, scene: Setting, sent: str, label: str, kept: str
) -> None:
    page = await page_as("worker")
    await page.goto(f"/referrals/{sent}/call")
    await pick(page, label)
    await press(page, "Record the call")
    assert await scene.state_of(sent) == "sent"
    assert (await scene.worker.every("referrals", f"/referrals/{sent}/history"))[-1]["move"] == kept


async def test_what_was_told_by_mouth_is_written_down_with_its_ground(
    page_as: PageAs, scene: Setting, sent: str
) -> None:
    page = await page_as("worker")
    await page.goto(f"/referrals/{sent}/call")
    await pick(page, "Spoke to somebody")
    await pick(page, "They have seen it")
    await page.click("summary:has-text('I shared more')")
    await pick(page, "What they want")
    await page.fill("[name=to_whom]", "the nurse at the desk")
    await axe(page)
    await press(page, "Record the call")
    told = await scene.worker.every("intake", f"/people/{scene.cast.person}/disclosures")
    call = next(one for one in told if one["purpose"] == "call")
    assert call["categories"] == ["person_wants"] and call["referral_id"] == sent and call["consent_id"]
    assert await scene.state_of(sent) == "acknowledged"


async def test_they_never_got_it_and_it_is_sent_again(page_as: PageAs, scene: Setting, sent: str) -> None:
    page = await page_as("worker")
    await page.goto(f"/referrals/{sent}/call")
    await pick(page, "They say it never came")
    await press(page, "Record the call")
    assert "Did not arrive" in await page.inner_text("main")
    await axe(page)
    await follow(page, "Send it again")
    await press(page, "Send it")
    await scene.reached(sent, "sent")


async def test_told_missed_moved_and_kept(page_as: PageAs, scene: Setting, sent: str) -> None:
    at = in_days(5).isoformat()
    await scene.move(sent, "book", appointment={"at": at})
    page = await page_as("worker")
    await page.goto(f"/referrals/{sent}")
    assert "The person does not know yet." in await page.inner_text("main")
    await axe(page)
    await follow(page, "Move the appointment")
    assert "Move the appointment" in await page.inner_text("h1")
    await axe(page)
    await page.goto(f"/referrals/{sent}")
    await follow(page, "The person was told about the appointment")
    await axe(page)
    await pick(page, "Face to face")
    await press(page, "Save")
    assert "The person was told today" in await page.inner_text("main")
    await follow(page, "What became of the visit")
    await axe(page)
    await pick(page, "They turned the person away")
    await press(page, "Record it")
    assert "If it will not take place, say who cancelled it" in await page.inner_text(".nhsuk-error-summary")
    await pick(page, "The service cancelled")
    await fill_moment(page, "appointment.at", in_days(12))
    await press(page, "Record it")
    row = await scene.worker.get("referrals", f"/referrals/{sent}")
    assert row["state"] == "booked" and row["appointment"]["told_at"] is None
    assert "The service cancelled" in await page.inner_text("main")
    await follow(page, "What became of the visit")
    await pick(page, "Attended")
    await press(page, "Record it")
    assert "The appointment is on" in await page.inner_text(".nhsuk-error-summary")
    await axe(page)
    await page.check("[name=confirm_date]")
    await press(page, "Record it")
    await follow(page, "What comes next")
    await axe(page)
    await pick(page, "Treatment goes on")
    await press(page, "Record it")
    await follow(page, "What comes next")
    await pick(page, "It is finished")
    await press(page, "Record it")
    assert await scene.state_of(sent) == "completed"
    await axe(page)


async def test_their_question_is_answered(page_as: PageAs, scene: Setting, sent: str) -> None:
    await scene.worker.post("referrals", f"/referrals/{sent}/question", {"on": True, "note": "which language?"})
    page = await page_as("worker")
    await page.goto(f"/referrals/{sent}")
    assert "our answer to the service's question" in await page.inner_text("main")
    await follow(page, "We answered their question")
    await axe(page)
    assert "which language?" in await page.inner_text("main"), "what is answered stands above the answer"
    await press(page, "Send the answer")
    assert "write the answer" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.fill("[name=note]", "English is fine")
    await press(page, "Send the answer")
    assert not (await scene.worker.get("referrals", f"/referrals/{sent}"))["question"]


async def test_decisions_are_taken_by_the_running_process(page_as: PageAs, scene: Setting, sent: str) -> None:
    async def on_the_board() -> bool | None:
        return (await scene.board_row(sent)) is not None or None

    await scene.soon(on_the_board)
    page = await page_as("supervisor", DESK)
    await page.goto(f"/referrals/{sent}/decide")
    await pick(page, "Give them more days")
    await press(page, "Decide")
    assert "how many working days" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await axe(page)
    await page.fill("[name=working_days]", "3")
    await press(page, "Decide")
    assert "They were given more time" in await page.inner_text("main")
    await page.goto(f"/referrals/{sent}/decide")
    await pick(page, "We are on it")
    await fill_day(page, "until", in_days(6))
    await press(page, "Decide")
    assert "somebody is on it until" in await page.inner_text("main")
    await page.goto(f"/referrals/{sent}/decide")
    await pick(page, "Find another service now")
    await press(page, "Decide")
    assert "Another service is looked for" in await page.inner_text("main")
    await page.goto(f"/referrals/{sent}/decide")
    await pick(page, "Withdraw the referral")
    await page.select_option("[name=reason]", "ours")
    await press(page, "Decide")
    assert await scene.state_of(sent) == "withdrawn"
    await axe(page)
    await follow(page, "Reopen")
    await press(page, "Reopen")
    assert "say why it is reopened" in (await page.inner_text(".nhsuk-error-summary")).lower()
    await page.fill("[name=note]", "They came back to us")
    await press(page, "Reopen")
    assert await scene.state_of(sent) == "draft"


async def test_a_stale_form_is_told_what_changed_and_keeps_what_was_written(
    hand: Hand, worker: Worker, scene: Setting, sent: str
) -> None:
    await hand.sign_in(worker.sign_in, PASSWORD)
    seen = version_in(await hand.get(f"/referrals/{sent}/decide"))
    await scene.move(sent, "accept")
    fields = {"version": seen, "what": "withdraw", "reason": "ours", "note": "they never answer"}
    answer = await hand.post(f"/referrals/{sent}/decide", fields)
    assert answer.status_code == 412
    assert "Someone else changed this first" in answer.text and "Accepted" in answer.text
    assert "they never answer" in answer.text and "by you" in answer.text
    assert await scene.state_of(sent) == "accepted"


async def test_a_step_that_came_by_itself_makes_no_form_stale(
    hand: Hand, worker: Worker, scene: Setting, sent: str
) -> None:
    await hand.sign_in(worker.sign_in, PASSWORD)
    page = await hand.get(f"/referrals/{sent}/appointment")
    history = await scene.worker.every("referrals", f"/referrals/{sent}/history")
    # As old as the last thing that anybody did: later versions are the process's own.
    fields = {"version": str(max(line["version"] for line in history)), "kind": "book"}
    at = in_days(4)
    day = {f"appointment.at-{part}": str(getattr(at, part)) for part in ("day", "month", "year")}
    once = {"once": str(uuid4())}
    assert version_in(page)
    for _ in range(2):
        answer = await hand.post(
            f"/referrals/{sent}/appointment", {**fields, **day, **once, "appointment.at-time": "10:00"}
        )
        assert answer.status_code == 303, answer.text[:3000]
    moves = [line["move"] for line in await scene.worker.every("referrals", f"/referrals/{sent}/history")]
    assert moves.count("book") == 1 and "rebook" not in moves


async def test_what_is_not_possible_any_more_has_its_page(page_as: PageAs, scene: Setting, sent: str) -> None:
    await scene.move(sent, "decline", reason="no_capacity")
    page = await page_as("worker")
    for slug in ("call", "told", "appointment", "decide"):
        answer = await page.goto(f"/referrals/{sent}/{slug}")
        assert answer is not None and answer.status == 409
        assert await page.inner_text("h1") == "This is not possible now"
    await axe(page)
    assert (await page.goto(f"/referrals/{sent}/nothing-like-it")).status == 404  # pyright: ignore


async def test_the_second_code_is_read_out_only_while_a_link_is_open(
    page_as: PageAs, scene: Setting, sent: str
) -> None:
    await scene.mail_sent(sent, "first")
    page = await page_as("worker")
    await page.goto(f"/referrals/{sent}/code")
    assert re.search(r"[A-Z0-9]{6}", await page.inner_text(".nhsuk-panel"))
    await axe(page)
    await scene.move(sent, "decline", reason="no_capacity")
    await page.goto(f"/referrals/{sent}/code")
    assert "holds no open link" in await page.inner_text("main")


async def test_a_guardian_reads_and_records_nothing(page_as: PageAs, sent: str) -> None:
    page = await page_as("guardian")
    await page.goto(f"/referrals/{sent}")
    assert "It waits for" in await page.inner_text("main")
    assert "Actions" not in await page.inner_text("main")
    await axe(page)
    await page.goto(f"/referrals/{sent}/call")
    assert await page.inner_text("h1") == "This is not for your role"


async def test_the_list_opens_on_what_is_open(page_as: PageAs, scene: Setting, sent: str) -> None:
    page = await page_as("worker", DESK)
    await page.goto(f"/referrals?person={scene.cast.person}")
    assert await page.locator("main .choice").count() == 1
    await axe(page)
    await scene.move(sent, "decline", reason="no_capacity")
    await page.goto(f"/referrals?person={scene.cast.person}")
    assert "There is none." in await page.inner_text("main")
    await follow(page, "Also those that have ended")
    assert await page.locator("main .choice").count() == 1


async def test_what_was_recorded_by_mistake_is_taken_back(page_as: PageAs, scene: Setting, sent: str) -> None:
    await scene.move(sent, "accept")
    page = await page_as("worker")
    await page.goto(f"/referrals/{sent}")
    await follow(page, "The latest answer was recorded by mistake")
    assert "Accepted" in await page.inner_text("main")
    await axe(page)
    await page.click("main button:has-text('Take it back')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("say why it was a mistake", ignore_case=True)
    await page.fill("[name=why]", "Another referral was meant (synthetic).")
    await page.click("main button:has-text('Take it back')")
    await expect(page.locator("main")).to_contain_text("It is taken back.")
    await expect(page.locator("main")).to_contain_text("Recorded by mistake, and taken back")
    assert (await scene.worker.get("referrals", f"/referrals/{sent}"))["state"] == "sent"


async def test_a_note_is_struck_where_it_is_read(page_as: PageAs, scene: Setting, sent: str) -> None:
    words, why = "Words about somebody else (synthetic).", "Another person was meant."
    await scene.worker.post("referrals", f"/referrals/{sent}/moves", {"move": "accept", "note": words})
    page = await page_as("worker", script=False)
    await page.goto(f"/referrals/{sent}")
    assert words in await page.inner_text("main")
    await page.click("a:has-text('Strike this note')")
    await page.click("main button:has-text('Strike the note')")
    await expect(page.locator(".nhsuk-error-summary")).to_contain_text("say why it was a mistake", ignore_case=True)
    await page.fill("[name=why]", why)
    await click_through(page.locator("main button:has-text('Strike the note')"))
    shown = await page.inner_text("main")
    assert "The note is struck." in shown and why in shown and words not in shown and "Accepted" in shown
    assert page.url.endswith(f"/referrals/{sent}")
    assert await page.locator("a:has-text('Strike this note')").count() == 0
    other = await page_as("supervisor")
    await other.goto(f"/referrals/{sent}")
    assert why in await other.inner_text("main")
    await axe(other)
