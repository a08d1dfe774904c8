"""Optimistic locking: 428 without If-Match, 412 when stale, the new ETag after."""

import asyncio

from .conftest import Shop


async def test_editing_needs_the_version_last_seen(shop: Shop) -> None:
    where = f"/cups/{(await shop.make())['id']}"
    read = await shop.http.get(where, headers=shop.headers())
    assert read.headers["etag"] == '"1"'
    for header, status in ((None, 428), ("*", 428), ('"0"', 412), ("1", 412), ('W/"1"', 412)):
        more = {} if header is None else {"If-Match": header}
        answer = await shop.http.patch(where, json={"label": "no"}, headers={**shop.headers(), **more})
        assert answer.status_code == status, header
    headers = {**shop.headers(), "If-Match": '"1"'}
    done = await shop.http.patch(where, json={"label": "yes"}, headers=headers)
    assert (done.status_code, done.headers["etag"], done.json()["label"]) == (200, '"2"', "yes")
    assert (await shop.http.patch(where, json={"label": "no"}, headers=headers)).status_code == 412


async def test_of_two_editors_one_wins(shop: Shop) -> None:
    where = f"/cups/{(await shop.make())['id']}"
    headers = {**shop.headers(), "If-Match": '"1"'}
    answers = await asyncio.gather(
        *(shop.http.patch(where, json={"label": f"n{i}"}, headers=headers) for i in range(8))
    )
    assert sorted(a.status_code for a in answers) == [200] + [412] * 7
