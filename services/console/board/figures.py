"""Figures: how far referrals come, how long agencies take. Counts of acts, never of people."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from services.console.backend.client import Json
from services.console.board import gather
from services.console.board.agencies import days
from services.console.board.filters import Filters
from services.console.plots.bars import bars
from services.console.plots.drawing import Bar
from services.console.plots.weeks import Week, weeks
from services.console.web import words
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here

pages = Pages("/board")

SLOWEST_SHOWN = 15
ALL = "all"
# By the day of sending: the text and the days, none for everything.
PERIODS: Final = {
    ALL: ("All time", 0),
    "30": ("Last 30 days", 30),
    "90": ("Last 90 days", 90),
    "365": ("Last 12 months", 365),
}


@pages.get("/figures", allow=READERS)
async def figures(at: Here) -> Response:
    """Show the plots of a period, each with its figures as a table and a way to the rows."""
    period = at.query.get("period", "")
    period = period if period in PERIODS else ALL
    since = _since(period, at.now)
    found, agencies = await asyncio.gather(
        at.casework.get("/board/figures", sent_since=since), at.casework.whole("/board/agencies", sent_since=since)
    )
    sent = [row for row in agencies if row["sent"]]
    sent.sort(key=lambda row: -max(row["median_days_to_answer"] or 0, row["longest_unanswered_days"] or 0))
    shown = sent[:SLOWEST_SHOWN]
    names = await gather.agency_names(at, (row["agency_id"] for row in shown))
    reached = funnel(found["reached"], since)
    slow = [_slow(row, names, since) for row in shown]
    return at.page(
        "board/figures.html",
        periods=[(text, f"/board/figures?period={key}", key == period) for key, (text, _) in PERIODS.items()],
        period=PERIODS[period][0],
        reached=reached,
        funnel=bars("funnel", "How far referrals came", reached),
        slow=slow,
        answer_plot=bars("answer", "Days until a service replies", slow),
        ended=found["ended"],
    )


def _since(period: str, now: datetime) -> str | None:
    days = PERIODS[period][1]
    return (now - timedelta(days=days)).isoformat() if days else None


def funnel(reached: list[Json], since: str | None = None) -> list[Bar]:
    """Return how many referrals came at least as far as each state, with their share and how many are still open."""
    sent = reached[0]["count"] if reached else 0
    return [_reached(one, sent, since) for one in reached]


def _reached(one: Json, sent: int, since: str | None) -> Bar:
    count, still = one["count"], one["open"]
    said = f"{count} ({round(100 * count / sent)}%), {still} open" if sent else "0"
    href = _counted(since, reached=one["state"]) if still else ""
    return Bar(words.REFERRAL[one["state"]], count, said, open=still, href=href)


def _counted(since: str | None, **more: str) -> str:
    """Return the board's address of the open referrals that a figure of the period counts."""
    return Filters({"kind": "referral", **more, **({"sent_since": since} if since else {})}).link()


def contact_plot(found: list[Json]) -> Markup:
    """Draw the contacts of one plan by week."""
    return weeks("contacts", "Contacts a week", [week_of(one) for one in found])


def week_of(one: Json) -> Week:
    reached = one["met"] + one["spoke"] + one["sighted"]
    return Week(date.fromisoformat(one["week"]), reached, one["missed"])


def _slow(row: Json, names: dict[str, str], since: str | None) -> Bar:
    """Return how long an agency usually takes, beside how long it has not answered what is open."""
    taken, open_ = row["median_days_to_answer"], row["unanswered"]
    brief = "no usual time" if taken is None else days(taken)
    brief += f", {open_} open" if open_ else ""
    said = f"{brief}, the longest for {days(row['longest_unanswered_days'])}" if open_ else brief
    return Bar(
        names.get(row["agency_id"], "A service"),
        taken,
        said,
        "late" if row["waiting_too_long"] else "",
        open=row["longest_unanswered_days"],
        # What its line stands for; where everything has a reply, what of that is still open.
        href=_counted(since, agency=row["agency_id"], unanswered="yes" if open_ else "no") if row["open"] else "",
        # A reply within the day has no length, and red where something is overdue must be seen even so.
        tick=(taken is not None and taken < 1) or (taken is None and bool(row["waiting_too_long"])),
        brief=brief,
    )
