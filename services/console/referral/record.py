"""The page of one referral: why it waits, its course as a picture, and everything that can be recorded of it."""

import asyncio
from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.referral import acts, calls, picture, view, words
from services.console.referral.acts import ACTS, Act, Shown
from services.console.web import casework_words as board_words
from services.console.web.form import BadField
from services.console.web.pages import CARE, READERS, Pages
from services.console.web.visit import Here, Visit
from services.console.web.words import instant
from shared.http.problems import not_found

pages = Pages("/referrals")
_ON_WHOM = {"agency": "It is the service's turn.", "us": "It is our turn.", "person": "We wait for the person."}
_WRITTEN = ("note", "appointment.place", "appointment.bring", *(f"told.{name}" for name in view.TOLD))
_LEAVING = Markup(
    "<p>Approved. It leaves as soon as consent has been checked.</p>"
    '<p class="nhsuk-u-margin-bottom-0"><a href="">Look again</a></p>'
)
_TO_RING = Markup(
    "<p>This service has no email address. Nobody has been told yet.</p>"
    '<p class="nhsuk-u-margin-bottom-0"><a href="/referrals/{}/call">Ring them, then record the call</a></p>'
)
_NOT_LEFT = Markup(
    "<p>{}. We try again automatically. The service knows nothing yet.</p>"
    '<p class="nhsuk-u-margin-bottom-0"><a href="">Look again</a></p>'
)


@pages.get("/{referral_id}", allow=READERS)
async def one(at: Here, referral_id: UUID) -> Response:
    """Show the state of a referral, why it waits, and what may be recorded."""
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    history, ladder, names, staff, service, mails = await asyncio.gather(
        at.referrals.every(f"/referrals/{referral_id}/history"),
        at.referrals.get(f"/referrals/{referral_id}/ladder"),
        at.names([referral["person_id"]]),
        at.staff(),
        _service(at, referral["service_id"]),
        at.referrals.get("/mails", referral_id=referral_id, unread=True, limit=5),
    )
    notes, instead = await asyncio.gather(_notes(at, referral_id), _instead(at, referral_id))
    shown = Shown(referral, service, at.me.role)
    acts_now = [act for act in ACTS if act.possible(shown)] if at.is_a(*CARE) else []
    return at.page(
        "referral/referral.html",
        referral=referral,
        service=service,
        name=names[referral["person_id"]],
        why=referral["explanation"],
        mails=mails["items"],
        way=picture.draw(referral, history, ladder, at.now),
        acts=acts_now,
        decides=any(act.slug == "decide" for act in acts_now),
        act_items=[
            {"title": {"text": act.titled(shown)}, "href": f"/referrals/{referral_id}/{act.slug}"} for act in acts_now
        ],
        on_whom=_ON_WHOM.get(referral["explanation"]["who"], ""),
        leaving=_leaving(referral),
        story=_timeline(history, ladder, notes, instead),
        staff=staff,
        sends=shown.sends and at.is_a(*CARE),
        titles=view.TOLD,
        reason=words.reason,
        not_arrived=words.not_arrived,
        running=[clock for clock in ladder["clocks"] if clock["closed_at"] is None],
    )


def _leaving(referral: view.Json) -> Markup:
    """Return why an approved referral has not reached the service yet."""
    if referral["sending_waits"] == "call":
        return _TO_RING.format(referral["id"])
    if referral["sending_waits"]:
        said = str(referral["explanation"]["waiting_for"])
        return _NOT_LEFT.format(said[:1].upper() + said[1:])
    return _LEAVING


@pages.get("/{referral_id}/code", allow=CARE)
async def code(at: Here, referral_id: UUID) -> Response:
    """Show the second code, to be read out to somebody reached on the number of the directory."""
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    refused, found = None, None
    try:
        found = await at.referrals.get(f"/referrals/{referral_id}/second-step")
    except Refused as error:
        if error.status != 409:
            raise
        refused = error
    service, names = await asyncio.gather(_service(at, referral["service_id"]), at.names([referral["person_id"]]))
    return at.page(
        "referral/code.html",
        closed=refused is not None,
        found=found,
        referral=referral,
        service=service,
        name=names[referral["person_id"]],
    )


@pages.get("/{referral_id}/{slug}", allow=CARE)
async def form(at: Here, referral_id: UUID, slug: str) -> Response:
    """Show the form of one act."""
    return await _form(at, referral_id, _act(slug))


@pages.post("/{referral_id}/{slug}", allow=CARE)
async def do(at: Here, referral_id: UUID, slug: str) -> Response:
    """Record an act, at the version the form showed."""
    act = _act(slug)
    referral = await at.referrals.get(f"/referrals/{referral_id}")

    async def post(version: int | None) -> dict[str, Any]:
        return await act.send(at, referral, version)

    try:
        await calls.on_what_was_seen(at, referral_id, post)
    except (Refused, BadField) as refused:
        return await _form(at, referral_id, act, refused)
    except calls.Changed as changed:
        return stale(at, changed)
    return at.go(at.came_from(f"/referrals/{referral_id}"), said=act.said)


async def _form(at: Visit, referral_id: UUID, act: Act, refused: Refused | BadField | None = None) -> Response:
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    service, names = await asyncio.gather(_service(at, referral["service_id"]), at.names([referral["person_id"]]))
    shown = Shown(referral, service, at.me.role)
    if not act.possible(shown):
        return at.page("referral/too_late.html", refused=refused, referral=referral, status=None if refused else 409)
    consent = None
    if act.slug == "call":
        consents = await at.intake.every(f"/people/{referral['person_id']}/consents")
        consent = view.newest(consents, referral["agency_id"])
    asked: list[str] = []
    if act.slug == "question":
        asked = questions(await at.referrals.every(f"/referrals/{referral_id}/history"))
    offered = acts.answers(shown)
    return at.page(
        f"referral/acts/{act.slug}.html",
        refused=refused,
        act=act,
        title=act.titled(shown),
        offered=offered,
        asked=asked,
        answers=[("", "No news"), *((one, words.ANSWERS[one]) for one in offered)],
        told_choices=[(kind, view.KINDS[kind].capitalize()) for kind in consent["may_tell"]] if consent else [],
        choices=acts.decisions(shown),
        referral=referral,
        service=service,
        name=names[referral["person_id"]],
        words=words,
        consent=consent,
        to_ring=shown.to_ring,
        titles=view.TOLD,
    )


def questions(history: list[dict[str, Any]]) -> list[str]:
    """Return what the agency asked since our last answer, in its words."""
    asked: list[str] = []
    for line in history:
        if line["move"] == "question_answered":
            asked = []
        elif line["move"] in ("question", "question_more"):
            asked.append(line["note"] or words.ASKED.get(line["reason"] or "", ""))
    return [line for line in asked if line]


def stale(at: Visit, changed: calls.Changed) -> Response:
    """Show what somebody else changed first, and what was written in this form, so that no words are lost."""
    kept = [at.form.text(name) for name in _WRITTEN if at.form.text(name)]
    return at.page("referral/changed.html", status=412, changed=changed, kept_words=kept, done=words.done)


def _act(slug: str) -> Act:
    found = next((act for act in ACTS if act.slug == slug), None)
    if found is None:
        raise not_found()
    return found


async def _service(at: Visit, service_id: str) -> dict[str, Any]:
    """Return the service, or a placeholder when the directory no longer shows it: its referrals go on."""
    try:
        return await at.referrals.get(f"/services/{service_id}")
    except Refused:
        return acts.HIDDEN_SERVICE


async def _notes(at: Visit, referral_id: UUID) -> list[dict[str, Any]]:
    """Return the notes on decisions about a referral; a draft has none, because it is not on the board."""
    try:
        return list((await at.casework.get(f"/board/{referral_id}"))["notes"])
    except Refused:
        return []


async def _instead(at: Visit, referral_id: UUID) -> list[dict[str, Any]]:
    """Return the next steps recorded after the referral ended."""
    try:
        found = await at.casework.every("/next-steps", referral_id=referral_id, status="recorded", most=20)
    except Refused:
        return []
    return [step for step in found if step["what"]]


def _note(line: dict[str, Any], of: str) -> dict[str, Any]:
    """Return the note beside a line, with what is needed to strike it; `of` names the service that stores it."""
    return {"of": of, **{name: line[name] for name in ("id", "note", "note_struck", "may_strike_note")}}


def _plain(words: str | None) -> dict[str, Any]:
    """Words that are part of what was recorded: not struck by themselves."""
    return {"of": "", "id": "", "note": words, "note_struck": None, "may_strike_note": False}


def _timeline(
    history: list[dict[str, Any]],
    ladder: dict[str, Any],
    notes: list[dict[str, Any]],
    instead: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return what people did and wrote, and the steps that fired, newest first."""
    lines: list[dict[str, Any]] = [
        {
            "at": line["occurred_at"],
            "order": line["version"],
            "words": words.done(line),
            "by": line["by"],
            "channel": line["channel"],
            **_note(line, "referral"),
        }
        for line in history
    ]
    written = [(one["at"], board_words.noted(one["command"]), one["by"], _note(one, "case")) for one in notes]
    written += [(one["closed_at"], "The next step", one["closed_by"], _plain(one["what"])) for one in instead]
    for when, what, by, note in written:
        lines.append({"at": when, "order": 0, "words": what, "by": by, "channel": None, **note})
    theirs = {clock["clock"] for clock in ladder["clocks"] if clock["whose"] == "agency"}
    for step in ladder["steps"]:
        if step["outcome"] == "fired":
            waited = "Nobody had answered" if step["clock"] in theirs else "It was not done yet"
            rung = picture.rung(step["action"], step["clock"] in theirs)
            lines.append(
                {
                    "at": step["recorded_outcome_at"] or step["at"],
                    "order": 0,
                    "words": f"{waited}: {rung[:1].lower()}{rung[1:]}",
                    "by": "system",
                    "channel": None,
                    **_plain(None),
                }
            )
    return sorted(lines, key=lambda line: (instant(line["at"]), line["order"]), reverse=True)
