"""What the board shows, computed from the services' answers: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from services.console.back.client import Json, Param
from services.console.web import casework_words as board_words
from services.console.web import words

ADDRESS: Final = "/board"
SORTS: Final = {"next_at": "Next step first", "since": "Longest waiting first", "level": "Most steps taken first"}
OLD: Final = timedelta(days=5)

_YES: Final = ("stalled", "overdue", "needs_help", "needs_me")
_ONE_OF: Final[Mapping[str, frozenset[str]]] = {
    "stage": frozenset({**words.STAGES, **words.REFERRAL}),
    "kind": frozenset({"plan", "referral"}),
    "who": frozenset({"agency", "us", "person", "nobody"}),
    "sort": frozenset({*SORTS, "stage"}),
}
_IDS: Final = ("agency", "person", "case")


@dataclass(frozen=True)
class Filters:
    """The filters in the address; unknown or invalid ones are left out."""

    given: Mapping[str, str]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        found = {name: "yes" for name in _YES if query.get(name)}
        found |= {name: query[name] for name, allowed in _ONE_OF.items() if query.get(name) in allowed}
        found |= {name: query[name] for name in _IDS if _is_id(query.get(name, ""))}
        worker = query.get("worker", "")
        if worker == "nobody" or _is_id(worker):
            found["worker"] = worker
        if cursor := query.get("cursor"):
            found["cursor"] = cursor
        return cls(found)

    @property
    def narrowed(self) -> bool:
        """Return whether anything but the whole board from its beginning is requested."""
        return bool(self.given)

    @property
    def selective(self) -> bool:
        """Return whether some rows are left out."""
        return bool(self.given.keys() - {"sort", "cursor"})

    def asked(self) -> dict[str, Param]:
        """Return the filters as casework's parameters."""
        params: dict[str, Param] = {name: True if name in _YES else value for name, value in self.given.items()}
        if params.get("worker") == "nobody":
            params["worker"] = ""
        return params

    def link(self, **changes: str | None) -> str:
        """Return the address with one filter changed (None: removed), from its first page on."""
        now = {**self.given, **changes}
        if "cursor" not in changes:
            now["cursor"] = None
        kept = {name: value for name, value in now.items() if value}
        return f"{ADDRESS}?{urlencode(kept)}" if kept else f"{ADDRESS}?all=yes"

    def address(self, path: str) -> str:
        """Return the address of another page about the same rows, from the first on."""
        kept = {name: value for name, value in self.given.items() if name != "cursor"}
        return f"{path}?{urlencode(kept)}" if kept else path

    def has(self, name: str, value: str = "yes") -> bool:
        return self.given.get(name) == value


@dataclass(frozen=True)
class Choice:
    """One way to narrow the board: a link, and whether it is on (then the link removes it)."""

    text: str
    href: str
    on: bool
    count: int | None = None


def quick(filters: Filters) -> list[Choice]:
    """Return the filters that supervisors use most."""
    asked = [
        ("Waiting too long", "stalled", "yes"),
        ("Next step is late", "overdue", "yes"),
        ("Needs help", "needs_help", "yes"),
        ("Waits for me", "needs_me", "yes"),
        ("Waiting for the service", "who", "agency"),
        ("On us", "who", "us"),
        ("Plans", "kind", "plan"),
        ("Referrals", "kind", "referral"),
    ]
    return [_choice(filters, text, name, value) for text, name, value in asked]


def by_stage(filters: Filters, counts: Mapping[str, int]) -> list[Choice]:
    """Return the stages in the order in which a case passes them, with the number of rows in each."""
    order = [*words.STAGES, *words.REFERRAL]
    return [
        _choice(filters, stage_words(stage), "stage", stage, counts[stage])
        for stage in sorted(counts, key=lambda each: order.index(each) if each in order else len(order))
    ]


def by_worker(filters: Filters, counts: Mapping[str, int], staff: Mapping[str, str] | Any) -> list[Choice]:
    """Return the workers by name, after rows without a worker."""
    found = [
        _choice(filters, staff[worker] if worker else "Nobody", "worker", worker or "nobody", count)
        for worker, count in counts.items()
        if not worker or _is_id(worker)
    ]
    return sorted(found, key=lambda each: (each.text != "Nobody", each.text.casefold()))


def _choice(filters: Filters, text: str, name: str, value: str, count: int | None = None) -> Choice:
    on = filters.has(name, value)
    return Choice(text, filters.link(**{name: None if on else value}), on, count)


@dataclass(frozen=True)
class Tag:
    text: str
    colour: Literal["red", "orange", "blue", "grey", "green", "yellow"]


@dataclass(frozen=True)
class Card:
    """A row of the board as it is shown."""

    id: str
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
        href=f"{ADDRESS}/{row['id']}",
        name=joined.people[row["person_id"]],
        about=about(row, joined),
        tags=tags(row),
        waits_for=row["waiting_for"],
        since=row["since"],
        next_step=row["next_step"],
        next_at=row["next_at"],
        worker=joined.staff[row["worker_id"]] if row["worker_id"] else "No worker",
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
    found = [Tag(stage_words(row["stage"]), "green" if row["closed"] else "blue")]
    if row["needs_help"]:
        found.append(Tag("Needs help", "red"))
    if row["stalled"] and not row["closed"]:
        found.append(Tag("Waiting too long", "red"))
    if row["overdue"]:
        found.append(Tag("Next step is late", "orange"))
    if row["paused_until"]:
        found.append(Tag("Paused", "grey"))
    return found


def stage_words(stage: str) -> str:
    return words.REFERRAL.get(stage) or words.STAGES.get(stage) or words.plain(stage)


@dataclass(frozen=True)
class Duty:
    """Something a person must do, from a task."""

    id: str
    title: str
    href: str
    due_at: str
    late: bool
    done_here: bool
    about: list[tuple[str, str]]


def duty(task: Json, joined: Joined) -> Duty:
    """Return a task with everybody it is about, each with a link to their row."""
    lines = [line for line in task["lines"] if line["open"]]
    about = [(joined.people[line["person_id"]], f"{ADDRESS}/{line['referral_id']}") for line in lines]
    row = task["referral_id"] or task["plan_id"]
    href = f"{ADDRESS}/{row}" if row else f"{ADDRESS}/caseloads"
    if not about and task["person_id"]:
        about = [(joined.people[task["person_id"]], href)]
    if task.get("oversight_id"):
        about = [(text, f"/oversight/{task['oversight_id']}") for text, _ in about]
    if task["kind"] == "confirm_address":
        about = [("Look at it", "/contact-changes")]
    if task["kind"] == "waiting_for_worker":
        about = [(text, f"{ADDRESS}/caseloads#waiting") for text, _ in about]
    title = board_words.task(task["kind"])
    if task["agency_id"]:
        title += f": {joined.agencies.get(task['agency_id'], 'a service')}"
    return Duty(
        id=task["id"],
        title=title,
        href=about[0][1] if about else href,
        due_at=task["due_at"],
        late=task["overdue"],
        done_here=task["kind"] not in board_words.BY_FACT,
        about=about,
    )


def older_than_five_days(steps: list[Json], now: datetime) -> list[Json]:
    """Return the next steps that have been open for more than five days."""
    return [step for step in steps if now - datetime.fromisoformat(step["opened_at"]) > OLD]


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
