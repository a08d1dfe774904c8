"""An address or a number changes with two people, keeps its history, and no feed changes it alone."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.referrals.directory.contact import contact_of
from services.referrals.directory.models import AgencyService, directory_id
from services.referrals.directory.rules import (
    is_known_status,
    may_confirm,
    may_propose,
    same_name,
    shut_because,
    status_as_said,
)
from services.referrals.message.models import Message, MessageItem
from services.referrals.message.words import Kind, Status
from shared.context import Actor
from shared.db.session import Database
from shared.events.envelope import opened
from shared.events.referrals import ServiceShut
from shared.ids import new_id
from tests.referrals.conftest import Api, Place
from tests.referrals.directory.test_importing import bring, given, shown
from tests.referrals.place import TOLD
from tests.referrals.stories import Story
from tests.referrals.world import mailed

SYSTEM = Actor.service("referrals")
AsRole = Callable[..., Api]
OLD, NEW = "team@agency.example", "right@agency.example"


async def written_to(db: Database, service_id: UUID) -> tuple[str | None, str | None]:
    async with db.transaction(SYSTEM) as session:
        found = await contact_of(session, service_id)
        return found.email, found.phone


async def propose(api: Api, service_id: UUID, **points: Any) -> Any:
    made = await api.post(f"/services/{service_id}/contact-changes", points)
    assert made.status_code == 201, made.text
    return made.json()["items"][0]


async def confirm(api: Api, change: Any, yes: bool = True) -> int:
    return (await api.post(f"/contact-changes/{change['id']}/decision", confirm=yes)).status_code


async def test_two_people_change_an_address_and_a_fresh_link_goes_there(
    db: Database, api: Api, as_role: AsRole, place: Place, worker: Actor, activities: Any
) -> None:
    story = await Story(db, activities, worker, place).sent()
    message_id = await mailed(story)
    async with db.transaction(SYSTEM) as session:
        first = await session.get_one(Message, message_id)
        first.address = OLD
    change = await propose(api, place.service_id, email=NEW)
    assert (change["state"], change["was"], change["may_confirm"]) == ("proposed", None, False)
    assert await confirm(api, change) == 409, "not by the same person"
    stranger = as_role("supervisor", sub="s-elsewhere", teams=[new_id()])
    assert await confirm(stranger, change) == 409, "not by a team without referrals there"
    assert (await stranger.post(f"/services/{place.service_id}/contact-changes", email=NEW)).status_code == 409
    assert await written_to(db, place.service_id) == (OLD, None)
    assert await confirm(as_role("worker", sub="worker-2"), change) == 200
    assert await confirm(as_role("worker", sub="worker-3"), change) == 409, "once"
    assert await written_to(db, place.service_id) == (NEW, None)
    async with db.transaction(SYSTEM) as session:
        items = (await session.scalars(select(MessageItem).where(MessageItem.message_id == message_id))).all()
        fresh = (await session.scalars(select(Message).where(Message.kind == Kind.FRESH_LINK))).all()
    assert all(item.revoked_at for item in items) and [each.status for each in fresh] == [Status.WAITING]
    kept = (await api.get(f"/services/{place.service_id}/contact-changes")).json()["items"]
    assert [(each["state"], each["proposed_by"], each["decided_by"]) for each in kept] == [
        ("confirmed", "worker-1", "worker-2")
    ]


@pytest.mark.parametrize("yes", [True, False])
async def test_what_was_proposed_together_is_decided_by_one_act(
    db: Database, api: Api, as_role: AsRole, place: Place, yes: bool
) -> None:
    await propose(api, place.service_id, email=NEW, phone="020 7946 0001")
    other = as_role("worker", sub="worker-2")
    both = (await other.get("/contact-changes")).json()["items"]
    assert len(both) == 2 and len({(each["proposed_by"], each["proposed_at"]) for each in both}) == 1
    assert [await confirm(api, each) for each in both] == [409, 409], "neither by who proposed them"
    # The second press finds what the first has done, and says the same.
    assert [await confirm(other, each, yes) for each in both] == [200, 200]
    assert await confirm(other, both[0], not yes) == 409
    assert await confirm(as_role("worker", sub="worker-3"), both[1], yes) == 409
    assert (await written_to(db, place.service_id))[0] == (NEW if yes else OLD)
    kept = (await api.get(f"/services/{place.service_id}/contact-changes")).json()["items"]
    assert {each["decided_at"] for each in kept} == {kept[0]["decided_at"]}
    assert {each["state"] for each in kept} == {"confirmed" if yes else "refused"}


async def told(db: Database, kind: str) -> list[Any]:
    """What was told of changes, by the last part of its name, in order."""
    query = text("SELECT body FROM outbox WHERE subject = :subject ORDER BY id")
    async with db.transaction(SYSTEM) as session:
        bodies = await session.scalars(query, {"subject": f"alongside.referrals.contact.{kind}"})
        return [opened(body)[1] for body in bodies]


async def test_who_may_confirm_is_asked_once_and_told_when_it_waits_no_more(
    db: Database, api: Api, as_role: AsRole, place: Place, worker: Actor, activities: Any
) -> None:
    await propose(api, place.service_id, phone="020 7946 0009")
    assert await told(db, "proposed") == [], "nobody has referrals there"
    await Story(db, activities, worker, place).sent()
    await propose(api, place.service_id, email=NEW, phone="020 7946 0001")
    await propose(api, place.service_id, email=NEW, phone="020 7946 0001")
    [asked] = await told(db, "proposed")
    assert asked["team_id"] == str(worker.teams[0]) and NEW not in str(asked)
    waiting = (await api.get("/contact-changes")).json()["items"]
    assert asked["change_id"] in {each["id"] for each in waiting}
    before = len(await told(db, "decided"))
    assert await confirm(as_role("worker", sub="worker-2"), waiting[0]) == 200
    [*_, decided] = await told(db, "decided")
    assert len(await told(db, "decided")) == before + 1
    assert (decided["change_id"], decided["team_ids"]) == (asked["change_id"], [asked["team_id"]])
    # Another change in its place asks anew, and the first waits for nobody.
    await propose(api, place.service_id, email="third@agency.example")
    await propose(api, place.service_id, email="fourth@agency.example")
    assert len(await told(db, "proposed")) == 3 and len(await told(db, "decided")) == before + 2


async def test_all_of_it_or_nothing_and_what_was_proposed_apart_stays_apart(
    db: Database, api: Api, as_role: AsRole, place: Place
) -> None:
    await propose(api, place.service_id, email=NEW, phone="020 7946 0001")
    later = await propose(api, place.service_id, phone="020 7946 0002")
    other = as_role("worker", sub="worker-2")
    async with db.transaction(SYSTEM) as session:
        service = await session.get_one(AgencyService, place.service_id)
        service.phone = "020 7946 0003"
    [email] = [each for each in (await other.get("/contact-changes")).json()["items"] if each["field"] == "email"]
    assert await confirm(other, email) == 200
    assert (await api.get("/contact-changes")).json()["items"][0]["id"] == later["id"], "it waits for itself"
    assert await confirm(other, later) == 409, "the number was changed meanwhile"


async def test_the_old_ways_to_change_an_address_only_propose(
    db: Database, api: Api, as_role: AsRole, place: Place
) -> None:
    boss = as_role("supervisor", sub="boss")
    seen = await boss.get(f"/agencies/{place.agency_id}")
    headers = {**boss.headers, "If-Match": seen.headers["ETag"]}
    done = await boss.client.patch(
        f"/agencies/{place.agency_id}", json={"email": "evil@x.invalid", "secure_mailbox": True}, headers=headers
    )
    assert done.status_code == 200 and (done.json()["email"], done.json()["secure_mailbox"]) == (OLD, False)
    assert await written_to(db, place.service_id) == (OLD, None)
    waiting = (await api.get("/contact-changes")).json()["items"]
    assert {each["field"]: each["value"] for each in waiting} == {"email": "evil@x.invalid", "secure_mailbox": "true"}


async def test_a_feed_sets_a_first_value_and_proposes_every_other(db: Database, api: Api) -> None:
    service_id = directory_id("service", "test", "s1")
    await bring(db, given({"id": "s1", "name": "Clinic"}))
    first = await bring(db, given({"id": "s1", "name": "Clinic", "email": "desk@x.invalid"}))
    assert first.proposed == [] and await written_to(db, service_id) == ("desk@x.invalid", None)
    changed = await bring(db, given({"id": "s1", "name": "Clinic", "email": "evil@x.invalid", "description": "New"}))
    assert changed.proposed == ["service Clinic: email"] and changed.changed == {"service": 1}
    again = await bring(db, given({"id": "s1", "name": "Clinic", "email": "evil@x.invalid"}))
    assert again.proposed == ["service Clinic: email"]
    [change] = (await api.get(f"/services/{service_id}/contact-changes")).json()["items"]
    assert change["proposed_by"] == "import:test" and await written_to(db, service_id) == ("desk@x.invalid", None)
    assert await confirm(api, change, yes=False) == 200
    assert await written_to(db, service_id) == ("desk@x.invalid", None)


A, B, C = new_id(), new_id(), new_id()


@pytest.mark.parametrize(
    ("teams", "proposed", "stake", "may"),
    [
        ({A}, {A}, {A}, True),
        ({A}, {A}, {A, B}, False),
        ({B}, {A}, {A, B}, True),
        ({C}, {A}, {A, B}, False),
        ({C}, set(), set(), True),
        ({A}, set(), {A}, True),
    ],
)
def test_who_confirms(teams: set[UUID], proposed: set[UUID], stake: set[UUID], may: bool) -> None:
    assert may_confirm(teams, proposed, stake) is may
    assert may_propose(teams, stake) is (not stake or bool(teams & stake))


@pytest.mark.parametrize(
    "status", ["defunct", "inactive", "temporarily closed", "Closed", "temporarily_closed", "In-active"]
)
async def test_a_service_that_shuts_is_not_offered_and_its_referrals_become_somebody_s_task(
    db: Database, api: Api, status: str, worker: Actor, activities: Any
) -> None:
    await bring(db, given({"id": "s1", "name": "Beds"}, {"id": "s2", "name": "Meals"}))
    place = Place(directory_id("agency", "test", "o1"), directory_id("service", "test", "s1"))
    story = await Story(db, activities, worker, place).sent()
    report = await bring(db, {**given({"id": "s1", "name": "Beds", "status": status})})
    assert len(report.closed) == 1 and report.closed[0].endswith("(1 open)")
    assert [each.referral_id for each in await story.events(ServiceShut)] == [story.id]
    assert [each["name"] for each in (await api.get("/services")).json()["items"]] == ["Meals"]
    assert len((await api.get("/services", closed=True)).json()["items"]) == 2
    assert (await api.get(f"/services/{place.service_id}")).json()["closed"]
    new = {"person_id": str(new_id()), "service_id": str(place.service_id), "told": TOLD}
    refused = await api.post("/referrals", new)
    assert (refused.status_code, refused.json()["rule"]) == (409, "service_closed")
    assert (await api.post("/referrals", new, although_closed=True)).status_code == 201
    assert (await bring(db, given({"id": "s1", "name": "Beds", "status": status}))).closed == [], "told once"


async def test_what_left_a_whole_feed_is_shut_and_comes_back(db: Database, api: Api) -> None:
    both = given({"id": "s1", "name": "Beds"}, {"id": "s2", "name": "Meals"})
    one = given({"id": "s2", "name": "Meals"})
    await bring(db, both)
    part = await bring(db, one)
    assert (part.not_in_the_file, part.closed) == (1, [])
    gone = await bring(db, one, whole=True)
    assert gone.closed == ["Beds: closed: its source lists it no longer"]
    assert [each["name"] for each in (await api.get("/services")).json()["items"]] == ["Meals"]
    await bring(db, [{**each, "organization_id": "o1"} for each in both["services"]])
    assert len((await api.get("/services")).json()["items"]) == 2


@pytest.mark.parametrize(
    ("status", "opens", "closes", "left", "is_open"),
    [
        ("active", None, None, False, True),
        ("", None, None, False, True),
        ("active", date(2026, 12, 1), None, False, False),
        ("active", None, date(2026, 11, 29), False, False),
        ("active", date(2026, 11, 1), date(2026, 11, 30), False, True),
        ("active", None, None, True, False),
        ("no longer running", None, None, False, False),
        *(
            (each, None, None, False, False)
            for each in ("In-active", "temporarily-closed", "retired", "out of service")
        ),
        *((each, None, None, False, True) for each in ("Active", "reactivated", "unknown", "enclosed", "re-opened")),
    ],
)
def test_whether_a_service_is_open(
    status: str, opens: date | None, closes: date | None, left: bool, is_open: bool
) -> None:
    assert (shut_because(status, opens, closes, left=left, today=date(2026, 11, 30)) is None) is is_open


@pytest.mark.parametrize(
    ("written", "is_open"),
    [
        *((each, False) for each in (False, 0, "0", "N", "false", "temporarilyClosed", "\uff23losed", "def\u00adunct")),
        *((each, True) for each in (True, 1, "Y", "true", "Active", "LIVE", None, "", [])),
    ],
)
def test_a_status_is_read_as_it_was_meant(written: object, is_open: bool) -> None:
    status = status_as_said(written) or "active"
    today = date(2026, 11, 30)
    assert (shut_because(status, None, None, left=False, today=today) is None) is is_open and is_known_status(status)


async def test_the_same_service_of_two_publishers_is_said(db: Database) -> None:
    await bring(db, given({"id": "s1", "name": "Drop-in and prescribing"}), "a")
    report = await bring(db, given({"id": "x9", "name": "Drop-in & prescribing"}, {"id": "x8", "name": "Other"}), "b")
    assert len(report.looks_the_same) == 1 and "'a'" in report.looks_the_same[0]
    assert same_name("St. Example\u2019s Centre (UK)") == same_name("St Example's Centre")


async def test_the_same_person_to_the_same_service_is_asked(db: Database, api: Api, place: Place) -> None:
    new = {"person_id": str(new_id()), "service_id": str(place.service_id), "told": TOLD}
    first = await api.post("/referrals", new)
    again = await api.post("/referrals", new)
    assert (again.status_code, again.json()["rule"]) == (409, "open_already")
    assert again.json()["referral_id"] == first.json()["id"]
    assert (await api.post("/referrals", new, again_because="Another need")).status_code == 201
    other = {**new, "person_id": str(new_id())}
    assert (await api.post("/referrals", other)).status_code == 201


async def test_a_program_of_an_agency_sees_neither_person_nor_team(
    db: Database, as_role: AsRole, place: Place, worker: Actor, activities: Any
) -> None:
    story = await Story(db, activities, worker, place).sent()
    agency = as_role("system", sub=f"agency:{place.agency_id}")
    [row] = (await agency.get("/referrals")).json()["items"]
    whole = (await agency.get(f"/referrals/{story.id}")).json()
    assert [(each["person_id"], each["team_id"]) for each in (row, whole)] == [(None, None), (None, None)]


async def test_a_supervisor_shows_and_hides(db: Database, as_role: AsRole) -> None:
    await bring(db, given({"id": "s1", "name": "Women's refuge"}, {"id": "s2", "name": "Day centre"}))
    boss = as_role("supervisor", sub="boss")
    [row] = (await boss.get("/hidden-services")).json()["items"]
    assert (row["name"], row["rule"], row["hidden"]) == ("Women's refuge", "refuge", True)
    for external_id, hide, why in (("s1", False, "not_a_refuge"), ("s2", True, "asked_for")):
        service_id = directory_id("service", "test", external_id)
        assert (await boss.post(f"/hidden-services/{service_id}", hide=hide, why=why)).status_code == 200
    kept = {row["name"]: (row["hidden"], row["why"]) for row in (await boss.get("/hidden-services")).json()["items"]}
    assert kept == {"Women's refuge": (False, "not_a_refuge"), "Day centre": (True, "asked_for")}
    await bring(db, given({"id": "s1", "name": "Women's refuge", "description": "New"}, {"id": "s2", "name": "Day"}))
    assert await shown(db, "s1") and not await shown(db, "s2")
    async with db.transaction(SYSTEM) as session:
        assert (await session.get_one(AgencyService, directory_id("service", "test", "s2"))).never_show_by == "boss"
