"""What every answer carries, and what the log says of a request."""

import json
import logging
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared import log
from shared.metrics.gathering import Gatherer
from tests.scrape import Series, series, value

from .conftest import Shop

ALWAYS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


async def test_security_headers_are_on_every_answer(shop: Shop) -> None:
    answers = [
        await shop.http.get("/cups", headers=shop.headers()),
        await shop.http.get("/cups"),
        await shop.http.get("/nothing"),
        await shop.http.post("/cups/bug", headers=shop.headers()),
        await shop.http.get("/healthz"),
        await shop.http.get("/openapi.json"),
    ]
    assert [a.status_code for a in answers] == [200, 401, 404, 500, 200, 200]
    for answer in answers:
        assert ALWAYS.items() <= dict(answer.headers).items()
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        UUID(answer.headers["x-correlation-id"])


async def test_the_correlation_id_is_the_clients_when_it_is_a_uuid(shop: Shop) -> None:
    mine = str(uuid4())
    answer = await shop.http.get("/cups", headers={"X-Correlation-Id": mine})
    assert answer.headers["x-correlation-id"] == answer.json()["correlation_id"] == mine
    for bad in ("Ann Example", "x" * 200, mine + "0", "../../etc"):
        answer = await shop.http.get("/cups", headers={"X-Correlation-Id": bad})
        assert answer.headers["x-correlation-id"] not in ("", bad)


@pytest.fixture
def lines(capsys: Any) -> Any:
    log.configure("referrals", "INFO")
    logging.getLogger().setLevel(logging.WARNING)

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]

    return read


async def test_the_log_names_the_route_and_nothing_that_was_sent(shop: Shop, lines: Any) -> None:
    secret = "zq-canary-83"
    cup = await shop.make(secret)
    await shop.http.get(f"/cups/{cup['id']}?q={secret}", headers=shop.headers())
    await shop.http.get(f"/cups/{secret}", headers=shop.headers())
    await shop.http.get(f"/{secret}")
    await shop.http.post("/cups/bug", headers=shop.headers())
    found = lines()
    requests = [line for line in found if line["event"] == "request"]
    assert [(r["route"], r["status"]) for r in requests] == [
        ("/cups", 201), ("/cups/{cup_id}", 200), ("/cups/{cup_id}", 422), ("none", 404), ("/cups/bug", 500),
    ]  # fmt: skip
    assert requests[0]["user_id"] == "worker-1" and requests[0]["role"] == "worker" and requests[0]["correlation_id"]
    text = json.dumps(found)
    assert secret not in text and cup["id"] not in text and "secret-in-an-exception" not in text
    broken = next(line for line in found if line["event"] == "unhandled error")
    assert broken["error_type"] == "RuntimeError" and "cups.py" in broken["where"]


async def test_a_request_is_counted_by_its_route_and_by_nothing_that_was_sent(shop: Shop) -> None:
    secret = "zq-canary-84"

    async def counts() -> list[Series]:
        return series((await Gatherer([]).text()).decode())

    def count(found: list[Series], route: str, method: str, code: int) -> float:
        return value(found, "alongside_requests_total", route=route, method=method, code=str(code)) or 0

    rows = [
        ("GET", f"/cups/{secret}?q={secret}", "/cups/{cup_id}", "GET", 422),
        ("GET", f"/{secret}", "none", "GET", 404),
        ("POST", "/cups/bug", "/cups/bug", "POST", 500),
        (secret.upper(), "/cups", "/cups", "other", 405),
        (secret.upper() + "2", "/cups", "/cups", "other", 405),
    ]
    before = await counts()
    for method, path, *_ in rows:
        await shop.http.request(method, path, headers=shop.headers())
    after = await counts()
    for _, _, route, method, code in rows:
        times = sum(row[2:] == (route, method, code) for row in rows)
        assert count(after, route, method, code) - count(before, route, method, code) == times
    assert (value(after, "alongside_request_seconds_count", route="none", method="GET") or 0) >= 1
    assert not [one for one in after if secret in str(one.labels).lower()]
