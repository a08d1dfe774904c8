"""Bad input that no schema knows of. What is wrong with a body by its shape: tests/attacks."""

from typing import Any

import pytest

from tests.casework.world import World, until


@pytest.mark.parametrize("what", ["review", "resume"])
async def test_a_note_beside_a_decision_is_optional(running: World, what: str) -> None:
    plan = await running.plan()

    async def there() -> Any:
        return (await running.ok("GET", "/board"))["items"]

    await until(there)
    path = f"/plans/{plan['id']}/{what}"
    if what == "resume":
        await running.ok("POST", f"/plans/{plan['id']}/hold", {"kind": "away"})
    await running.refused(422, "POST", path, {"note": "x" * 4001})
    await running.refused(422, "POST", path, {"note": "\u0000\u2028"})
    await running.refused(404, "POST", path, teams=[running.other_team])
    await running.ok("POST", path)


async def test_whole_days_ahead_only(world: World) -> None:
    plan = await world.plan()
    world.services.temporal = object()  # type: ignore[assignment]  # never reached
    for until_at in ("2001-01-01T00:00:00Z", "tomorrow", "2030-01-01T00:00:00", 5):
        await world.refused(422, "POST", f"/plans/{plan['id']}/hold", {"kind": "away", "until": until_at})
