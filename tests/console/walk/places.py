"""One of each thing that a page may be about, among the demo's made-up people, and the parts of addresses it fills."""

from datetime import timedelta
from typing import cast

import httpx

from deploy.demo import people
from deploy.demo.api import Caller, Json
from deploy.demo.setting import Setting
from services.console.program import service as programs
from services.console.staff import invitations
from shared import clock
from shared.context import Actor
from shared.practice.calendar import local_day, working_days_after
from tests.console.walk.conftest import StoryCrew
from tests.referrals.mail.letters import mail

Places = dict[str, str]
SAID_NO = "Tom (synthetic)"
RIGHT_TO_LEFT = "محمد (أبو علي) synthetic"
ONE_LONG_WORD = "Synthetic" + "wolfeschlegelsteinhausen" * 4


async def furnish(crew: StoryCrew) -> Places:
    """Ids by the names that routes give them. `referral_id` waits too long; others are named by where they stand."""
    scene = crew.scene
    await people.settle(scene)
    known = {row["alias"]: row["id"] for row in await scene.worker.every("intake", "/people")}
    stalled, booked = await _only(scene, known[people.STALLED]), await _only(scene, known[people.BOOKED])
    [consent, *_] = await scene.worker.every("intake", f"/people/{known[people.MET]}/consents")
    found: Places = {
        "person_id": known[people.STALLED],
        "met": known[people.MET],
        "known": known[people.KNOWN],
        "held": (await _plan(scene, "Ned (synthetic)", "hold", {"kind": "custody"}))["id"],
        "closed": (await _plan(scene, "Kit (synthetic)", "close", {"reason": "moved_away"}))["id"],
        "said_no": await _said_no(scene),
        "consent_id": consent["id"],
        "oversight_id": await _override(scene, known[people.STALLED], stalled["agency_id"]),
        "concern_id": await _concern(scene, known[people.STALLED]),
        "plan_id": stalled["plan_id"],
        "referral_id": stalled["id"],
        "row_id": stalled["id"],
        "service_id": stalled["service_id"],
        "agency_id": stalled["agency_id"],
        "booked": booked["id"],
        "worker_id": str(crew.ids["worker"]),
        "account_id": str(crew.ids["clinician"]),
        "token": await _invitation(crew),
        "program_id": await _program(crew),
        "bank_holiday_id": await _bank_holiday(crew),
        "mail_id": await _mail(scene, booked),
        **await _on_their_way(scene, stalled),
    }
    await scene.worker.post("casework", f"/plans/{found['plan_id']}/review", {})
    await _renamed(scene, found["person_id"], RIGHT_TO_LEFT)
    await _renamed(scene, found["met"], ONE_LONG_WORD)
    return found


async def _renamed(scene: Setting, person: str, alias: str) -> None:
    """From now on the pages show them by a name that is hard to show."""
    known = await scene.worker.get("intake", f"/people/{person}")
    await scene.worker.patch("intake", f"/people/{person}", {"alias": alias}, version=known["version"])


async def _on_their_way(scene: Setting, stalled: Json) -> Places:
    """Add referrals of the same person, each in a state where another page leads on."""
    scene.cast.person, scene.cast.case, scene.cast.plan = (
        stalled[name] for name in ("person_id", "case_id", "plan_id")
    )
    found: Places = {"draft": await scene.draft("dosh"), "proposed": await _proposed(scene)}
    for name, pathway in (("asked", "sau"), ("declined", "housing")):
        await scene.agree(pathway)
        found[name] = await scene.refer(pathway)
    # The Law Centre has no email address: they went there without a word sent ahead.
    found["attended"] = await scene.draft("legal")
    await scene.worker.post(
        "referrals", f"/referrals/{found['asked']}/question", {"on": True, "note": "Which language? (synthetic)"}
    )
    await scene.move(found["attended"], "attend")
    await scene.move(found["declined"], "decline", reason="no_capacity")

    async def owed() -> list[Json] | None:
        """The open next step of the declined referral"""
        return await scene.worker.every("casework", "/next-steps", referral_id=found["declined"]) or None

    await scene.soon(owed)
    return found


async def _proposed(scene: Setting) -> str:
    """Make a referral whose appointment came over the link alone."""
    await scene.agree("tb")
    referral = await scene.refer("tb", again_because="a second cough (synthetic)")
    first = await scene.mail_sent(referral, "first")
    appointment = {"at": (clock.now() + timedelta(days=9)).isoformat(), "place": "Room 3 (synthetic)"}
    await scene.answer(first["id"], "book", appointment=appointment, safe_contact_confirmed=True)
    return referral


async def _only(scene: Setting, person: str) -> Json:
    [found] = await scene.worker.every("referrals", "/referrals", person_id=person)
    return found


async def _plan(scene: Setting, alias: str, decision: str, body: Json) -> Json:
    """Start a plan for a new person, and record a decision about it."""
    person = await scene.register(alias)
    case = await scene.worker.post("casework", "/cases", {"person_id": person})
    plan = await scene.worker.post("casework", f"/cases/{case['id']}/plan", {"goals": ["a room (synthetic)"]})
    await scene.supervisor.post("casework", f"/plans/{plan['id']}/{decision}", body)
    return plan


async def _said_no(scene: Setting) -> str:
    person = await scene.register(SAID_NO)
    await scene.worker.post("intake", f"/people/{person}/said-no", {"words": "Leave me be. (synthetic)"})
    return person


async def _concern(scene: Setting, person: str) -> str:
    found = await scene.worker.post("intake", f"/people/{person}/concerns", {"about": "adult", "what": "Cold."})
    return str(found["id"])


async def _override(scene: Setting, person: str, agency: str) -> str:
    """Record a decision to share without consent, wait for the guardian's task, and return the oversight's id."""
    override = {
        "why": "They may not live. (synthetic)",
        "risk": "a cough with blood (synthetic)",
        "proportionality": "one service, the name and the cough (synthetic)",
        "told": True,
    }
    body = {"agency_id": agency, "grounds": ["vital_interest"], "override": override}
    await scene.worker.post("intake", f"/people/{person}/legal-bases", body)
    [row] = await scene.worker.every("intake", f"/people/{person}/oversight")

    async def theirs() -> str | None:
        tasks = await scene.worker.every("casework", "/tasks", kind="read_override")
        return str(row["id"]) if any(task["oversight_id"] == row["id"] for task in tasks) else None

    return await scene.soon(theirs)


async def _invitation(crew: StoryCrew) -> str:
    async with crew.home.database.transaction(Actor.service("console")) as tx:
        return await invitations.invite(tx, crew.ids["clinician"])


async def _program(crew: StoryCrew) -> str:
    wanted = programs.Wanted(
        f"synthetic-{str(crew.team)[-12:]}", ("inbound_mail",), (crew.team,), None, clock.real() + timedelta(days=7)
    )
    async with crew.home.database.transaction(Actor.service("console")) as tx:
        made, _ = await programs.open_program(tx, crew.ids["admin"], wanted)
    return str(made.id)


async def _bank_holiday(crew: StoryCrew) -> str:
    """Add a bank holiday, later than any clock of the tests runs."""
    stack, path = crew.home.stack, "/bank-holidays"
    async with httpx.AsyncClient(timeout=30) as http:
        admin = Caller(http, stack.url, lambda: stack.token("admin", teams=[crew.team], sub=str(crew.ids["admin"])))
        known = {row["day"] for row in cast("list[Json]", await admin.get("referrals", path))}
        days = (working_days_after(local_day(clock.now()), n) for n in range(350, 450))
        day = next(day.isoformat() for day in days if day.isoformat() not in known)
        body = {"day": day, "name": "A day of thanks (synthetic)", "source": "proclamation (synthetic)"}
        return str((await admin.post("referrals", path, body))["id"])


async def _mail(scene: Setting, about: Json) -> str:
    """Deliver an email of the agency's that nobody has read yet, and return its id."""
    sender = (await scene.worker.get("referrals", f"/agencies/{about['agency_id']}"))["email"]
    raw = mail(f"Hello, {about['reference']} is with Nadia now, she rings tomorrow. (synthetic)", sender=sender)
    (scene.stack.folder.inbound_mail / f"walk-{about['reference']}.eml").write_bytes(raw)

    async def there() -> str | None:
        """The received email"""
        mails = await scene.worker.every("referrals", "/mails", referral_id=about["id"])
        return mails[0]["id"] if mails else None

    return await scene.soon(there)
