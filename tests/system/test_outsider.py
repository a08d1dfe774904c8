"""The outsider finds what is planted: what is lost, doubled or stuck does not pass for well."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import psycopg

from deploy.chaos import ledger
from deploy.chaos.truth import hearing, ladder, outcomes
from deploy.chaos.truth.found import Kind, compare
from deploy.demo.setting import Setting
from deploy.stack import Stack
from shared.temporal.client import connect
from tests.system import truth
from tests.system.conftest import Home
from tests.system.work import Person, command, meet, refer, register_person, shown
from workflows.contracts import referral_workflow_id


@asynccontextmanager
async def _planted(stack: Stack, service: str, plant: str, undo: str, *values: Any) -> AsyncIterator[None]:
    """Something is wrong in one database while the block runs."""
    where = stack.superuser(service)
    async with await psycopg.AsyncConnection.connect(**where, autocommit=True) as server:  # type: ignore[arg-type]
        await server.execute("CREATE TABLE IF NOT EXISTS planted (row jsonb)")
        await server.execute(plant, values or None)
        try:
            yield
        finally:
            await server.execute(undo)
            await server.execute("DROP TABLE planted")


def _kinds(found: list[truth.Finding], about: str) -> set[Kind]:
    return {each.kind for each in found if about in each.what}


async def test_what_is_planted_is_found(home: Home, scene: Setting) -> None:
    someone = await register_person(scene)
    await meet(scene, someone)
    referral = await refer(scene, someone)
    for level in (1, 2):
        await command(scene, referral, "escalate_now")
        await shown(scene, referral, level=level)
    await scene.journey.settle()
    stack = home.stack
    assert await truth.findings(scene) == []
    await _an_event_unheard_and_a_stranger(stack)
    await _a_step_lost_and_one_that_nobody_recorded(stack, referral)
    await _a_task_that_is_gone(stack)
    await _emails(stack)
    await _given_up(stack)
    await _not_running(scene, referral)
    await _of_what_was_accepted(scene, someone)


async def _an_event_unheard_and_a_stranger(stack: Stack) -> None:
    events = await truth.told(stack)
    move = (
        "WITH gone AS (DELETE FROM inbox WHERE ctid = (SELECT ctid FROM inbox WHERE group_name = 'board' LIMIT 1)"
        " RETURNING *) INSERT INTO planted SELECT to_jsonb(gone) FROM gone"
    )
    group = (await truth.rows(stack, "casework", "SELECT min(group_name) AS name FROM inbox"))[0]["name"]
    back = "INSERT INTO inbox SELECT (jsonb_populate_record(NULL::inbox, row)).* FROM planted ON CONFLICT DO NOTHING"
    async with _planted(stack, "casework", move.replace("'board'", f"'{group}'"), back):
        assert _kinds(await hearing.heard(stack, events), "has not handled 1 events") == {Kind.LOST}
    stranger = uuid4()
    add = f"INSERT INTO inbox VALUES ('{group}', '{stranger}', now())"
    async with _planted(stack, "casework", add, f"DELETE FROM inbox WHERE event_id = '{stranger}'"):
        assert _kinds(await hearing.heard(stack, events), "events that nobody told") == {Kind.DOUBLED}
        assert await hearing.heard(stack, events, {stranger}) == [], "but for those that a restored database undid"


async def _a_step_lost_and_one_that_nobody_recorded(stack: Stack, referral: str) -> None:
    lose = (
        f"WITH gone AS (DELETE FROM escalations WHERE id = (SELECT id FROM escalations WHERE referral_id = '{referral}'"
        " LIMIT 1) RETURNING *) INSERT INTO planted SELECT to_jsonb(gone) FROM gone"
    )
    back = "INSERT INTO escalations SELECT (jsonb_populate_record(NULL::escalations, row)).* FROM planted"
    async with _planted(stack, "referrals", lose, back):
        found = await ladder.escalations_once(stack)
        assert _kinds(found, "is not recorded") == {Kind.LOST}
        assert _kinds(found, "was told 1 times for 0") == {Kind.DOUBLED}
    once_more = (
        "INSERT INTO escalations SELECT"
        " (jsonb_populate_record(e, jsonb_build_object('id', %s::text, 'occurrence', 99))).*"
        f" FROM escalations e WHERE referral_id = '{referral}' LIMIT 1"
    )
    undo = "DELETE FROM escalations WHERE occurrence = 99"
    async with _planted(stack, "referrals", once_more, undo, str(uuid4())):
        found = await ladder.escalations_once(stack)
        assert _kinds(found, "did not settle") == {Kind.UNTRUE}
        assert _kinds(found, "nobody was told") == {Kind.LOST}


async def _a_task_that_is_gone(stack: Stack) -> None:
    change = "UPDATE task_lines SET source = {} WHERE source LIKE {}"
    hide = change.format("replace(source, 'escalation:', 'hidden:')", "'escalation:%'")
    back = change.format("replace(source, 'hidden:', 'escalation:')", "'hidden:%'")
    async with _planted(stack, "casework", hide, back):
        assert _kinds(await outcomes.tasks(stack), "is on no task") == {Kind.LOST}


async def _emails(stack: Stack) -> None:
    mail = next(iter(sorted(stack.folder.mail.glob("*.eml"))))
    copy, away = mail.with_name(f"again-{mail.name}"), mail.with_suffix(".away")
    copy.write_bytes(mail.read_bytes())
    try:
        assert _kinds(await outcomes.mails(stack), "left 2 times") == {Kind.DOUBLED}
    finally:
        copy.unlink()
    mail.rename(away)
    try:
        assert _kinds(await outcomes.mails(stack), "never left") == {Kind.LOST}
    finally:
        away.rename(mail)


async def _given_up(stack: Stack) -> None:
    letter = (
        "INSERT INTO dead_letters (id, group_name, message_key, subject, body, error, attempts, recorded_at)"
        " VALUES (%s, 'planted', 'planted', 'planted', '', 'Planted', 1, now())"
    )
    async with _planted(stack, "intake", letter, "DELETE FROM dead_letters WHERE group_name = 'planted'", uuid4()):
        assert _kinds(await hearing.rest(stack, looks=1), "a dead letter of planted") == {Kind.STUCK}


async def _not_running(scene: Setting, referral: str) -> None:
    client = await connect(scene.stack.settings())
    await client.get_workflow_handle(referral_workflow_id(referral)).terminate()
    assert await truth.not_running(scene.stack, [referral_workflow_id(referral)])
    # It is begun again from its row; what is compared afterwards is well.


async def _of_what_was_accepted(scene: Setting, someone: Person) -> None:
    team = (await truth.rows(scene.stack, "intake", "SELECT team_id FROM people WHERE id = %s", someone.person))[0]
    known = ledger.Ledger()
    for what, keys in {
        "people": [someone.person],
        "consents": [someone.consent],
        "contacts": someone.contacts,
        "cases": [someone.case],
        "plans": [someone.plan],
        "referrals": someone.referrals,
    }.items():
        for key in keys:
            known.add(what, key)

    async def compared() -> list[truth.Finding]:
        return await ledger.compared(known, scene.stack, team["team_id"])

    assert await compared() == []
    missing = known.add("contacts", str(uuid4()))
    known.tasks_done.add(missing)
    known.answers[someone.referrals[0], "accept"] += 1
    found = await compared()
    assert {each.kind for each in found} == {Kind.LOST} and len(found) == 3, json.dumps([str(each) for each in found])
    known.accepted["contacts"].clear()
    assert _kinds(await compared(), "intake.contacts") == {Kind.DOUBLED}


def test_what_is_owed_is_there_once() -> None:
    assert compare("x", ["a", "b"], ["b", "a"]) == []
    assert [str(found) for found in compare("x", ["a", "b"], ["a", "a"])] == ["lost: x b", "doubled: x a (2 for 1)"]
