"""Names are joined to ids at display time, for those allowed to see them."""

from uuid import uuid4

from deploy.demo.setting import Setting
from tests.console.conftest import Home, caller


async def test_names_come_for_many_ids_at_once_and_only_for_ones_own_team(home: Home, scene: Setting) -> None:
    ours = [(await scene.worker.post("intake", "/people", {"alias": f"Synthetic {n}"}))["id"] for n in range(3)]
    elsewhere = uuid4()
    away_token = home.stack.token("worker", teams=[elsewhere], sub=str(uuid4()))
    stranger = caller(home, "worker", scene)
    stranger._token = lambda: away_token  # pyright: ignore[reportPrivateUsage]
    theirs = (await stranger.post("intake", "/people", {"alias": "Synthetic stranger"}))["id"]
    asked = {"ids": [*ours, theirs, str(uuid4())]}
    found = await scene.worker.post("intake", "/people/names", asked)
    assert {row["id"]: row["alias"] for row in found["items"]} == {one: f"Synthetic {n}" for n, one in enumerate(ours)}
    assert [row["id"] for row in (await stranger.post("intake", "/people/names", asked))["items"]] == [theirs]
