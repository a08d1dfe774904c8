"""The board's lines, one for each person, computed from casework's answers: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from markupsafe import Markup

from services.console.backend.client import Json
from services.console.board import commands, view
from services.console.board.filters import Filters
from services.console.board.view import Card, Joined, Tag
from services.console.plots import age, fork
from services.console.referral import course
from services.console.web.words import instant, many
from shared.access.roles import Role
from shared.clock import local_date

# The text of each column, and what it orders by; nothing has an order for "waits for", which is a sentence.
COLUMNS: Final = (
    ("Person", "name"),
    ("Worker", "worker_name"),
    ("Waits for", ""),
    ("Days", "since"),
    ("Next step", "next_at"),
    ("State", "stage"),
)
# What can be done at once, from the keyboard too: the key and the command.
KEYS: Final = {"a": "on-it", "e": "more-days"}


@dataclass(frozen=True)
class Column:
    """A heading: `href` orders by it, or turns its order round."""

    text: str
    href: str
    order: Literal["", "ascending", "descending"]


def columns(filters: Filters) -> list[Column]:
    """Return the headings of the table, each with the address that orders by it."""
    found: list[Column] = []
    for text, key in COLUMNS:
        on = bool(key) and filters.sort == key
        turned = f"-{key}" if on and not filters.last_first else key
        order = ("descending" if filters.last_first else "ascending") if on else ""
        found.append(Column(text, filters.link(sort=turned) if key else "", order))
    return found


@dataclass(frozen=True)
class Age:
    """How long something has waited, in words and as a bar against its clock."""

    words: str
    bar: Markup
    late: bool


def age_of(row: Json, now: datetime) -> Age | None:
    """Return the age of a row; None for one that waits since no known day."""
    if row["since"] is None:
        return None
    waited = _days(instant(row["since"]), now)
    if row["due_at"] is None:
        return Age(many(waited, "day"), Markup(""), False)
    clock = max(_days(instant(row["since"]), instant(row["due_at"])), 0)
    late = instant(row["due_at"]) < now
    over = max(waited - clock, 0)
    words = f"{many(waited, 'day')}, {over} over" if late and over else f"{waited} of {many(clock, 'day')}"
    return Age(words, age.bar(waited, clock, late=late), late)


def _days(begin: datetime, end: datetime) -> int:
    return max((local_date(end) - local_date(begin)).days, 0)


@dataclass(frozen=True)
class Part:
    """One plan or referral of somebody, as their line shows it when it is opened."""

    card: Card
    age: Age | None
    progress: Markup
    progress_words: str
    acts: Sequence[tuple[str, str, str]]  # key, address, words


@dataclass(frozen=True)
class Line:
    """One person on the board. The first part leads: it is what the closed line says."""

    person_id: str
    name: str
    worker: str
    case_id: str
    parts: Sequence[Part]
    state: str
    urgent: Tag | None

    @property
    def lead(self) -> Part:
        return self.parts[0]

    @property
    def pictured(self) -> Part | None:
        """Return the part whose progress is drawn on the line: the first that is a referral."""
        return next((part for part in self.parts if part.progress), None)

    @property
    def holds(self) -> str:
        """Return what the line opens to: "plan and 2 referrals"."""
        referrals = sum(part.card.kind == "referral" for part in self.parts)
        plan = "plan" if referrals < len(self.parts) else ""
        return " and ".join(each for each in (plan, many(referrals, "referral") if referrals else "") if each)


def line(found: Json, joined: Joined, now: datetime, role: Role) -> Line:
    """Return the line of one person, from their rows."""
    parts = [_part(row, joined, now, role) for row in found["rows"]]
    of_case = next((row for row in found["rows"] if row["case_id"] and row["worker_id"]), None)
    return Line(
        person_id=found["person_id"],
        name=parts[0].card.name,
        worker=next((part.card.worker for part in parts if part.card.worker != view.NO_WORKER), view.NO_WORKER),
        case_id=of_case["case_id"] if of_case else "",
        parts=parts,
        # Where somebody is comes before how far one of their referrals is.
        state=next((said for row in found["rows"] if (said := view.paused(row))), parts[0].card.tags[0].text),
        urgent=_most_urgent(parts),
    )


_URGENCY: Final = ("unsafe", "late", "due", "state", "done")


def _part(row: Json, joined: Joined, now: datetime, role: Role) -> Part:
    card = view.card(row, joined)
    able = {command.slug: command.title for command in commands.offered(row, role)}
    acts = [(key, f"{card.href}/act/{slug}", able[slug]) for key, slug in KEYS.items() if slug in able]
    if row["kind"] == "plan":
        return Part(card, age_of(row, now), Markup(""), "", acts)
    place = course.place(row["stage"])
    late = bool(row["stalled"])
    drawn = fork.small(len(course.STOPS), place, done=row["level"], more=row["next_at"] is not None, late=late)
    return Part(card, age_of(row, now), drawn, course.words(row["stage"], row["level"]), acts)


def _most_urgent(parts: Sequence[Part]) -> Tag | None:
    """Return what is most urgent about any of the parts: a line has room for one."""
    urgent = [tag for part in parts for tag in part.card.tags[1:]]
    return min(urgent, key=lambda tag: _URGENCY.index(tag.means), default=None)


def part(
    shown: Sequence[Line], filters: Filters, how_many: int, next_cursor: str | None
) -> tuple[Sequence[Line], str | None]:
    """Return the lines of one page and where the next begins: in an order of names everybody came, in no order."""
    if not filters.by_names:
        return shown, next_cursor
    given = filters.given.get("cursor", "")
    start = int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else 0
    by_worker = filters.sort == "worker_name"

    def key(one: Line) -> tuple[str, str, str]:
        return (one.worker.casefold() if by_worker else "", one.name.casefold(), one.person_id)

    ordered = sorted(shown, key=key, reverse=filters.last_first)
    end = start + how_many
    return ordered[start:end], str(end) if end < len(ordered) else None


def not_shown(filters: Filters, total: int, read: int) -> int:
    """Return how many people an order of names leaves out, because only so many are read for it."""
    return max(total - read, 0) if filters.by_names else 0
