"""One link serves every answer of an open referral: each choice, pressed, said back, and written down."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from playwright.async_api import Page

from services.console.agency.view import CHOICES
from services.console.agency.words import PROPOSED, SAID, THEN
from shared import clock
from tests.console.agency.conftest import Mail, Mailed, back, choose, follow, main_of, press
from tests.console.click import click_through
from tests.console.conftest import PageAs
from tests.console.looks import axe
from tests.console.referral.test_recording import fill_day, fill_moment, in_days

Fill = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """A choice, what is written beside it, where it leads, and how the history tells it (`move`, and what of it)."""

    choice: str
    state: str
    move: str
    fill: Fill | None = None
    note: str | None = None
    reason: str | None = None


async def appointment(page: Page) -> None:
    await fill_moment(page, "appointment.at", in_days(6))
    await page.fill("[name='appointment.place']", "Room 3 (synthetic)")
    await page.fill("[name='appointment.bring']", "nothing")


async def moved(page: Page) -> None:
    await appointment(page)
    await fill_moment(page, "appointment.at", in_days(9))


def writes(choice: str, words: str) -> Fill:
    async def fill(page: Page) -> None:
        await page.fill(f"[name=note-{choice}]", words)

    return fill


async def until(page: Page) -> None:
    await fill_day(page, "until", in_days(40))


def because(reason: str) -> Fill:
    async def fill(page: Page) -> None:
        await page.select_option("[name=reason]", reason)

    return fill


BOOK = Answer("book", "booked", "book", appointment)
ASK, RING, TRIED = "which floor? (synthetic)", "mornings, ask for Nadia (synthetic)", "two letters (synthetic)"
WAY = (
    Answer("see", "acknowledged", "see"),
    Answer("question", "acknowledged", "question", writes("question", ASK), note=ASK),
    Answer("waitlist", "waitlisted", "waitlist", until),
    Answer("ring_me", "waitlisted", "question_more", writes("ring_me", RING), note=RING, reason="ring_me"),
    Answer("accept", "accepted", "accept"),
    Answer("take_back", "waitlisted", "correct", reason="accept"),
    Answer("accept", "accepted", "accept"),
    Answer(
        "cannot_reach", "accepted", "question_more", writes("cannot_reach", TRIED), note=TRIED, reason="cannot_reach"
    ),
    BOOK,
    Answer("rebook", "booked", "rebook", moved),
    Answer("did_not_come", "accepted", "miss", reason="did_not_come"),
    BOOK,
    Answer("turned_away", "accepted", "miss", reason="turned_away"),
    BOOK,
    Answer("agency_cancelled", "accepted", "miss", reason="agency_cancelled"),
    BOOK,
    Answer("could_not_be_reached", "accepted", "miss", reason="could_not_be_reached"),
    BOOK,
    Answer("came", "attended", "attend"),
    Answer("treat", "in_treatment", "treat"),
    Answer("ended", "completed", "complete", because("finished")),
)
ELSEWHERE = (
    (Answer("wrong_address", "undeliverable", "bounce"),),
    (Answer("not_us", "declined", "decline", writes("not_us", ASK), note=ASK, reason="wrong_service"),),
    (Answer("ended", "declined", "decline", because("out_of_area"), reason="out_of_area"),),
    (BOOK, Answer("may_not_say", "booked", "agency_may_not_say")),
)


async def test_one_link_serves_every_answer_from_seen_to_finished(mailed: Mail, page_as: PageAs) -> None:
    page, sent = await page_as(None), await mailed()
    await follow(page, sent.link)
    await _say(page, sent, WAY)
    await press(page, "Change your answer")
    offered = await page.locator("[name=way]").evaluate_all("all => all.map(one => one.value)")
    assert offered == ["mistake"], "it is finished: all that is left is that this was a mistake"


async def test_what_leads_off_that_way(mailed: Mail, page_as: PageAs) -> None:
    page = await page_as(None)
    for answers in ELSEWHERE:
        sent = await mailed()
        await follow(page, sent.link)
        await _say(page, sent, answers)


def test_no_choice_is_left_out() -> None:
    said = {answer.choice for way in (WAY, *ELSEWHERE) for answer in way}
    assert said == {choice.value for choice in CHOICES}


async def test_who_may_not_say_is_not_asked_whether_anybody_came(mailed: Mail, page_as: PageAs) -> None:
    sent = await mailed()
    at = (clock.now() + timedelta(days=5)).isoformat()
    await sent.scene.move(sent.id, "book", appointment={"at": at})
    page = await page_as(None)
    await follow(page, sent.link)
    await _say(page, sent, ELSEWHERE[-1][1:])
    await press(page, "Change your answer")
    offered = await everything(page)
    assert offered, await main_of(page)
    assert not {"came", "did_not_come", "turned_away", "may_not_say"} & set(offered)


async def everything(page: Page) -> set[str]:
    """Return every answer that the page leads to."""
    found = set[str]()
    for way in await page.locator("[name=way]").evaluate_all("all => all.map(one => one.value)"):
        await click_through(page.locator(f"[name=way][value={way}]"))
        found |= set(await page.locator("main [name=answer]").evaluate_all("all => all.map(one => one.value)"))
        await back(page)
    return found


# Nobody knows these before the hour of the appointment.
AFTERWARDS = frozenset({"came", "did_not_come", "turned_away"})


async def _has_passed(sent: Mailed) -> None:
    """As if the day of the appointment had come and gone."""
    at = {"at": (clock.now() - timedelta(hours=1)).isoformat()}
    await sent.scene.move(sent.id, "rebook", appointment=at, confirm_date=True)


async def _say(page: Page, sent: Mailed, answers: tuple[Answer, ...]) -> None:
    """One after the other, each by the page that the last one led to."""
    for place, answer in enumerate(answers):
        if answer.choice in AFTERWARDS:
            await _has_passed(sent)
            await follow(page, sent.link)
        elif place:
            await press(page, "Change your answer")
        await choose(page, answer.choice)
        if answer.fill:
            await answer.fill(page)
        await axe(page)
        await press(page, "Send")
        told = await main_of(page)
        # By the link alone an appointment is proposed, and the service is rung about it.
        then = PROPOSED if answer.choice in ("book", "rebook") else THEN.get(answer.choice, "")
        assert SAID[answer.choice] in told and then in told, told
        last = (await sent.history())[-1]
        assert (await sent.now())["state"] == answer.state, answer
        assert (last["move"], last["channel"]) == (answer.move, "link"), answer
        assert (last["note"], last["reason"]) == (answer.note, answer.reason), answer
