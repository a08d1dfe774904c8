"""What can be recorded of a referral: each act with its form's address, when it is possible, and what it sends."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, LiteralString

from services.console.referral.view import ENDED, KINDS, UNSENT, Json
from services.console.web.form import BadField, Form
from services.console.web.visit import Visit
from services.console.web.words import instant
from shared import clock
from shared.access.roles import Role
from shared.clock import LONDON

Sent = dict[str, Any]
Send = Callable[[Visit, Json, int | None], Awaitable[Sent]]

HIDDEN_SERVICE: Sent = {
    "id": "", "name": "A service", "agency_name": "not shown in the directory any more", "phone": None, "phones": [],
    "email": None, "closed": None, "closed_since": None, "schedules": [], "has_email": False, "pathway": None,
    "fees": None, "agency_id": "",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """The facts that decide whether something can be recorded."""

    referral: Json
    service: Json
    role: Role

    @property
    def state(self) -> str:
        return str(self.referral["state"])

    @property
    def asked(self) -> bool:
        """Return whether the referral is open and the agency knows of it, or should; never for a walk-in."""
        return self.state not in ENDED | UNSENT and not self.referral["walk_in"]

    @property
    def to_ring(self) -> bool:
        """Return whether the approved referral has to be made by our call, because there is no email address."""
        return self.referral["sending_waits"] == "call"

    @property
    def sends(self) -> bool:
        """Return whether the referral can be sent now, or again after it did not arrive."""
        ready = self.state in (*UNSENT, "undeliverable")
        return ready and not self.referral["walk_in"] and not self.referral["sending"]

    def may(self, *moves: str) -> bool:
        return any(move in self.referral["legal_moves"] for move in moves)

    @property
    def proposed(self) -> bool:
        """Return whether the appointment came by a link alone and nobody has confirmed it by phone."""
        appointment = self.referral["appointment"]
        return appointment is not None and bool(appointment["proposed"])

    @property
    def appointment_ahead(self) -> bool:
        appointment = self.referral["appointment"]
        return appointment is not None and instant(appointment["at"]) > clock.now()


@dataclass(frozen=True)
class Act:
    """One thing to record."""

    slug: str
    title: str
    said: LiteralString
    possible: Callable[[Shown], bool]
    send: Send
    booked: str = ""  # its title while there is an appointment

    def titled(self, shown: Shown) -> str:
        """Return what it is called as the referral stands."""
        return self.booked if self.booked and shown.state == "booked" else self.title


# -- the forms' fields, as the services accept them


def appointment_of(form: Form) -> Sent | None:
    """Return the appointment of a form; None when no date was typed. Raises BadField."""
    at = form.moment("appointment.at", ahead=True)
    if at is None:
        return None
    given = {name: form.optional(f"appointment.{name}") for name in ("place", "bring", "who_goes")}
    return {"at": at.isoformat(), **{name: value for name, value in given.items() if value}}


def chosen(form: Form, name: str, message: str) -> str:
    value = form.text(name)
    if not value:
        raise BadField(name, message)
    return value


def noted(form: Form, body: Sent) -> Sent:
    note = form.optional("note")
    return {**body, **({"note": note} if note else {})}


async def move(at: Visit, referral: Json, version: int | None, body: Sent) -> Sent:
    path = f"/referrals/{referral['id']}/moves"
    return await at.referrals.post(
        path, noted(at.form, {**body, **at.form.date_confirmed}), key=at.once(), version=version
    )


# -- one press each


async def _call(at: Visit, referral: Json, version: int | None) -> Sent:
    form = at.form
    outcome = chosen(form, "outcome", "say what came of the call")
    body: Sent = {"outcome": outcome}
    if outcome == "spoke" and form.text("answer"):
        body["said"] = said_by(form)
    await _record_disclosure(at, referral)
    path = f"/referrals/{referral['id']}/replies"
    return await at.referrals.post(path, noted(form, body), key=at.once(), version=version)


def said_by(form: Form) -> Sent:
    """Return the agency's answer with the fields it needs. Raises BadField."""
    answer = form.text("answer")
    said: Sent = {"answer": answer, **form.date_confirmed}
    if answer in ("book", "rebook"):
        said["appointment"] = appointment_of(form)
        if said["appointment"] is None:
            raise BadField("appointment.at", "say when the appointment is")
    elif answer == "waitlist" and (until := form.day("until", ahead=True)):
        said["until"] = until.isoformat()
    elif answer == "miss":
        said["miss_kind"] = chosen(form, "miss_kind", "say why it did not happen")
    elif answer == "decline":
        said["reason"] = chosen(form, "reason", "say which reason they give")
    return said


async def _record_disclosure(at: Visit, referral: Json) -> None:
    """Record what a call disclosed beyond the reference, with its consent: a call is a disclosure."""
    kinds = [kind for kind in at.form.all("told_kinds") if kind in KINDS]
    if not kinds:
        return
    body: Sent = {
        "categories": kinds,
        "how": "phone",
        "agency_id": referral["agency_id"],
        "referral_id": referral["id"],
        "consent_id": at.form.text("consent_id"),
        "to_whom": at.form.optional("to_whom"),
    }
    given = {name: value for name, value in body.items() if value}
    await at.intake.post(f"/people/{referral['person_id']}/disclosures", given, key=at.once("told"))


async def _appointment(at: Visit, referral: Json, version: int | None) -> Sent:
    given = appointment_of(at.form)
    if given is None:
        raise BadField("appointment.at", "say when the appointment is")
    # The kind that the form showed: a second press finds the first one's appointment and must send the same again.
    kind = "rebook" if at.form.text("kind") == "rebook" else "book"
    return await move(at, referral, version, {"move": kind, "appointment": given})


async def _told(at: Visit, referral: Json, version: int | None) -> Sent:
    body: Sent = {"how": chosen(at.form, "how", "choose how the person was told")}
    if by := at.form.optional("by"):
        body["by"] = by
    which = at.form.uuid("appointment_id")
    path = f"/referrals/{referral['id']}/appointments/{which}/told"
    return await at.referrals.post(path, body, key=at.once(), version=version)


async def _confirm(at: Visit, referral: Json, version: int | None) -> Sent:
    which = at.form.uuid("appointment_id")
    path = f"/referrals/{referral['id']}/appointments/{which}/confirmed"
    return await at.referrals.post(path, noted(at.form, {}), key=at.once(), version=version)


async def _visit(at: Visit, referral: Json, version: int | None) -> Sent:
    what = chosen(at.form, "what", "say what became of it")
    if what == "attend":
        return await move(at, referral, version, {"move": "attend"})
    body: Sent = {"move": "miss", "miss_kind": what}
    again = appointment_of(at.form)
    return await move(at, referral, version, {**body, **({"appointment": again} if again else {})})


async def _care(at: Visit, referral: Json, version: int | None) -> Sent:
    what = chosen(at.form, "what", "say what comes next")
    body: Sent = {"move": what}
    if what == "decline":
        body["reason"] = chosen(at.form, "reason", "say which reason they give")
    return await move(at, referral, version, body)


async def _why(at: Visit, referral: Json, version: int | None) -> Sent:
    reason = chosen(at.form, "reason", "choose what comes nearest")
    path = f"/referrals/{referral['id']}/stall-reason"
    return await at.referrals.post(path, noted(at.form, {"reason": reason}), key=at.once())


async def _question(at: Visit, referral: Json, version: int | None) -> Sent:
    chosen(at.form, "note", "write the answer: the service reads it")
    path = f"/referrals/{referral['id']}/question"
    return await at.referrals.post(path, noted(at.form, {"on": False}), key=at.once(), version=version)


async def _decide(at: Visit, referral: Json, version: int | None) -> Sent:
    what = chosen(at.form, "what", "choose what is decided")
    if what == "withdraw":
        reason = chosen(at.form, "reason", "say why it is taken back")
        return await move(at, referral, version, {"move": "withdraw", "reason": reason})
    body: Sent = {"decision": what}
    if what == "extend":
        body["working_days"] = at.form.number("working_days") or _no_days()
    elif what == "acknowledge":
        day = at.form.day("until")
        if day is None:
            raise BadField("until", "say until which day")
        body["until"] = datetime.combine(day, time(), tzinfo=LONDON).isoformat()
    path = f"/referrals/{referral['id']}/decisions"
    return await at.referrals.post(path, noted(at.form, body), key=at.once(), version=version)


def _no_days() -> int:
    raise BadField("working_days", "say how many working days, between 1 and 60")


async def _reopen(at: Visit, referral: Json, version: int | None) -> Sent:
    chosen(at.form, "note", "say why it is reopened")
    return await move(at, referral, version, {"move": "reopen"})


async def _correct(at: Visit, referral: Json, version: int | None) -> Sent:
    why = chosen(at.form, "why", "say why it was a mistake")
    path, meant = f"/referrals/{referral['id']}/corrections", referral["correctable"]
    body = {"why": why, **({"version": meant["version"]} if meant else {})}
    return await at.referrals.post(path, body, key=at.once(), version=version)


_DECIDERS = frozenset({Role.WORKER, Role.SUPERVISOR})
_BY_PHONE = ("see", "accept", "waitlist", "book", "rebook", "attend", "miss", "treat", "complete", "decline")


def answers(it: Shown) -> list[str]:
    """Return the answers the agency may have given by phone, in the current state."""
    if it.to_ring:
        return ["see", "accept", "waitlist", "book", "decline", "question"]
    found = [move for move in _BY_PHONE if it.may(move)]
    return [*found, "question", *(["may_not_say"] if it.state == "booked" else [])]


def decisions(it: Shown) -> list[tuple[str, str]]:
    """Return the decisions about the referral's course that this role may make."""
    found: list[tuple[str, str]] = []
    if it.role in _DECIDERS and it.state not in UNSENT | ENDED:
        found = [
            ("extend", "Give them more days"),
            ("acknowledge", "We are on it: pause reminders until a date"),
            ("offer_alternative", "Find another service now"),
            ("escalate_now", "Do the next step at once"),
        ]
    return [*found, *([("withdraw", "Withdraw the referral")] if it.may("withdraw") else [])]


ACTS: tuple[Act, ...] = (
    Act(
        "question",
        "We answered their question",
        "Recorded: they read it after they enter the security code.",
        lambda it: bool(it.referral["question"]),
        _question,
    ),
    Act(
        "confirm",
        "They confirmed the appointment",
        "Recorded: the appointment is right. Now tell the person.",
        lambda it: it.state == "booked" and it.proposed,
        _confirm,
    ),
    Act(
        "told",
        "The person was told about the appointment",
        "Saved. The person knows about the appointment. After its hour we ask what became of it.",
        lambda it: (
            it.may("told") and not it.referral["appointment"]["told_at"] and it.appointment_ahead and not it.proposed
        ),
        _told,
    ),
    Act(
        "visit",
        "What became of the visit",
        "Recorded. What follows from it stands on the referral.",
        lambda it: (
            it.may("miss")
            or (it.may("attend") and it.state not in ("sent", "acknowledged", "waitlisted"))
            and (it.state != "draft" or it.referral["walk_in"])
        ),
        _visit,
    ),
    Act(
        "call",
        "Record a call",
        "The call is recorded. If no reply comes, the next step follows on its day.",
        lambda it: it.asked or it.to_ring,
        _call,
    ),
    Act(
        "appointment",
        "Record an appointment",
        "The appointment is recorded. Tell the person.",
        lambda it: it.may("book", "rebook"),
        _appointment,
        booked="Move the appointment",
    ),
    Act(
        "care",
        "What comes next",
        "Recorded. What follows from it stands on the referral.",
        lambda it: it.may("treat", "complete"),
        _care,
    ),
    Act(
        "why",
        "Why it waits too long",
        "Recorded. Your supervisor reads it on the board.",
        lambda it: it.asked and bool(it.referral["stalled"]),
        _why,
    ),
    Act(
        "decide",
        "Change the deadline, find another service or withdraw",
        "Decided. The new dates stand on the referral.",
        lambda it: bool(decisions(it)),
        _decide,
    ),
    Act(
        "correct",
        "The latest answer was recorded by mistake",
        "It is taken back. It stands where it stood before.",
        lambda it: bool(it.referral["correctable"]),
        _correct,
    ),
    Act("reopen", "Reopen", "It is open again, as a draft. Nothing was sent.", lambda it: it.may("reopen"), _reopen),
)
