"""Referrals under attack: the rows that its routes name, and one request that each of its write routes accepts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from services.referrals.codes import Move
from services.referrals.directory.models import ContactChange
from services.referrals.mail.bounds import MOST
from services.referrals.outbound import secrets
from services.referrals.referral.models import ReferralMove
from shared import clock
from shared.context import Actor
from shared.practice.calendar import local_day, working_days_after
from tests.attacks.letters import catching_up, dead_letter, programs
from tests.bad_input import Write
from tests.referrals.mail.letters import mail, of_parts, plain
from tests.referrals.place import TOLD
from tests.referrals.stories import Story
from tests.referrals.world import World, mailed

NOBODY = str(uuid4())
_DAYS = count(20)
Body = dict[str, Any]
Build = Callable[[World], Awaitable[Write]]


async def rows(world: World, team: UUID) -> dict[str, str]:
    """One row of each kind in a team, by the names that routes, queries and bodies use for its id."""
    story = await world.story(team=team)
    message = await mailed(story)
    appointment = await booked(world, story)
    row = await story.row()
    return {
        "team_id": str(team),
        "referral_id": str(story.id),
        "person_id": str(row.person_id),
        "case_id": str(uuid4()),
        "plan_id": str(row.plan_id),
        "agency_id": str(row.agency_id),
        "service_id": str(row.service_id),
        "appointment_id": appointment,
        "message_id": str(message),
        **await _mail(world, story, team),
        "note_id": await note_of(world, story),
        "key": "any.sent",
        "change_id": str(await proposed(world, row.service_id)),
        "day": local_day(clock.now()).isoformat(),
    }


async def proposed(world: World, service_id: UUID) -> UUID:
    """A change of an address that a feed proposed."""
    async with world.services.work.transaction(Actor.service("referrals")) as session:
        change = ContactChange(
            holder="service",
            holder_id=service_id,
            field="email",
            value="new@agency.invalid",
            proposed_by="import:test",
            proposed_at=clock.now(),
        )
        session.add(change)
        await session.flush()
        return change.id


async def _mail(world: World, story: Story, team: UUID) -> dict[str, str]:
    """An email with a file."""
    mail_id = await arrived(world, story, team)
    headers = {"Authorization": f"Bearer {world.token(teams=[team])}"}
    answer = await world.http.get(f"/mails/{mail_id}", headers=headers)
    return {"mail_id": mail_id, "file_id": answer.json()["files"][0]["id"]}


async def booked(world: World, story: Story) -> str:
    await story.move(Move.BOOK, appointment=clock.now() + timedelta(days=2))
    appointment = (await story.position()).appointment
    assert appointment is not None
    return str(appointment.id)


async def arrived(world: World, story: Story, team: UUID) -> str:
    """An email about it that nobody has read, with a file."""
    letter = "Content-Type: application/pdf; name=letter.pdf\n\n%PDF-1.7"
    raw = of_parts(plain(f"Yes, we accept {(await story.row()).reference}."), letter)
    token = world.token("system", teams=[team], sub="gateway")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"}
    answer = await world.http.post("/inbound-mail", content=raw, headers=headers)
    return str(answer.json()["mail_ids"][0])


async def draft(world: World) -> Write:
    place = await world.place()
    body = {"person_id": NOBODY, "service_id": str(place.service_id), "told": TOLD, "team_id": str(world.team)}
    body["again_because"] = "Asked for again."
    theirs = {**body, "team_id": str(world.other_team)}
    return Write(
        "POST",
        "/referrals",
        "/referrals",
        body,
        makes="referral_id",
        foreign=("/referrals", theirs),
        unknown=("/referrals", {**body, "team_id": NOBODY}),
    )


def on_a_referral(below: str, body: Callable[[], Body], **more: Any) -> Build:
    async def build(world: World) -> Write:
        ours, theirs = await world.story(), await world.story(team=world.other_team)
        path, given = f"/referrals/{{}}{below}", body()
        return Write(
            "POST",
            f"/referrals/{{referral_id}}{below}",
            path.format(ours.id),
            given,
            foreign=(path.format(theirs.id), given),
            unknown=(path.format(NOBODY), given),
            **more,
        )

    return build


async def correction(world: World) -> Write:
    build = on_a_referral("/corrections", lambda: {"why": "Another referral was meant."})
    write = await build(world)
    await world.ok("POST", write.path.replace("/corrections", "/moves"), {"move": "accept"})
    return write


async def note_of(world: World, story: Story) -> str:
    """A line of its history beside which somebody wrote."""
    async with world.services.work.transaction(Actor.service("referrals")) as session:
        line = select(ReferralMove).where(ReferralMove.referral_id == story.id).order_by(ReferralMove.version)
        found = (await session.scalars(line.limit(1))).one()
        found.note = "spoke to the desk (synthetic)"
        return str(found.id)


async def struck_note(world: World) -> Write:
    ours, theirs = await world.story(), await world.story(team=world.other_team)
    path, body = "/notes/{}/strike", {"why": "About somebody else."}
    return Write(
        "POST",
        "/notes/{note_id}/strike",
        path.format(await note_of(world, ours)),
        body,
        role="supervisor",
        foreign=(path.format(await note_of(world, theirs)), body),
        unknown=(path.format(NOBODY), body),
    )


async def person_informed(world: World) -> Write:
    ours, theirs = await world.story(), await world.story(team=world.other_team)
    appointment, other = await booked(world, ours), await booked(world, theirs)
    path, body = "/referrals/{}/appointments/{}/told", {"how": "phone", "by": "Sam"}
    return Write(
        "POST",
        "/referrals/{referral_id}/appointments/{appointment_id}/told",
        path.format(ours.id, appointment),
        body,
        foreign=(path.format(ours.id, other), body),
        unknown=(path.format(ours.id, NOBODY), body),
    )


async def confirmed(world: World) -> Write:
    ours, theirs = await world.story(), await world.story(team=world.other_team)
    appointment, other = await booked(world, ours), await booked(world, theirs)
    path, body = "/referrals/{}/appointments/{}/confirmed", {"note": "spoke to the desk"}
    return Write(
        "POST",
        "/referrals/{referral_id}/appointments/{appointment_id}/confirmed",
        path.format(ours.id, appointment),
        body,
        foreign=(path.format(ours.id, other), body),
        unknown=(path.format(ours.id, NOBODY), body),
    )


async def rewrite(world: World) -> Write:
    ours, theirs = await world.draft(), await world.draft(team=world.other_team)
    path, body = "/referrals/{}/told", {"told": TOLD, "about": ["health"]}
    tag = (await world.send("GET", f"/referrals/{ours.id}")).headers["ETag"]
    return Write(
        "PUT",
        "/referrals/{referral_id}/told",
        path.format(ours.id),
        body,
        etag=tag,
        foreign=(path.format(theirs.id), body),
        unknown=(path.format(NOBODY), body),
    )


async def clock_change(world: World) -> Write:
    tag = (await world.send("GET", f"/clocks/any.accepted?team_id={world.team}")).headers["ETag"]
    return on_a_clock(world, "PUT", "", etag=tag)


async def clock_preview(world: World) -> Write:
    return on_a_clock(world, "POST", "/preview", takes_key=False)


def on_a_clock(world: World, method: str, below: str, **more: Any) -> Write:
    body = {"length": {"n": 3, "unit": "days"}, "source": "agreed"}
    of, who = f"/clocks/any.accepted{below}?team_id={{}}", {"role": "supervisor", "refused_role": "worker"}
    foreign, unknown = (of.format(world.other_team), body), (of.format(NOBODY), body)
    path = of.format(world.team)
    return Write(method, f"/clocks/{{key}}{below}", path, body, foreign=foreign, unknown=unknown, **who, **more)


async def agency(world: World) -> Write:
    place = await world.place()
    body = {"email": "desk@agency.example", "manager_contact": "Al", "discharge_rule": "after two misses"}
    return await in_the_directory(world, "/agencies/{agency_id}", "agency_id", str(place.agency_id), body)


async def service(world: World) -> Write:
    place = await world.place()
    body = {"pathway": "tb", "phone": "020 7946 0000"}
    return await in_the_directory(world, "/services/{service_id}", "service_id", str(place.service_id), body)


async def proposal(world: World) -> Write:
    place, path = await world.place(), "/services/{}/contact-changes"
    body = {"email": "right@agency.invalid", "phone": "020 7946 0000"}
    other = {"email": "left@agency.invalid", "phone": "020 7946 0001"}
    who = {"refused_role": "guardian", "unknown": (path.format(NOBODY), body), "other": other}
    return Write("POST", "/services/{service_id}/contact-changes", path.format(place.service_id), body, **who)


async def decision(world: World) -> Write:
    change, path = await proposed(world, (await world.place()).service_id), "/contact-changes/{}/decision"
    body = {"confirm": True}
    who = {"refused_role": "guardian", "unknown": (path.format(NOBODY), body)}
    return Write("POST", "/contact-changes/{change_id}/decision", path.format(change), body, **who)


async def bank_holiday(world: World) -> Write:
    # No two requests are for one day.
    day = working_days_after(local_day(clock.now()), next(_DAYS))
    body = {"day": day.isoformat(), "name": "Day of mourning", "source": "proclamation"}
    return Write("POST", "/bank-holidays", "/bank-holidays", body, role="admin", refused_role="supervisor")


async def test_email(world: World) -> Write:
    body = {"to": "administrator@outreach.invalid"}
    return Write("POST", "/setup/test-emails", "/setup/test-emails", body, role="admin", refused_role="supervisor")


async def bank_holiday_removal(world: World) -> Write:
    added = await bank_holiday(world)
    made = await world.ok("POST", "/bank-holidays", added.body, role="admin")
    path = "/bank-holidays/{}/removal"
    who = {"role": "admin", "refused_role": "supervisor", "unknown": (path.format(NOBODY), None)}
    return Write("POST", "/bank-holidays/{bank_holiday_id}/removal", path.format(made["id"]), None, **who)


async def show_or_hide(world: World) -> Write:
    place, path, body = await world.place(), "/hidden-services/{}", {"hide": False}
    who = {"role": "supervisor", "refused_role": "worker", "unknown": (path.format(NOBODY), body)}
    return Write("POST", "/hidden-services/{service_id}", path.format(place.service_id), body, **who)


async def in_the_directory(world: World, template: str, name: str, id_: str, body: Body) -> Write:
    place = template.replace(f"{{{name}}}", "{}")
    tag = (await world.send("GET", place.format(id_))).headers["ETag"]
    who = {"role": "supervisor", "refused_role": "worker"}
    return Write("PATCH", template, place.format(id_), body, etag=tag, unknown=(place.format(NOBODY), body), **who)


async def mark_read(world: World) -> Write:
    ours, theirs = await world.story(), await world.story(team=world.other_team)
    one, other = await arrived(world, ours, world.team), await arrived(world, theirs, world.other_team)
    path = "/mails/{}/read"
    return Write(
        "POST",
        "/mails/{mail_id}/read",
        path.format(one),
        None,
        foreign=(path.format(other), None),
        unknown=(path.format(NOBODY), None),
    )


async def inbound(world: World) -> Write:
    story = await world.story()
    raw = mail(f"Yes, we accept {(await story.row()).reference}.")
    who = {"role": "system", "refused_role": "worker"}
    return Write("POST", "/inbound-mail", "/inbound-mail", None, mail=raw, largest=MOST, takes_key=False, **who)


def by_link(below: str, body: Callable[[Story], Body], *, keyed: bool, live: bool = True, **more: Any) -> Build:
    """A stranger's request: the secret in the body is all that he has."""

    async def build(world: World) -> Write:
        story = await world.story()
        message = await mailed(story, timedelta(days=30) if live else timedelta(seconds=-1))
        given = {"token": secrets.token(message), **body(story)}
        nothing = {**given, "token": secrets.token(UUID(NOBODY))}
        path, other = f"/replies{below}", {"reference": (await story.row()).reference}
        return Write(
            "POST", path, path, given, role=None, takes_key=keyed, unknown=(path, nothing), other=other, **more
        )

    return build


def code_of(story: Story) -> Body:
    return {"second_step": secrets.second_step(story.id, local_day(clock.now()))}


def soon() -> Body:
    return {"at": (clock.now() + timedelta(days=3)).isoformat(), "place": "Room 3"}


async def contact_name(world: World) -> Write:
    who = {"refused_role": "guardian", "takes_key": False}
    return Write("POST", "/contact-name", "/contact-name", {"name": "Sam"}, **who)


async def reconcile(world: World) -> Write:
    path = "/operations/reconcile"
    return Write("POST", path, path, None, role="supervisor", refused_role="worker", takes_key=False)


async def replay(world: World) -> Write:
    return await dead_letter(world)


SAID: Body = {"outcome": "spoke", "note": "rang", "said": {"answer": "accept"}}

BUILDS: dict[tuple[str, str], Build] = {
    ("PATCH", "/agencies/{agency_id}"): agency,
    ("PATCH", "/services/{service_id}"): service,
    ("POST", "/services/{service_id}/contact-changes"): proposal,
    ("POST", "/contact-changes/{change_id}/decision"): decision,
    ("POST", "/hidden-services/{service_id}"): show_or_hide,
    ("POST", "/bank-holidays"): bank_holiday,
    ("POST", "/setup/test-emails"): test_email,
    ("POST", "/bank-holidays/{bank_holiday_id}/removal"): bank_holiday_removal,
    ("PUT", "/clocks/{key}"): clock_change,
    ("POST", "/clocks/{key}/preview"): clock_preview,
    ("POST", "/referrals"): draft,
    ("PUT", "/referrals/{referral_id}/told"): rewrite,
    ("POST", "/referrals/{referral_id}/corrections"): correction,
    ("POST", "/referrals/{referral_id}/moves"): on_a_referral(
        "/moves", lambda: {"move": "book", "appointment": soon()}
    ),
    ("POST", "/referrals/{referral_id}/decisions"): on_a_referral(
        "/decisions", lambda: {"decision": "extend", "working_days": 3, "note": "they asked for it"}
    ),
    ("POST", "/referrals/{referral_id}/question"): on_a_referral("/question", lambda: {"on": True}),
    ("POST", "/referrals/{referral_id}/stall-reason"): on_a_referral("/stall-reason", lambda: {"reason": "other"}),
    ("POST", "/referrals/{referral_id}/dates"): on_a_referral(
        "/dates", lambda: {"dates": {"result_at": clock.now().isoformat()}}
    ),
    ("POST", "/referrals/{referral_id}/replies"): on_a_referral("/replies", lambda: SAID),
    ("POST", "/referrals/{referral_id}/appointments/{appointment_id}/told"): person_informed,
    ("POST", "/referrals/{referral_id}/appointments/{appointment_id}/confirmed"): confirmed,
    ("POST", "/notes/{note_id}/strike"): struck_note,
    ("POST", "/mails/{mail_id}/read"): mark_read,
    ("POST", "/inbound-mail"): inbound,
    ("POST", "/replies"): by_link(
        "", lambda _: {"answer": "book", "appointment": soon(), "safe_contact_confirmed": True}, keyed=True
    ),
    ("POST", "/replies/open"): by_link("/open", lambda _: {}, keyed=False),
    ("POST", "/replies/told"): by_link("/told", code_of, keyed=False, asks_others=True),
    ("POST", "/replies/fresh"): by_link("/fresh", lambda _: {}, keyed=True, live=False),
    ("POST", "/contact-name"): contact_name,
    ("POST", "/operations/reconcile"): reconcile,
    ("POST", "/operations/catch-up"): catching_up,
    ("POST", "/operations/dead-letters/{dead_letter_id}/replay"): replay,
    ("POST", "/programs"): programs,
}
