"""A worker's day, from the services' rows, in the order of the day. Pure.

What cannot wait comes first, then appointments by their hour, then people to see, then calls, then what came in and the
rest. What has been late for long is folded away, but never a person to be seen; so is what is not due yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from services.console.task import words
from services.console.task.cards import Card, Item, gather, items_of
from services.console.web.casework_words import paused
from shared.clock import LONDON

Json = Mapping[str, Any]

REPLY_SHOWN_FOR = timedelta(days=7)
# Behind those who were not seen for too long, and before what only repeats.
_CONTACT_DUE = words.rank("first_day_back")


@dataclass
class Day:
    """The cards of a day by their places, each person in one of them alone."""

    urgent: list[Card] = field(default_factory=list[Card])
    appointments: list[Card] = field(default_factory=list[Card])
    people: list[Card] = field(default_factory=list[Card])
    calls: list[Card] = field(default_factory=list[Card])
    came: list[Card] = field(default_factory=list[Card])
    more: list[Card] = field(default_factory=list[Card])
    old: list[Card] = field(default_factory=list[Card])
    later: list[Card] = field(default_factory=list[Card])

    @property
    def due(self) -> list[Card]:
        """Return every card of today."""
        return [
            *self.urgent, *self.appointments, *self.people, *self.calls, *self.came, *self.more, *self.old,
        ]  # fmt: skip

    @property
    def cards(self) -> list[Card]:
        return [*self.due, *self.later]

    def everybody(self) -> set[str]:
        """Return everybody in this day, to request their names together."""
        return {person for card in self.cards for person in (card.person_id, *card.people) if person}

    def services(self) -> set[str]:
        return {item.agency_id for card in self.cards for item in card.items if item.agency_id}


@dataclass(frozen=True)
class Rows:
    """The services' answers. `last`, `usual` (places) and `appointments` (of referrals) by person."""

    tasks: Iterable[Json]
    plans: Iterable[Json] = ()
    last: Mapping[str, Json] = field(default_factory=dict[str, Json])
    appointments: Mapping[str, Json] = field(default_factory=dict[str, Json])
    board: Iterable[Json] = ()
    concerns: Iterable[Json] = ()
    usual: Mapping[str, Json] = field(default_factory=dict[str, Json])


def build_day(rows: Rows, now: datetime) -> Day:
    """Return the day as of `now`."""
    found, today = Day(), now.astimezone(LONDON).date()
    items = [_dated(item, today) for task in rows.tasks for item in items_of(task)]
    # Who is looked for by a task today need not be asked for by the rhythm as well: it is the same contact.
    looked_for = {item.person_id for item in items if item.kind in words.NOT_SEEN and item.today}
    pauses = {plan["person_id"]: paused(plan["hold"]) for plan in rows.plans}
    due = [_contact_due(plan, today) for plan in rows.plans if plan["person_id"] not in looked_for]
    items += [item for item in due if item]
    items += [*_replies(rows.board, now), *(_concern(one, today) for one in rows.concerns)]
    cards = {card.key: card for card in gather(items)}
    for person, appointment in rows.appointments.items():
        if _day_of(appointment["at"]) == today:
            cards.setdefault(f"person-{person}", Card(f"person-{person}", person))
    for card in cards.values():
        if card.person_id:
            card.paused = card.paused or pauses.get(card.person_id, "")
            card.last = rows.last.get(card.person_id)
            card.usual = rows.usual.get(card.person_id)
            card.appointment = rows.appointments.get(card.person_id)
        _place(card, found, now)
    found.urgent.sort(key=lambda card: card.due)
    found.appointments.sort(key=lambda card: card.appointment["at"] if card.appointment else "")
    # Place by place; without a known place last.
    found.people.sort(key=lambda card: (card.place.casefold() or "\uffff", card.due))
    found.came.sort(key=lambda card: card.due, reverse=True)
    for cards_ in (found.calls, found.more, found.old, found.later):
        cards_.sort(key=lambda card: card.due)
    return found


def _place(card: Card, found: Day, now: datetime) -> None:
    today = now.astimezone(LONDON).date()
    due = [item for item in card.items if item.today]
    if card.urgent:
        found.urgent.append(card)
    elif card.appointment and _day_of(card.appointment["at"]) == today:
        found.appointments.append(card)
    elif not due:
        found.later.append(card)
    elif any(item.place == "see" for item in due):
        found.people.append(card)
    elif card.old(now):
        found.old.append(card)
    elif card.key.startswith("service-"):
        found.calls.append(card)
    elif any(item.place == "came" for item in due):
        found.came.append(card)
    else:
        found.more.append(card)


def _dated(item: Item, today: date) -> Item:
    """Return the thing with whether it belongs to this day: due, late, urgent, or given to the reader today."""
    new = item.given is not None and _local(item.given) == today
    return replace(item, today=item.urgent or item.late or new or _local(item.due) <= today)


def _contact_due(plan: Json, today: date) -> Item | None:
    """Return the contact that the plan's cadence makes due, on the same day as the board does."""
    # Somebody out of touch is searched for by tasks of their own.
    if plan["contact_due_at"] is None or plan["case_stage"] == "lost_contact":
        return None
    due = datetime.fromisoformat(plan["contact_due_at"])
    person = plan["person_id"]
    return Item(
        "Contact due",
        due,
        place="see",
        order=_CONTACT_DUE,
        person_id=person,
        link=f"/people/{person}/contacts/new",
        link_text="Log a contact",
        late=_local(due) < today,
        today=_local(due) <= today,
    )


def _replies(board: Iterable[Json], now: datetime) -> list[Item]:
    """Return what services answered last, until one of us acts on it or a week has passed."""
    items = [
        Item(
            words.they_did(row["last_human"]["what"]),
            datetime.fromisoformat(row["last_human"]["at"]),
            place="came",
            person_id=row["person_id"],
            referral_id=row["id"],
            link=f"/referrals/{row['id']}",
            link_text="Open the referral",
        )
        for row in board
        if row["last_human"] and row["last_human"]["by"] == "agency"
    ]
    return [item for item in items if now - item.due < REPLY_SHOWN_FOR]


def _concern(concern: Json, today: date) -> Item:
    """Return a concern that the safeguarding lead does not know of yet: it belongs to the day it was noticed."""
    person = concern["person_id"]
    by = date.fromisoformat(concern["tell_lead_by"])
    return Item(
        "Safeguarding concern: tell the safeguarding lead",
        datetime.combine(by, time(17), tzinfo=LONDON),
        order=-1,
        person_id=person,
        link=f"/people/{person}/concerns/{concern['id']}/told-lead",
        link_text="Record that the lead was told",
        urgent=True,
        late=by < today,
    )


def _local(at: datetime) -> date:
    return at.astimezone(LONDON).date()


def _day_of(at: str) -> date:
    return _local(datetime.fromisoformat(at))
