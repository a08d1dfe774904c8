"""Cards out of tasks: one for a person, or for a service to be rung, with all that is owed there. Pure.

A card shows what comes first by the order of `words.KINDS`, and whatever cannot wait; the rest is listed inside it.
Once that is done, the next thing is what the card shows: nothing is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.console.backend.names import Names
from services.console.task import words
from services.console.task.words import Place
from services.console.web.casework_words import BY_FACT, paused

Json = Mapping[str, Any]

# What is later than this is folded away on Today, unless it is about finding somebody or cannot wait.
OLD = timedelta(days=14)
# What is no task comes where its like does: a contact due beside those not seen, news behind what is owed.
_LAST = len(words.KINDS)

_RETURNING = ("/contacts/new", "/call", "/told", "/confirm", "/visit", "/question", "/act/reviewed")


@dataclass(frozen=True)
class Item:
    """One thing to do.

    `done` names what a press ends, a task or one referral of it, where a press does; `link` is where it is done or
    recorded. `today`: it is due, or cannot wait. `worker_id`: who works with the person. `paused`: "In prison, ...".
    """

    asks: str
    due: datetime
    kind: str = ""
    place: Place = "do"
    order: int = _LAST
    person_id: str | None = None
    agency_id: str | None = None
    referral_id: str | None = None
    worker_id: str | None = None
    done: str | None = None
    link: str | None = None
    link_text: str = ""
    urgent: bool = False
    late: bool = False
    today: bool = True
    given: datetime | None = None
    other: str | None = None  # a second referral that it is about
    paused: str = ""

    def text(self, service: str = "the service") -> str:
        """Return what is asked, with the name of the service."""
        said = self.asks.replace("{service}", service)
        return said[:1].upper() + said[1:]

    @property
    def can_wait(self) -> bool:
        """Return whether it only comes round again, and not today."""
        return not self.today and (self.kind in words.RHYTHM or (not self.kind and self.logs))

    @property
    def logs(self) -> bool:
        """Return whether it is done by logging a contact."""
        return bool(self.link) and str(self.link).endswith("/contacts/new")

    @property
    def returns(self) -> bool:
        """Return whether the page that it leads to comes back to the list."""
        return bool(self.link) and str(self.link).endswith(_RETURNING)


@dataclass
class Card:
    """Everything owed about one person, or in one call to a service, the first thing first."""

    key: str
    person_id: str | None = None
    agency_id: str | None = None
    items: list[Item] = field(default_factory=list[Item])
    last: Json | None = None
    usual: Json | None = None
    appointment: Json | None = None
    # Of a person's card alone: what stands on a card of a call may be read out to the service.
    paused: str = ""

    @property
    def first(self) -> Item | None:
        return self.items[0] if self.items else None

    @property
    def shown(self) -> list[Item]:
        """Return what the card shows openly: the first thing, and whatever cannot wait."""
        return self.items[: max(1, sum(item.urgent for item in self.items))]

    @property
    def inside(self) -> list[Item]:
        """Return what else it holds."""
        return self.items[len(self.shown) :]

    @property
    def asked(self) -> list[str]:
        """Return what a call is about, each thing once."""
        return list(dict.fromkeys(item.text("them") for item in self.items))

    @property
    def also(self) -> list[str]:
        """Return in a few words what of today is inside, each thing once; what only repeats is counted, not named."""
        named = [item for item in self.inside if item.today and item.kind not in words.RHYTHM]
        return list(dict.fromkeys(item.text() for item in named))

    @property
    def urgent(self) -> bool:
        return any(item.urgent for item in self.items)

    @property
    def late(self) -> bool:
        return any(item.late for item in self.items)

    @property
    def due(self) -> datetime:
        return min(item.due for item in self.items)

    def old(self, now: datetime) -> bool:
        """Return whether everything on it has been late for long."""
        return bool(self.items) and all(item.late and now - item.due > OLD for item in self.items)

    @property
    def dones(self) -> list[str]:
        """Return what one press for the whole card ends: however many days a call has been asked for, it is one."""
        return list(dict.fromkeys(item.done for item in self.items if item.done))

    @property
    def referral_ids(self) -> list[str]:
        return list(dict.fromkeys(item.referral_id for item in self.items if item.referral_id))

    @property
    def people(self) -> list[str]:
        return list(dict.fromkeys(item.person_id for item in self.items if item.person_id))

    @property
    def calls(self) -> list[Item]:
        """Return one thing for each referral of a call."""
        return list({item.referral_id: item for item in reversed(self.items)}.values())[::-1]

    @property
    def workers(self) -> list[str | None]:
        return list(dict.fromkeys(item.worker_id for item in self.items))

    @property
    def place(self) -> str:
        """Return where to look for the person first: where they usually are, or else were last seen."""
        if self.usual is not None:
            return str(self.usual["place"])
        if self.last is None:
            return ""
        sighting = self.last["sighting"]
        return sighting["where"] if sighting else self.last["place"] or ""

    def put(self, item: Item) -> None:
        self.items.append(item)
        if self.person_id:
            self.paused = self.paused or item.paused
        # What is only news never stands before what somebody has to do about it, though that is due tomorrow; but
        # before the contact of next week, which would come anyhow.
        self.items.sort(
            key=lambda each: (
                not each.urgent, each.can_wait, each.order == _LAST, not each.today, each.order, each.due,
            )
        )  # fmt: skip


def items_of(task: Json) -> list[Item]:
    """Return a task as things to do: one for each referral of a gathered task, so that each has an end of its own."""
    lines = [line for line in task["lines"] if line["open"]]
    if task["kind"] in words.EMAILS or task["referral_id"] or task["person_id"] or not lines:
        return [_item(task, lines[0] if lines else None)]
    # By its referral also where it is the only one: another may have joined the task since the page was shown.
    return [replace(_item(task, line), done=_done(task, line["referral_id"])) for line in lines]


def _item(task: Json, line: Json | None) -> Item:
    late = task.get("late")
    about = late or task
    kind = words.of(about["kind"])
    lines = [line] if line else [each for each in about["lines"] if each["open"]]
    person = about["person_id"] or next((each["person_id"] for each in lines), None)
    referral = about["referral_id"] or next((each["referral_id"] for each in lines), None)
    link, text = _act(about, person, referral)
    pause = about["paused"] if about["person_id"] else next((each["paused"] for each in lines), None)
    return Item(
        asks=f"Overdue: {kind.asks[:1].lower()}{kind.asks[1:]}" if late else kind.asks,
        due=datetime.fromisoformat(about["due_at"]),
        kind=task["kind"],
        place="do" if late else kind.place,
        order=words.rank(about["kind"]),
        person_id=person,
        agency_id=about["agency_id"],
        referral_id=referral,
        worker_id=_worker(about, lines),
        done=_done(task),
        link=link,
        link_text=text,
        urgent=task["urgent"],
        late=task["overdue"] or bool(late),
        given=datetime.fromisoformat(task["given_at"]) if task.get("given_at") else None,
        other=_other(task),
        paused=paused(pause),
    )


def _done(task: Json, referral_id: str | None = None) -> str | None:
    if task["kind"] in BY_FACT:
        return None
    return f"{task['id']}:{referral_id}" if referral_id else str(task["id"])


def _worker(task: Json, lines: list[Json]) -> str | None:
    works = [line.get("worker_id") for line in lines]
    return task.get("case_worker_id") or next((one for one in works if one), None) or task.get("worker_id")


def _other(task: Json) -> str | None:
    if task["kind"] != "two_appointments":
        return None
    ids = (line["referral_id"] for line in task["lines"] if line["open"])
    return next((one for one in ids if one != task["referral_id"]), None)


def _act(task: Json, person: str | None, referral: str | None) -> tuple[str | None, str]:
    """Return where the thing itself is done or recorded and what is pressed, or what it is about."""
    kind = words.of(task["kind"])
    ids = {
        "person": person,
        "referral": referral,
        "plan": task["plan_id"],
        "row": referral or task["plan_id"],
        "mail": task["mail_id"],
        "record": task.get("oversight_id"),
    }
    there = {name: value for name, value in ids.items() if value}
    for to, text in ((kind.to, kind.act), *_ABOUT):
        try:
            if to:
                return to.format_map(there), text
        except KeyError:
            continue
    return None, ""


_ABOUT = (
    ("/referrals/{referral}", "Open the referral"),
    ("/plans/{plan}", "Open the plan"),
    ("/people/{person}", "Open the file"),
)


def gather(items: Iterable[Item], *, single_calls: bool = True) -> list[Card]:
    """Return the cards of these things: calls by service, everything else by person.

    A call that a later step of the same referral has overtaken is listed on the person's card. Without `single_calls`
    so is a call about one person alone, who has a card of their own then.
    """
    items = list(items)
    last = _last_steps(items)
    cards: dict[str, Card] = {}
    for item in items:
        key = _key(item, last)
        card = cards.setdefault(
            key,
            Card(key, item.person_id if key.startswith("person-") else None, item.agency_id),
        )
        card.put(item)
    if not single_calls:
        for card in [each for each in cards.values() if each.key.startswith("service-") and len(each.people) == 1]:
            person = card.people[0]
            theirs = cards.setdefault(f"person-{person}", Card(f"person-{person}", person))
            for item in card.items:
                theirs.put(item)
            del cards[card.key]
    return list(cards.values())


def _key(item: Item, last: Mapping[str, int]) -> str:
    overtaken = item.kind in words.REPLY_LADDER and item.referral_id and item.order > last[item.referral_id]
    if item.place == "call" and item.agency_id and not (overtaken and item.person_id):
        return f"service-{item.agency_id}"
    return f"person-{item.person_id}" if item.person_id else f"{item.kind}-{item.done or item.link}"


def _last_steps(items: Iterable[Item]) -> dict[str, int]:
    """Return the last step reached by each referral that no service answers."""
    found: dict[str, int] = {}
    for item in items:
        if item.kind in words.REPLY_LADDER and item.referral_id:
            found[item.referral_id] = min(item.order, found.get(item.referral_id, item.order))
    return found


def reads(card: Card, names: Names, agencies: Mapping[str, str]) -> str:
    """Return how the heading of a card reads."""
    who = names[card.person_id] if card.person_id else agencies.get(card.agency_id or "", "")
    return f"{who}: {card.first.asks if card.first else ''}"


def again(cards: Iterable[tuple[Card, str]]) -> dict[str, str]:
    """Return what tells apart the cards that would read the same ("2 of 2"), by card; nothing for the others."""
    seen: dict[str, list[str]] = {}
    for card, reads in cards:
        seen.setdefault(reads, []).append(card.key)
    several = [keys for keys in seen.values() if len(keys) > 1]
    return {key: f"{place} of {len(keys)}" for keys in several for place, key in enumerate(keys, 1)}
