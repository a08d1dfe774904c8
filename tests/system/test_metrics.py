"""`/metrics` of a real stack: what the alerts ask for is there, it agrees with status, and it names nobody."""

import re
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from deploy.demo.setting import Setting
from deploy.stack import MEMBERS, SERVICES, WORKER
from deploy.status.report import collect
from tests.monitoring import ADDED, ITS_OWN, queries, selectors
from tests.scrape import Series, scraped, value
from tests.system.conftest import Home, MakeScene
from tests.system.engines import without
from tests.system.work import command, meet, refer, register_person, shown, until

OURS = (*MEMBERS, WORKER)
Scrapes = dict[str, list[Series]]


async def everything(home: Home) -> Scrapes:
    """Scrape every process, once each is ready and knows all its figures."""

    async def known() -> Scrapes | None:
        found = {name: await scraped(home.ports.metrics(name)) for name in OURS}
        wanted = ("alongside_collected", "alongside_ready")
        all_well = all(one.value for each in found.values() for one in each if one.name in wanted)
        return found if all_well else None

    return await until(known, "every figure is known")


async def test_what_the_alerts_and_the_dashboard_ask_for_is_said(home: Home, make_scene: MakeScene) -> None:
    alias, team = "Synthetic Quetzalcoatl", uuid4()
    scene = await make_scene(team)
    person = await register_person(scene, alias=alias)
    await meet(scene, person)
    referral = await refer(scene, person)
    await command(scene, referral, "escalate_now")
    await shown(scene, referral, level=1)
    await scene.journey.settle()
    found = await everything(home)
    said: dict[str, list[Series]] = {}
    for each in found.values():
        for one in each:
            said.setdefault(one.name, []).append(one)

    wrong: list[str] = []
    for where, query in queries().items():
        for asked in selectors(query):
            there = said.get(asked.name, [])
            if asked.name not in ITS_OWN and not there:
                wrong.append(f"{where}: nothing says {asked.name}")
            elif there and (missing := asked.labels - ADDED - {*there[0].labels}):
                wrong.append(f"{where}: {asked.name} has no label {missing}")
            equal = {name: text for name, text in asked.equal if name not in ADDED}
            if there and not any(equal.items() <= one.labels.items() for one in there):
                wrong.append(f"{where}: no {asked.name} has {equal}")
    assert not wrong, "\n".join(wrong)

    # Codes of ours alone: no id, no name, no team, no address.
    texts = {text for each in found.values() for one in each for text in one.labels.values()}
    ids = {str(id) for id in (team, person.person, person.case, person.plan, referral)}
    assert not texts & ids and not any(re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|@", text) for text in texts)
    assert not any("quetzalcoatl" in text.lower() for text in texts)
    assert {"{person_id}"} <= {part for text in texts for part in text.split("/")}, "routes are templates"

    assert (value(found["intake"], "alongside_permits_total", answer="granted") or 0) >= 1
    assert (value(found["casework"], "alongside_board_delay_seconds_count", kind="referral") or 0) >= 1
    assert any(one.name.startswith("temporal_") for one in found["worker"])


async def test_it_says_the_same_as_status(home: Home, scene: Setting) -> None:
    """Also of what waits: an email that has not left, a message that nobody could handle."""
    await refer(scene, await register_person(scene))
    await scene.journey.settle()
    letter = uuid4()
    server = await psycopg.AsyncConnection.connect(**home.stack.superuser("intake"), autocommit=True)  # type: ignore[arg-type]
    async with server:
        await server.execute(_LETTER, [letter, str(letter)])
        try:
            report = await collect(home.stack.folder)
            expected = of_report(report)
            assert report["dead_letters"]["intake"] == 1 and report["plans_open"] and report["referrals_open"]

            async def agreed() -> bool | None:  # a figure is good for some seconds, so the oldest of them may be older
                return True if of_scrapes(await everything(home)) == expected else None

            await until(agreed, "metrics say what status says")
        finally:
            await server.execute("DELETE FROM dead_letters WHERE id = %s", [letter])


def of_report(report: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "plans": report["plans_open"],
        "referrals": report["referrals_open"],
        "tasks": report["tasks_too_long"]["count"],
        "emails": report["emails_not_left"]["count"],
        "unread": report["mails"]["unread"],
    }
    for name in SERVICES:
        lag = {
            key.partition("@")[0]: count
            for key, count in report["consumer_lag"].items()
            if key.endswith(f"@{name.upper()}")
        }
        box = report["outbox"][name]
        found[name] = (
            report["dead_letters"][name], report["relay_leads"][name], box["to_publish"], box["to_dispatch"],
            report["engine_backlog"][name]["count"], lag,
        )  # fmt: skip
    return found


def of_scrapes(scrapes: Scrapes) -> dict[str, Any]:
    casework, referrals = scrapes["casework"], scrapes["referrals"]
    found: dict[str, Any] = {
        "plans": value(casework, "alongside_open_rows", kind="plan"),
        "referrals": value(referrals, "alongside_open_rows", kind="referral"),
        "tasks": value(casework, "alongside_tasks_too_long"),
        "emails": value(referrals, "alongside_emails_not_left"),
        "unread": value(referrals, "alongside_mails_waiting", state="unread"),
    }
    for name in SERVICES:
        says = scrapes[name]
        found[name] = (
            value(says, "alongside_dead_letters"), value(says, "alongside_relay_leads"),
            value(says, "alongside_outbox_waiting", to="publish"),
            value(says, "alongside_outbox_waiting", to="dispatch"),
            value(says, "alongside_engine_backlog", queue=name),
            {one.labels["durable"]: one.value for one in says if one.name == "alongside_consumer_waiting"},
        )  # fmt: skip
    return found


async def test_it_is_served_on_a_port_of_its_own_alone(home: Home) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for name in OURS:
            answer = await client.get(f"http://127.0.0.1:{getattr(home.ports, name)}/metrics")
            assert answer.status_code != 200 and "alongside_" not in answer.text, name


async def test_an_engine_that_is_away_is_said_and_takes_no_other_figure_along(home: Home) -> None:
    async def gone() -> list[Series] | None:
        found = await scraped(home.ports.metrics("casework"))
        known = value(found, "alongside_collected", reading="engine_backlog")
        return found if known == 0 and value(found, "alongside_missing", dependency="temporal") else None

    async with without(home.stack, "temporal"):
        found = await until(gone, "casework misses the engine, and does not know its backlog")
        assert value(found, "alongside_missing", dependency="database") == value(found, "alongside_ready") == 0
        assert value(found, "alongside_engine_backlog", queue="casework") is None, "absent, never 0"
        assert value(found, "alongside_outbox_waiting", to="publish") is not None
        assert value(found, "alongside_dead_letters") == 0
    await everything(home)


_LETTER = """
INSERT INTO dead_letters (id, group_name, message_key, subject, body, error, attempts, recorded_at)
VALUES (%s, 'synthetic', %s, 'alongside.intake.synthetic', '', 'synthetic', 8, now())
"""
