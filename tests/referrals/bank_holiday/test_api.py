"""Bank holidays over the API: who adds one, what is refused, two at once, and what a change would move."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from shared import clock
from shared.db.session import Database
from shared.ids import new_id
from shared.practice.calendar import built_in, is_working_day, local_day, working_days_after
from tests.referrals.conftest import Api

AsRole = Callable[..., Api]
SOURCE = "proclamation of the Privy Council"


def working_day(n: int) -> date:
    return working_days_after(local_day(clock.now()), n)


def past_working_day(days: int) -> date:
    day = local_day(clock.now()) - timedelta(days=days)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def last_monday(year: int, month: int) -> date:
    """The summer bank holiday, in August."""
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=last.weekday())


def coming(weekday: int) -> date:
    today = local_day(clock.now())
    return today + timedelta(days=7 - today.weekday() + weekday)


@pytest.fixture
def admin(as_role: AsRole, db: Database) -> Api:
    return as_role("admin", sub="admin-1")


async def added(admin: Api, day: date, **more: Any) -> dict[str, Any]:
    body = {"day": day.isoformat(), "name": "Day of mourning", "source": SOURCE, **more}
    answer = await admin.post("/bank-holidays", **body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_the_list_has_what_is_built_in_and_what_was_added_with_who_when_and_source(
    admin: Api, as_role: AsRole
) -> None:
    day, today = working_day(3), local_day(clock.now())
    made = await added(admin, day)
    assert made["added_by"] == "admin-1" and made["may_remove"] and not made["built_in"]
    rows = (await as_role("worker").get("/bank-holidays")).json()
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
    known = {**built_in(today.year), **built_in(today.year + 1)}
    assert {row["day"]: row["name"] for row in rows if row["built_in"]} == {d.isoformat(): n for d, n in known.items()}
    [mine] = [row for row in rows if not row["built_in"]]
    assert (mine["day"], mine["name"], mine["source"]) == (day.isoformat(), "Day of mourning", SOURCE)
    gone = (await admin.post(f"/bank-holidays/{made['id']}/removal")).json()
    assert gone["removed_by"] == "admin-1" and gone["removed_at"] and not gone["may_remove"]
    [mine] = [row for row in (await admin.get("/bank-holidays")).json() if not row["built_in"]]
    assert mine["removed_by"] == "admin-1", "what was taken back stays in the list"
    # The same day again: a row of its own.
    again = await added(admin, day)
    assert again["id"] != made["id"]


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        (lambda: last_monday(local_day(clock.now()).year + 1, 8), "built_in"),
        (lambda: coming(5), "weekend"),
        (lambda: coming(6), "weekend"),
        (lambda: past_working_day(32), "too_long_ago"),
        (lambda: local_day(clock.now()) + timedelta(days=732), "too_far"),
    ],
)
async def test_a_day_that_cannot_be_one_is_refused_with_the_reason(
    admin: Api, day: Callable[[], date], rule: str
) -> None:
    body = {"day": day().isoformat(), "name": "A day", "source": SOURCE}
    refused = await admin.post("/bank-holidays", **body)
    assert refused.status_code == 422
    [wrong] = refused.json()["errors"]
    assert (wrong["field"], wrong["rule"]) == ("day", rule)
    said = (await admin.get("/bank-holidays/effect", day=day().isoformat())).json()
    assert said["why_not"] == rule and said["why_not_words"] == wrong["message"]


@pytest.mark.parametrize("missing", ["day", "name", "source"])
@pytest.mark.parametrize("blank", [True, False])
async def test_nothing_is_added_without_its_source(admin: Api, missing: str, blank: bool) -> None:
    body = {"day": working_day(3).isoformat(), "name": "A day", "source": SOURCE}
    body = {**body, missing: "  "} if blank else {name: value for name, value in body.items() if name != missing}
    refused = await admin.post("/bank-holidays", **body)
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == missing


async def test_a_day_that_has_just_passed_and_today_can_be_added(admin: Api) -> None:
    for day in (past_working_day(25), working_day(0)):
        await added(admin, day)


async def test_two_administrators_at_once_add_it_once(admin: Api, as_role: AsRole) -> None:
    other, day = as_role("admin", sub="admin-2"), working_day(5).isoformat()
    body = {"day": day, "name": "A day", "source": SOURCE}
    answers = await asyncio.gather(*(each.post("/bank-holidays", **body) for each in (admin, other) * 2))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert {each.json()["rule"] for each in answers if each.status_code == 409} == {"already_added"}
    [made] = [each.json() for each in answers if each.status_code == 201]
    path = f"/bank-holidays/{made['id']}/removal"
    answers = await asyncio.gather(*(each.post(path) for each in (admin, other)))
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert {each.json()["rule"] for each in answers if each.status_code == 409} == {"removed"}


async def test_the_same_request_again_adds_nothing(admin: Api) -> None:
    body, key = {"day": working_day(4).isoformat(), "name": "A day", "source": SOURCE}, str(new_id())
    one, two = await admin.post("/bank-holidays", body, key=key), await admin.post("/bank-holidays", body, key=key)
    assert (one.status_code, one.json()) == (two.status_code, two.json())


async def test_an_administrator_alone_changes_them(admin: Api, as_role: AsRole) -> None:
    body = {"day": working_day(4).isoformat(), "name": "A day", "source": SOURCE}
    made = await added(admin, working_day(3))
    for role in ("worker", "supervisor", "guardian", "clinician", "commissioner", "system"):
        assert (await as_role(role).post("/bank-holidays", **body)).status_code == 403
        assert (await as_role(role).post(f"/bank-holidays/{made['id']}/removal")).status_code == 403
    assert (await admin.post(f"/bank-holidays/{new_id()}/removal")).status_code == 404


async def test_the_ladder_ahead_and_the_example_know_the_day_at_once(admin: Api, as_role: AsRole) -> None:
    supervisor = as_role("supervisor")
    before = (await supervisor.get("/clocks/any.sent/example")).json()
    day = date.fromisoformat(before["opened_at"][:10]) + timedelta(days=1)
    if not is_working_day(day):
        day = working_days_after(day, 0)
    ahead = (await supervisor.get("/clocks/ahead", pathway="any", sent_at=before["opened_at"])).json()
    await added(admin, day)
    after = (await supervisor.get("/clocks/any.sent/example")).json()
    assert day.isoformat() in after["bank_holidays"] and after["deadline"] > before["deadline"]
    later = (await supervisor.get("/clocks/ahead", pathway="any", sent_at=before["opened_at"])).json()
    assert [step["at"] for step in later["steps"]] != [step["at"] for step in ahead["steps"]]
