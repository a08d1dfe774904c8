"""A worker's day, from the services' rows: whom to see, whom to ring, what came in, what can wait. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from services.console.today import words
from services.console.web import casework_words
from shared.clock import LONDON

Json = Mapping[str, Any]

REPLY_SHOWN_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Item:
    """One thing to do. `task_id` when it can be ticked off here; `link` where it is done otherwise."""

    text: str
    due: datetime
    person_id: str | None = None
    task_id: str | None = None
    link: str | None = None
    link_text: str = ""
    urgent: bool = False
    late: bool = False
    given: datetime | None = None  # when somebody gave it to the reader
    other: str | None = None  # a second referral that it is about


@dataclass
class ToSee:
    """One person to go to, with every reason for it."""

    person_id: str
    items: list[Item] = field(default_factory=list[Item])
    last: Json | None = None
    appointment: Json | None = None

    @property
    def place(self) -> str:
        """Return where to look for the person first: where they were last seen."""
        if self.last is None:
            return ""
        sighting = self.last["sighting"]
        return sighting["where"] if sighting else self.last["place"] or ""

    @property
    def urgent(self) -> bool:
        return any(item.urgent for item in self.items)


@dataclass
class Call:
    """One agency to ring, once, about all of these."""

    agency_id: str
    items: list[Item] = field(default_factory=list[Item])
    referral_ids: list[str] = field(default_factory=list[str])

    @property
    def tasks(self) -> list[str]:
        """Return what one press ticks off: however many days it has been asked for, it is one call."""
        return [item.task_id for item in self.items if item.task_id]

    @property
    def texts(self) -> list[str]:
        """Return what the call is about, each thing once."""
        return list(dict.fromkeys(item.text for item in self.items))

    @property
    def late(self) -> bool:
        return any(item.late for item in self.items)

    @property
    def due(self) -> datetime:
        return min(item.due for item in self.items)


@dataclass
class Day:
    visits: list[ToSee] = field(default_factory=list[ToSee])
    calls: list[Call] = field(default_factory=list[Call])
    replies: list[Item] = field(default_factory=list[Item])
    more: list[Item] = field(default_factory=list[Item])
    later: list[Item] = field(default_factory=list[Item])

    def people(self) -> set[str]:
        """Return everybody in this day, to request their names together."""
        items = [*self.replies, *self.more, *self.later, *(item for call in self.calls for item in call.items)]
        return {item.person_id for item in items if item.person_id} | {row.person_id for row in self.visits}


@dataclass(frozen=True)
class Rows:
    """The services' answers. `last` and `plans` by person, `appointments` (of referrals) by person."""

    tasks: Iterable[Json]
    plans: Iterable[Json] = ()
    last: Mapping[str, Json] = field(default_factory=dict[str, Json])
    appointments: Mapping[str, Json] = field(default_factory=dict[str, Json])
    board: Iterable[Json] = ()


def build_day(rows: Rows, now: datetime) -> Day:
    """Return the day as of `now`."""
    found, today = Day(), now.astimezone(LONDON).date()
    visits: dict[str, ToSee] = {}
    calls: dict[str, Call] = {}
    for task in rows.tasks:
        _sort_in(task, found, visits, calls, today)
    for plan in rows.plans:
        _contact_due(plan, found, visits, today)
    for person, appointment in rows.appointments.items():
        if _day_of(appointment["at"]) == today:
            visits.setdefault(person, ToSee(person))
    for row in visits.values():
        row.last = rows.last.get(row.person_id)
        row.appointment = rows.appointments.get(row.person_id)
    found.visits = sorted(visits.values(), key=lambda row: _order(row, today))
    found.calls = list(calls.values())
    found.replies += _replies(rows.board, now)
    found.later.sort(key=lambda item: item.due)
    return found


def _sort_in(task: Json, found: Day, visits: dict[str, ToSee], calls: dict[str, Call], today: date) -> None:
    kind, item = task["kind"], item_of(task)
    new = item.given is not None and item.given.astimezone(LONDON).date() == today
    if not (item.urgent or item.late or new or item.due.astimezone(LONDON).date() <= today):
        found.later.append(item)
    elif kind in words.VISITS and item.person_id:
        visits.setdefault(item.person_id, ToSee(item.person_id)).items.append(item)
    elif kind in words.CALLS and task["agency_id"]:
        call = calls.setdefault(task["agency_id"], Call(task["agency_id"]))
        call.items.append(item)
        call.referral_ids += [one for one in _referrals(task) if one not in call.referral_ids]
    elif kind in words.REPLIES:
        found.replies.append(item)
    else:
        found.more.append(item)


def item_of(task: Json) -> Item:
    """Return a task as one thing to do."""
    link, text = _where(task)
    return Item(
        text=words.task(task["kind"]),
        due=datetime.fromisoformat(task["due_at"]),
        person_id=task["person_id"] or next((line["person_id"] for line in task["lines"]), None),
        task_id=None if task["kind"] in casework_words.BY_FACT else task["id"],
        link=link,
        link_text=text,
        urgent=task["urgent"],
        late=task["overdue"],
        given=datetime.fromisoformat(task["given_at"]) if task.get("given_at") else None,
        other=_other(task) if task["kind"] == "two_appointments" else None,
    )


def _other(task: Json) -> str | None:
    return next((one for one in _referrals(task) if one != task["referral_id"]), None)


def _where(task: Json) -> tuple[str | None, str]:
    """Return the link to where the thing itself is done or read, and its text."""
    referral = next(iter(_referrals(task)), None)
    if task["kind"] == "next_step" and referral:
        return f"/today/next-steps/{referral}", "Record the next step"
    if task["kind"] == "inform_person" and referral:
        return f"/referrals/{referral}/told", "Record that the person was told"
    if task["kind"] == "confirm_appointment" and referral:
        return f"/referrals/{referral}/confirm", "Ring, and record that it is right"
    if task["kind"] == "what_became" and referral:
        return f"/referrals/{referral}/visit", "Say what became of it"
    if task["kind"] == "waiting_for_worker":
        return "/board/caseloads", "Give the case a worker"
    if task["kind"] == "answer_question" and referral:
        return f"/referrals/{referral}/question", "Record that we answered"
    if task["kind"] in words.OF_A_PAUSE and task["plan_id"]:
        return f"/plans/{task['plan_id']}/pause", "Say how the pause stands"
    if task["kind"] in words.MAILS:
        return f"/mails/{task['mail_id']}", "Read the email"
    if task["kind"] == "confirm_address":
        return "/contact-changes", "Look at it"
    if task.get("oversight_id"):
        return f"/oversight/{task['oversight_id']}", "Read it"
    if referral:
        return f"/referrals/{referral}", "Open the referral"
    if task["plan_id"] and task["kind"] == "outcome_form":
        return f"/plans/{task['plan_id']}/needs", "Fill in the needs form"
    if task["plan_id"]:
        return f"/plans/{task['plan_id']}", "Open the plan"
    return (f"/people/{task['person_id']}", "Open the file") if task["person_id"] else (None, "")


def _referrals(task: Json) -> list[str]:
    own = [task["referral_id"]] if task["referral_id"] else []
    return [*own, *(line["referral_id"] for line in task["lines"] if line["open"])]


def _contact_due(plan: Json, found: Day, visits: dict[str, ToSee], today: date) -> None:
    """Add the contact that the plan's cadence makes due, on the same day as the board does."""
    # Somebody out of touch is searched for by tasks of their own.
    if plan["contact_due_at"] is None or plan["case_stage"] == "lost_contact":
        return
    due = datetime.fromisoformat(plan["contact_due_at"])
    day = due.astimezone(LONDON).date()
    item = Item("Contact due", due, plan["person_id"], late=day < today)
    if day <= today:
        visits.setdefault(plan["person_id"], ToSee(plan["person_id"])).items.append(item)
    else:
        found.later.append(item)


def _order(row: ToSee, today: date) -> tuple[bool, time, str, datetime]:
    """Sort by urgency, then by the hour of today's appointment, then by place, then by due time."""
    at = row.appointment["at"] if row.appointment and _day_of(row.appointment["at"]) == today else None
    hour = datetime.fromisoformat(at).astimezone(LONDON).time() if at else time.max
    due = min((item.due for item in row.items), default=datetime.max.replace(tzinfo=LONDON))
    # Without a known place: last.
    return not row.urgent, hour, row.place.casefold() or "\uffff", due


def _day_of(at: str) -> date:
    return datetime.fromisoformat(at).astimezone(LONDON).date()


def _replies(board: Iterable[Json], now: datetime) -> list[Item]:
    """Return what agencies answered last, newest first, until one of us acts on it or a week has passed."""
    items = [
        Item(
            text=words.they_did(row["last_human"]["what"]),
            due=datetime.fromisoformat(row["last_human"]["at"]),
            person_id=row["person_id"],
            link=f"/referrals/{row['id']}",
            link_text="Open the referral",
        )
        for row in board
        if row["last_human"] and row["last_human"]["by"] == "agency"
    ]
    return sorted((item for item in items if now - item.due < REPLY_SHOWN_FOR), key=lambda item: item.due, reverse=True)
