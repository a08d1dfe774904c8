"""Counted, not recorded: no person, worker, day or place stays anywhere."""

import json
from uuid import UUID, uuid4

import pytest

from shared import clock, log
from tests.intake.world import World

KINDS = ("without_papers", "building_without_permission")


async def counted(world: World) -> dict[str, int]:
    """What is kept of the world's own team."""
    rows = await world.rows(f"SELECT kind, count FROM yearly_counts WHERE team_id = '{world.team}'")
    return {kind: count for kind, count in rows}


async def a_year_later(world: World) -> None:
    """As if all that is counted had been counted last year."""
    await world.rows("UPDATE yearly_counts SET year = year - 1 RETURNING 1")


async def test_one_more_for_the_team_and_the_year(world: World) -> None:
    for _ in range(3):
        assert await world.ok("POST", "/counts", {"kind": KINDS[0]}, status=201) == {"counted": True}
    await world.ok("POST", "/counts", {"kind": KINDS[1]}, role="clinician")
    await world.ok("POST", "/counts", {"kind": KINDS[1]}, teams=[world.other_team])
    assert await counted(world) == {KINDS[0]: 3, KINDS[1]: 1}


async def test_the_same_key_counts_once_whoever_sends_it(world: World) -> None:
    key = str(uuid4())
    for role in ("worker", "worker", "supervisor"):
        await world.ok("POST", "/counts", {"kind": KINDS[0]}, key=key, role=role)
    assert await counted(world) == {KINDS[0]: 1}
    again = await world.refused(422, "POST", "/counts", {"kind": KINDS[1]}, key=key)
    assert again["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize("role", ["supervisor", "guardian", "commissioner"])
async def test_the_running_year_is_shown_to_nobody_and_a_closed_one_rounded(world: World, role: str) -> None:
    for _ in range(12):
        await world.ok("POST", "/counts", {"kind": KINDS[0]})
        await world.ok("POST", "/counts", {"kind": KINDS[1]}, teams=[world.other_team])
        assert (await world.ok("GET", "/counts", role=role))["items"] == []
    await world.ok("POST", "/counts", {"kind": KINDS[1]})
    await a_year_later(world)
    shown = (await world.ok("GET", "/counts", role=role))["items"]
    assert {row["kind"]: row["count"] for row in shown} == {KINDS[0]: 10, KINDS[1]: None}
    year = clock.local_date(clock.now()).year - 1
    assert all(row["year"] == year and row["team_id"] == str(world.team) for row in shown)
    await world.refused(403, "GET", "/counts", role="worker")


async def test_nothing_tells_who_or_when(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("intake", "INFO")
    await world.ok("POST", "/counts", {"kind": KINDS[0]})
    await world.ok("GET", "/counts", role="supervisor")
    await world.ok("GET", "/people")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    routes = [line.get("route") for line in lines if line.get("event") == "request"]
    assert "/people" in routes and "/counts" not in routes
    columns = await world.rows("SELECT column_name FROM information_schema.columns WHERE table_name = 'yearly_counts'")
    assert {name for (name,) in columns} == {"team_id", "year", "kind", "count"}
    [(day, hour)] = await world.rows("SELECT extract(isodow FROM recorded_at), recorded_at::time FROM idempotency_keys")
    assert int(day) == 1 and str(hour) == "00:00:00"
    assert await world.rows("SELECT 1 FROM outbox") == []
    # Two people who count with two keys leave rows that differ in nothing but what was random.
    before = {UUID(row[0]) for row in await world.rows("SELECT key FROM idempotency_keys")}
    await world.ok("POST", "/counts", {"kind": KINDS[0]}, role="guardian")
    scopes = await world.rows("SELECT scope, recorded_at FROM idempotency_keys")
    assert len(before) == 1 and len(set(scopes)) == 1
