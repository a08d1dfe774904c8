"""Events that services published, compared with those that the others handled."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from deploy.chaos.truth.found import Finding, doubled, lost, stuck, untrue
from deploy.chaos.truth.reading import Rows, difference, rows
from deploy.stack import SERVICES, Stack
from services.casework.handlers import GROUPS as CASEWORK_HEARS
from services.intake.handlers import GROUPS as INTAKE_HEARS
from services.referrals.handlers import GROUPS as REFERRALS_HEARS

HEARS = {"intake": INTAKE_HEARS, "casework": CASEWORK_HEARS, "referrals": REFERRALS_HEARS}
REST_LOOKS = 50


async def rest(stack: Stack, looks: int = REST_LOOKS) -> list[Finding]:
    """Check that nothing waits to be published or dispatched, and that no event was given up.

    The check is repeated for a while: a plan of another team may have published an event just now.
    """
    wrong: list[Finding] = []
    for _ in range(looks):
        if not (wrong := await _left(stack)):
            return []
        await asyncio.sleep(0.2)
    return wrong


async def _left(stack: Stack) -> list[Finding]:
    wrong: list[Finding] = []
    for service in SERVICES:
        left = await rows(
            stack,
            service,
            "SELECT id, subject FROM outbox"
            " WHERE published_at IS NULL OR (workflow IS NOT NULL AND dispatched_at IS NULL)",
        )
        wrong += [stuck(f"{service}: outbox row {row['id']} ({row['subject']}) has not left") for row in left]
        letters = await rows(stack, service, "SELECT group_name, subject, error FROM dead_letters")
        wrong += [
            stuck(f"{service}: a dead letter of {row['group_name']}: {row['subject']}, {row['error']}")
            for row in letters
        ]
    return wrong


async def heard(stack: Stack, events: dict[str, Rows], undone: Collection[UUID] = ()) -> list[Finding]:
    """Check that each group has handled each of its events, and none that nobody published.

    `undone` are events that a restored, older database no longer has.
    """
    every = {row["event_id"] for told in events.values() for row in told}
    wrong: list[Finding] = []
    for service in SERVICES:
        inbox = await rows(stack, service, "SELECT group_name, event_id FROM inbox")
        for group in HEARS[service]:
            subjects = {subject for found in group.streams().values() for subject in found}
            due = {row["event_id"] for told in events.values() for row in told if row["subject"] in subjects}
            handled = {row["event_id"] for row in inbox if row["group_name"] == group.name}
            if missing := due - handled:
                wrong.append(lost(f"{group.durable} has not handled {len(missing)} events"))
        if strangers := {row["event_id"] for row in inbox} - every - set(undone):
            wrong.append(doubled(f"{service} has handled {len(strangers)} events that nobody told"))
    return wrong


async def told_to_casework(stack: Stack) -> list[Finding]:
    """Check that casework's copies of people, contacts and referrals equal those of their owners."""
    wrong: list[Finding] = []
    for what, owner, query, known in (
        ("people", "intake", "SELECT id FROM people", "SELECT id FROM known_people"),
        (
            "contacts",
            "intake",
            "SELECT id, person_id, kind, occurred_at FROM contacts",
            "SELECT id, person_id, kind, occurred_at FROM heard_contacts",
        ),
        (
            "referrals",
            "referrals",
            "SELECT id, state, stage_entry, agency_id, plan_id FROM referrals",
            "SELECT id, state, CASE WHEN stage_entry = 0 THEN 1 ELSE stage_entry END AS stage_entry,"
            " agency_id, plan_id FROM known_referrals",
        ),
    ):
        own = {row["id"]: row for row in await rows(stack, owner, query)}
        known_rows = {row["id"]: row for row in await rows(stack, "casework", known)}
        wrong += [
            untrue(f"{what}: {owner} says {own.get(key)}, casework {known_rows.get(key)}")
            if key in known_rows
            else lost(f"{what}: casework does not know {key}")
            for key in difference(own, known_rows)
        ]
    return wrong
