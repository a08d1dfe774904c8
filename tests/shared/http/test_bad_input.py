"""422: names the field and the rule, never echoes what was sent, writes nothing."""

import json
from typing import Any

import pytest

from .conftest import Shop

SECRET = "zq-canary-81"

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "label", "missing"),
    ({"label": None}, "label", "string_type"),
    ({"label": 7}, "label", "string_type"),
    ({"label": [SECRET]}, "label", "string_type"),
    ({"label": ""}, "label", "text_blank"),
    ({"label": SECRET * 20}, "label", "text_too_long"),
    ({"label": SECRET + "\u3164"}, "label", "text_invisible"),
    ({"label": SECRET + "\u202e"}, "label", "text_invisible"),
    ({"label": "\x00\ud800\ufffe"}, "label", "text_blank"),
    ({"label": "a", "kind": SECRET}, "kind", "enum"),
    ({"label": "a", "note": "shout " + SECRET}, "note", "value_error"),
    ({"label": "a", "due": SECRET}, "due", "datetime_from_date_parsing"),
    ({"label": "a", "due": "2026-03-02T09:00:00"}, "due", "timezone_aware"),
    ({"label": "a", "due": 1772442000}, "due", "wrong_type"),
    ({"label": "a", "due": "0001-01-01T00:00:00+23:00"}, "due", "instant_out_of_range"),
    ({"label": "a", "owner": SECRET}, "owner", "uuid_parsing"),
    ({"label": "a", "count": "3"}, "count", "wrong_type"),
    ({"label": "a", "count": True}, "count", "wrong_type"),
    ({"label": "a", "count": 1.5}, "count", "int_from_float"),
    ({"label": "a", "hot": 1}, "hot", "wrong_type"),
    ({"label": "a", "hot": "yes"}, "hot", "wrong_type"),
    ({"label": "a", "handles": [{"side": "tea"}, {"side": SECRET}]}, "handles.1.side", "enum"),
    ({"label": "a", "handles": [{"side": "tea", "width": 10}]}, "handles.0.width", "less_than_equal"),
    ({"label": "a", "handles": SECRET}, "handles", "list_type"),
    ({"label": "a", "names": {SECRET: "many"}}, "names", "int_parsing"),
    ({"label": "a", SECRET: 1}, "body", "unknown_field"),
    ({"label": "a", "handles": [{"side": "tea", SECRET: 1}]}, "handles.0", "unknown_field"),
]


@pytest.mark.parametrize(("sent", "field", "rule"), CASES, ids=[f"{c[1]}-{c[2]}-{i}" for i, c in enumerate(CASES)])
async def test_wrong_bodies(shop: Shop, sent: dict[str, Any], field: str, rule: str) -> None:
    headers = {**shop.keyed(), "Content-Type": "application/json"}
    answer = await shop.http.post("/cups", content=json.dumps(sent).encode(), headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert [(e["field"], e["rule"]) for e in body["errors"]] == [(field, rule)]
    assert all(e["message"] for e in body["errors"])
    assert SECRET not in answer.text and "{" not in body["errors"][0]["message"]
    assert await shop.count() == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"label": zq-canary-81}', b"\xff\xfe", b"[" * 200_000, b'{"label": ' + b"1" * 10_000 + b"}", b"null"],
)
async def test_bodies_that_are_not_what_they_say(shop: Shop, content: bytes) -> None:
    headers = {**shop.keyed(), "Content-Type": "application/json"}
    answer = await shop.http.post("/cups", content=content, headers=headers)
    assert answer.status_code == 422, answer.text
    assert SECRET not in answer.text
    assert await shop.count() == 0


async def test_not_a_number_is_refused(shop: Shop) -> None:
    headers = {**shop.keyed(), "Content-Type": "application/json"}
    answer = await shop.http.post("/cups", content=b'{"label": "a", "count": NaN}', headers=headers)
    assert answer.status_code == 422, answer.text


async def test_wrong_path_and_query_name_their_parameter(shop: Shop) -> None:
    for where, field in ((f"/cups/{SECRET}", "cup_id"), ("/cups?limit=0", "limit"), (f"/cups?limit={SECRET}", "limit")):
        answer = await shop.http.get(where, headers=shop.headers())
        assert answer.status_code == 422 and SECRET not in answer.text
        assert [e["field"] for e in answer.json()["errors"]] == [field]


async def test_nul_in_a_query_is_no_server_error(shop: Shop) -> None:
    answer = await shop.http.get("/cups?cursor=%00&sort=%00", headers=shop.headers())
    assert answer.status_code == 422


async def test_markup_is_kept_as_it_was_written(shop: Shop) -> None:
    assert (await shop.make("<b>tea</b>"))["label"] == "<b>tea</b>"


async def test_many_errors_are_cut(shop: Shop) -> None:
    sent = {"label": "a", "handles": [{"side": "x"}] * 500}
    answer = await shop.http.post("/cups", json=sent, headers=shop.keyed())
    assert len(answer.json()["errors"]) == 20
