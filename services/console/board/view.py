"""What the board shows, computed from the services' answers: pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from services.console.backend.client import Json
from services.console.task import cards as tasks_cards
from services.console.web import casework_words, words
from services.console.web.tags import Meaning

ADDRESS: Final = "/board"
OLD: Final = timedelta(days=5)
NO_WORKER: Final = "No worker"


@dataclass(frozen=True)
class Tag:
    text: str
    means: Meaning = "state"


@dataclass(frozen=True)
class Card:
    """A row of the board as it is shown."""

    id: str
    person_id: str
    kind: str
    href: str
    name: str
    about: str
    tags: list[Tag]
    waits_for: str
    since: str | None
    next_step: str
    next_at: str | None
    worker: str
    level: int
    reference: str | None
    news: list[Json] = field(default_factory=list[Json])
    apart: str = ""


@dataclass(frozen=True)
class PersonNews:
    """Gather what is new about one person: their rows that have changed, the newest first."""

    person_id: str
    name: str
    apart: str
    cards: list[Card]


@dataclass(frozen=True)
class Joined:
    """Names for the ids on one page."""

    people: Any
    staff: Any
    agencies: Mapping[str, str]

    def whom(self, who: str) -> str:
        """Return who did something; nothing when it was the system."""
        if who in ("system", ""):
            return ""
        return "the service" if who == "agency" else str(self.staff[who])


def card(row: Json, joined: Joined, news: list[Json] | None = None) -> Card:
    return Card(
        id=row["id"],
        person_id=row["person_id"],
        kind=row["kind"],
        href=f"{ADDRESS}/{row['id']}",
        name=joined.people[row["person_id"]],
        about=about(row, joined),
        tags=tags(row),
        waits_for=row["waiting_for"],
        since=row["since"],
        next_step=row["next_step"],
        next_at=row["next_at"],
        worker=joined.staff[row["worker_id"]] if row["worker_id"] else NO_WORKER,
        level=row["level"],
        reference=row["reference"],
        news=news or [],
    )


def about(row: Json, joined: Joined) -> str:
    """Write what the row is: a plan, or a referral and its agency."""
    if row["kind"] == "plan":
        return "Case plan"
    return f"Referral to {joined.agencies.get(str(row['agency_id']), 'a service')}"


def tags(row: Json) -> list[Tag]:
    """Return what has to be seen at a glance, in words and not by colour alone."""
    found = [Tag(paused(row) or stage_words(row["stage"]), "done" if row["stage"] == "completed" else "state")]
    if row["needs_help"]:
        found.append(Tag("Needs help", "unsafe"))
    if row["stalled"] and not row["closed"]:
        found.append(Tag("Waiting too long", "late"))
    if row["overdue"]:
        found.append(Tag("Next step is late", "late"))
    if row["paused_until"] and row["stage"] != "on_hold":
        found.append(Tag("Paused"))
    return found


def paused(row: Json) -> str:
    """Write why the plan of a row is paused, as its file says it: "In prison, until Fri 11 Dec"; empty for others."""
    kind = row["pause_kind"]
    return casework_words.paused({"kind": kind, "until": row["due_at"]}) if kind else ""


def stage_words(stage: str) -> str:
    return words.REFERRAL.get(stage) or words.STAGES.get(stage) or words.plain(stage)


def duties(tasks: Iterable[Json]) -> list[tasks_cards.Card]:
    """Return the reader's tasks as cards, one for a person or a service, what cannot wait first and then the oldest."""
    found = tasks_cards.gather((item for task in tasks for item in tasks_cards.items_of(task)), single_calls=False)
    return sorted(found, key=lambda card: (not card.urgent, card.due))


def apart(headings: Sequence[object], more: Sequence[str]) -> list[str]:
    """Return what to add to each heading so that no two are the same: nothing, `more`, or a number as well."""
    same = Counter(headings)
    wanted = [(heading, extra) for heading, extra in zip(headings, more, strict=True)]
    twice, seen = Counter(wanted), Counter[object]()
    found: list[str] = []
    for heading, extra in wanted:
        seen[(heading, extra)] += 1
        number = f", {seen[(heading, extra)]} of {twice[(heading, extra)]}" if twice[(heading, extra)] > 1 else ""
        found.append(f"{extra}{number}" if same[heading] > 1 else "")
    return found


def with_headings(cards: Sequence[Card]) -> list[Card]:
    """Return the cards with headings that are told apart, by the reference where name and kind are the same."""
    more = apart([(str(card.name), card.about) for card in cards], [card.reference or card.kind for card in cards])
    return [replace(card, apart=words) for card, words in zip(cards, more, strict=True)]


def by_person(cards: Iterable[Card]) -> list[PersonNews]:
    """Gather the cards of each person, in the order in which the people come first."""
    found: dict[str, list[Card]] = {}
    for each in cards:
        found.setdefault(each.person_id, []).append(each)
    firsts = [theirs[0] for theirs in found.values()]
    more = apart([str(first.name) for first in firsts], [first.reference or "same name" for first in firsts])
    return [
        PersonNews(first.person_id, first.name, words, theirs)
        for first, words, theirs in zip(firsts, more, found.values(), strict=True)
    ]


def older_than_five_days(steps: list[Json], now: datetime) -> list[Json]:
    """Return the next steps that have been open for more than five days."""
    return [step for step in steps if now - datetime.fromisoformat(step["opened_at"]) > OLD]
