"""Pages: every row once, in order, also with ties and nulls; a cursor that is not ours is refused."""

import pytest
from sqlalchemy import text

from shared.context import Actor
from shared.ids import new_id

from .conftest import Shop
from .cups import Cup


async def _fill(shop: Shop) -> None:
    async with shop.services.work.transaction(Actor.service("test")) as session:
        for i in range(23):
            cup = Cup(team_id=shop.team, label=f"l{i % 4}")
            session.add(cup)
            await session.flush()
            if i % 3:
                await session.execute(
                    text(
                        "UPDATE cups SET due = timestamptz '2026-03-02 09:00Z' + :i * interval '1 hour' WHERE id = :id"
                    ),
                    {"i": i % 5, "id": cup.id},
                )
        session.add(Cup(team_id=new_id(), label="l0"))


async def _all(shop: Shop, sort: str, limit: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    cursor = ""
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        answer = await shop.http.get(f"/cups?sort={sort}&limit={limit}{more}", headers=shop.headers())
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("sort", ["label", "due", "-due"])
@pytest.mark.parametrize("limit", [1, 4, 23, 200])
async def test_every_row_once_and_in_order(shop: Shop, sort: str, limit: int) -> None:
    await _fill(shop)
    paged, whole = await _all(shop, sort, limit), await _all(shop, sort, 200)
    assert paged == whole and len({row["id"] for row in whole}) == len(whole) == 23
    if sort == "label":
        assert [row["label"] for row in whole] == sorted(str(row["label"]) for row in whole)
    else:
        due = [str(row["due"]) for row in whole if row["due"] is not None]
        assert due == sorted(due, reverse=sort == "-due")
        assert [row["due"] for row in whole[len(due) :]] == [None] * (23 - len(due))


async def test_a_cursor_that_is_not_ours_is_refused_by_name(shop: Shop) -> None:
    await _fill(shop)
    good = (await shop.http.get("/cups?limit=2", headers=shop.headers())).json()["next_cursor"]
    flipped = good[:-1] + ("A" if good[-1] != "A" else "B")
    for bad, sort in (("x", "label"), ("....", "label"), (flipped, "label"), (good, "due"), (good + "AAAA", "label")):
        answer = await shop.http.get(f"/cups?cursor={bad}&sort={sort}", headers=shop.headers())
        assert answer.status_code == 422, bad
        assert [(e["field"], e["rule"]) for e in answer.json()["errors"]] == [("cursor", "cursor")]


async def test_a_page_never_shows_another_team(shop: Shop) -> None:
    await _fill(shop)
    assert {row["team_id"] for row in await _all(shop, "label", 5)} == {str(shop.team)}
