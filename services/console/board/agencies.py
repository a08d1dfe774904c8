"""The board by agency, and one call that is recorded for all its rows."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.board import gather, view
from services.console.board.filters import THEIRS, Filters
from services.console.board.view import Card
from services.console.people import words as of_people
from services.console.referral.calls import desks
from services.console.web.form import BadField
from services.console.web.pages import CARE, READERS, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/board")

OUTCOMES = (
    ("spoke", "We spoke"),
    ("left_message", "I left a message"),
    ("nobody", "Nobody answered"),
    ("never_got_it", "They say none of it ever came"),
)
# Answers that need nothing more; one with a date or a reason is recorded on the referral.
ANSWERS = (
    ("", "Nothing new"),
    ("see", "They have seen it"),
    ("accept", "They say yes"),
    ("waitlist", "On their waiting list"),
    ("may_not_say", "They may not say"),
    ("never_got_it", "It never came"),
)


@pages.get("/agencies", allow=READERS)
async def by_agency(at: Here) -> Response:
    """List the agencies with open referrals, those that keep us waiting longest first."""
    rows = await at.casework.whole("/board/agencies")
    rows = [row for row in rows if row["open"]]
    names = await gather.agency_names(at, (row["agency_id"] for row in rows))
    return at.page("board/agencies.html", rows=rows, names=names, days=days, behind=_behind, may_call=at.is_a(*CARE))


def _behind(agency_id: str) -> str:
    """Return the board's address of the referrals that the agency has or should have."""
    return Filters({"kind": "referral", "agency": agency_id, "stage": ",".join(THEIRS)}).link()


@pages.get("/agencies/{agency_id}/call", allow=CARE)
async def call(at: Here, agency_id: UUID) -> Response:
    """Show the form for one call about every open referral of an agency."""
    return await _form(at, agency_id)


@dataclass(frozen=True)
class Said:
    """The result for one row of the call."""

    card: Card
    done: bool
    why: str


@pages.post("/agencies/{agency_id}/call", allow=CARE)
async def called(at: Here, agency_id: UUID) -> Response:
    """Record the call for every ticked row separately, so that a refused row blocks no other."""
    ticked = set(at.form.all("about"))
    if not ticked:
        return await _form(at, agency_id, BadField("about", "tick at least one"))
    if (outcome := at.form.text("outcome")) not in dict(OUTCOMES):
        return await _form(at, agency_id, BadField("outcome", "choose what came of the call"))
    cards = await _cards(at, agency_id)
    wanted = [card for card in cards if card.id in ticked]
    results = await asyncio.gather(*(_record(at, card, outcome) for card in wanted))
    name = (await gather.agency_names(at, [str(agency_id)])).get(str(agency_id), "the service")
    return at.page("board/called.html", results=results, name=name, done=sum(one.done for one in results))


async def _record(at: Visit, card: Card, outcome: str) -> Said:
    body: Json = {"outcome": outcome}
    answer = at.form.text(f"said-{card.id}")
    if outcome == "spoke" and answer and answer in dict(ANSWERS):
        body["said"] = {"answer": answer}
    if note := at.form.optional("note"):
        body["note"] = note
    try:
        found = await at.referrals.post(f"/referrals/{card.id}/replies", body, key=at.once(card.id))
    except Refused as refused:
        return Said(card, False, refused.words)
    return Said(card, True, f"It stands now: {view.stage_words(found['state']).lower()}.")


async def _form(at: Visit, agency_id: UUID, refused: BadField | None = None) -> Response:
    agency, cards = await asyncio.gather(at.referrals.get(f"/agencies/{agency_id}"), _cards(at, agency_id))
    return at.page(
        "board/call.html", refused=refused, agency=agency, cards={card.id: card for card in cards},
        desks=await desks(at, (card.id for card in cards)), of_people=of_people, outcomes=OUTCOMES, answers=ANSWERS,
        ticked=set(at.form.all("about")) if at.posted else {card.id for card in cards},
    )  # fmt: skip


async def _cards(at: Visit, agency_id: UUID) -> list[Card]:
    """Return the agency's open referrals, without drafts: the agency has not received those."""
    rows = await at.casework.every("/board", agency=agency_id, kind="referral", most=gather.MOST)
    rows = [row for row in rows if row["stage"] not in ("draft", "awaiting_consent")]
    joined = await gather.joined(at, rows)
    return [view.card(row, joined) for row in rows]


def days(count: float | None) -> str:
    """Write a number of days as "3 days", "2.5 days" or "less than a day"."""
    if count is None:
        return "no answer yet"
    if count < 1:
        return "less than a day"
    return f"{count:g} day" + ("" if count == 1 else "s")
