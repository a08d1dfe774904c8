"""The filters of the board, which are its address, and the links that change one of them: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from services.console.backend.client import Param
from services.console.board.view import ADDRESS, stage_words
from services.console.web import words

_STAGES: Final = frozenset({**words.STAGES, **words.REFERRAL})
# As far as a referral may have come, as the figures have it.
_REACHED: Final = frozenset({"sent", "acknowledged", "accepted", "booked", "attended", "completed"})
_YES: Final = ("stalled", "overdue", "needs_help", "needs_me")
_ONE_OF: Final[Mapping[str, frozenset[str]]] = {
    "kind": frozenset({"plan", "referral"}),
    "who": frozenset({"agency", "us", "person", "nobody"}),
    "reached": _REACHED,
    "unanswered": frozenset({"yes", "no"}),
}
_IDS: Final = ("agency", "case")
# A referral that a service has or should have: not one that is still with us, and none that has ended.
THEIRS: Final = tuple(
    state
    for state in words.REFERRAL
    if state not in ("draft", "awaiting_consent", "completed", "declined", "withdrawn")
)
# Orders of casework, and two by names that casework does not know. A minus before one turns it round.
SORTS: Final = ("next_at", "since", "stage", "level")
BY_NAMES: Final = ("name", "worker_name")
FOUND_AT_MOST: Final = 25


@dataclass(frozen=True)
class Filters:
    """The filters in the address; unknown or invalid ones are left out."""

    given: Mapping[str, str]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        found = {name: "yes" for name in _YES if query.get(name)}
        found |= {name: query[name] for name, allowed in _ONE_OF.items() if query.get(name) in allowed}
        found |= {name: query[name] for name in _IDS if _is_id(query.get(name, ""))}
        if (stages := query.get("stage", "")) and _STAGES.issuperset(stages.split(",")):
            found["stage"] = stages
        people = query.get("person", "").split(",")
        if len(people) <= FOUND_AT_MOST and all(map(_is_id, people)):
            found["person"] = ",".join(people)
        if query.get("sort", "").removeprefix("-") in (*SORTS, *BY_NAMES):
            found["sort"] = query["sort"]
        if _is_instant(query.get("sent_since", "")):
            found["sent_since"] = query["sent_since"]
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
        """Return the filters as casework's parameters, without order and place."""
        params: dict[str, Param] = {name: True if name in _YES else value for name, value in self.given.items()}
        for name in ("sort", "cursor"):
            params.pop(name, None)
        if params.get("worker") == "nobody":
            params["worker"] = ""
        if "unanswered" in params:
            params["unanswered"] = self.has("unanswered")
        return params | {name: self.given[name].split(",") for name in ("person", "stage") if name in self.given}

    @property
    def sort(self) -> str:
        return self.given.get("sort", SORTS[0]).removeprefix("-")

    @property
    def last_first(self) -> bool:
        return self.given.get("sort", "").startswith("-")

    @property
    def by_names(self) -> bool:
        """Return whether the order is one that only this side knows: casework has no names."""
        return self.sort in BY_NAMES

    def link(self, **changes: str | None) -> str:
        """Return the address with one filter changed (None: removed), from its first page on."""
        now = {**self.given, **changes}
        if "cursor" not in changes:
            now["cursor"] = None
        kept = {name: value for name, value in now.items() if value}
        return f"{ADDRESS}?{urlencode(kept)}" if kept else f"{ADDRESS}?all=yes"

    @property
    def here(self) -> str:
        """Return the address of this page of the board."""
        return self.link(cursor=self.given.get("cursor"))

    def address(self, path: str) -> str:
        """Return the address of another page about the same rows, from the first on."""
        kept = {name: value for name, value in self.given.items() if name != "cursor"}
        return f"{path}?{urlencode(kept)}" if kept else path

    @property
    def behind_a_figure(self) -> str:
        """Write which referrals of a figure these are; empty for any other way to narrow the board."""
        if not self.given.keys() & {"reached", "sent_since", "unanswered"}:
            return ""
        said = "Open referrals"
        if since := self.given.get("sent_since"):
            said += f" sent since {words.day(since)}"
        if reached := self.given.get("reached"):
            said += f" that came at least as far as “{stage_words(reached)}”"
        if "unanswered" in self.given:
            said += " without a reply" if self.has("unanswered") else " with a reply"
        return f"{said}."

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
        ("Waiting for us", "who", "us"),
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


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
