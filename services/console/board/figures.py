"""Figures: how far referrals come, how long agencies take. Counts of acts, never of people."""

import asyncio
from datetime import date

from markupsafe import Markup
from starlette.responses import Response

from services.console.back.client import Json
from services.console.board import gather
from services.console.board.agencies import days
from services.console.plots.bars import bars
from services.console.plots.drawing import Bar
from services.console.plots.weeks import Week, weeks
from services.console.web import words
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here

pages = Pages("/board")

SLOWEST_SHOWN = 15


@pages.get("/figures", allow=READERS)
async def figures(at: Here) -> Response:
    """Show the plots, each with its figures as a table."""
    found, agencies = await asyncio.gather(at.casework.get("/board/figures"), at.casework.whole("/board/agencies"))
    answered = [row for row in agencies if row["median_days_to_answer"] is not None]
    answered.sort(key=lambda row: -row["median_days_to_answer"])
    shown = answered[:SLOWEST_SHOWN]
    names = await gather.agency_names(at, (row["agency_id"] for row in shown))
    reached = funnel(found["reached"])
    slow = [_slow(row, names) for row in shown]
    return at.page(
        "board/figures.html",
        reached=reached,
        funnel=bars("funnel", "How far referrals came", reached),
        slow=slow,
        answer_plot=bars("answer", "Days until a service replies", slow),
        ended=found["ended"],
    )


def funnel(reached: list[Json]) -> list[Bar]:
    """Return how many referrals came at least as far as each state, with their share of those sent."""
    sent = reached[0]["count"] if reached else 0
    return [
        Bar(
            words.REFERRAL[one["state"]],
            one["count"],
            f"{one['count']} ({round(100 * one['count'] / sent)}%)" if sent else "0",
        )
        for one in reached
    ]


def contact_plot(found: list[Json]) -> Markup:
    """Draw the contacts of one plan by week."""
    return weeks("contacts", "Contacts a week", [week_of(one) for one in found])


def week_of(one: Json) -> Week:
    reached = one["met"] + one["spoke"] + one["sighted"]
    return Week(date.fromisoformat(one["week"]), reached, one["missed"])


def _slow(row: Json, names: dict[str, str]) -> Bar:
    taken = row["median_days_to_answer"]
    mark = "late" if row["waiting_too_long"] else ""
    return Bar(names.get(row["agency_id"], "A service"), taken, days(taken), mark)
