"""An import on the real database: repeated, changed, kept by hand, hidden, and whole or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from deploy.stack import Stack
from services.referrals.directory import hsds
from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation, directory_id
from services.referrals.directory.service import agency_of
from services.referrals.directory_change.feed import Report, import_directory
from shared.context import Actor
from shared.db.session import Database
from tests.conftest import MakeToken

SYSTEM = Actor.service("referrals")
DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "directory.json"
SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "open"


def organization(**more: Any) -> dict[str, Any]:
    return {"id": "o1", "name": "Synthetic Organization", "email": "door@synthetic.invalid", "services": [], **more}


def given(*services: dict[str, Any], **more: Any) -> dict[str, Any]:
    return organization(services=[{"status": "active", **service} for service in services], **more)


async def bring(db: Database, body: Any, source: str = "test", *, whole: bool = False) -> Report:
    async with db.transaction(SYSTEM) as session:
        return await import_directory(session, source, hsds.read(json.dumps(body).encode()), whole=whole)


async def count(db: Database, model: Any) -> int:
    async with db.transaction(SYSTEM) as session:
        return (await session.execute(select(func.count()).select_from(model))).scalar_one()


async def test_importing_again_changes_nothing(db: Database) -> None:
    body = json.loads(DEMO.read_bytes())
    first = await bring(db, body)
    assert (first.added, first.changed, first.refused) == ({"agency": 5, "location": 5, "service": 5}, {}, [])
    again = await bring(db, body)
    assert (again.added, again.changed, again.unchanged) == ({}, {}, {"agency": 5, "location": 5, "service": 5})
    assert await count(db, ServiceAtLocation) == 5


async def test_only_what_differs_is_written_and_ids_stay(db: Database) -> None:
    await bring(db, given({"id": "s1", "name": "Old"}, {"id": "s2", "name": "Same"}))
    report = await bring(db, given({"id": "s1", "name": "New"}, {"id": "s2", "name": "Same"}))
    assert (report.changed, report.unchanged) == ({"service": 1}, {"agency": 1, "service": 1})
    async with db.transaction(SYSTEM) as session:
        there = await session.get(AgencyService, directory_id("service", "test", "s1"))
        assert there is not None
        assert (there.name, there.version) == ("New", 2)


async def test_the_same_ids_of_two_publishers_are_two_agencies(db: Database) -> None:
    await bring(db, organization(), "one")
    await bring(db, organization(), "two")
    assert await count(db, Agency) == 2


async def test_a_service_without_its_organization_is_refused_by_name(db: Database) -> None:
    lonely = {"id": "s9", "name": "Lonely", "status": "active", "organization_id": "nowhere"}
    report = await bring(db, [organization(), lonely])
    assert [(each.path, "nowhere" in each.reason) for each in report.refused] == [("service s9", True)]
    assert await count(db, AgencyService) == 0


async def test_a_published_sample_is_taken_whole(db: Database) -> None:
    sample = SAMPLES / "hsds_uk_3.0" / "service_full.json"
    if not sample.exists():
        pytest.skip("the public sample data is not beside the project: hsds_uk_3.0/service_full.json")
    report = await bring(db, json.loads(sample.read_bytes()))
    assert (report.added, report.refused) == ({"agency": 1, "location": 1, "service": 1}, [])


async def test_a_refuge_is_taken_and_is_nowhere(db: Database, http: httpx.AsyncClient, token_for: MakeToken) -> None:
    hidden, shown = {"id": "s1", "name": "Women's refuge"}, {"id": "s2", "name": "Day centre"}
    report = await bring(db, given(hidden, shown))
    assert report.never_shown == {"refuge": 1}
    headers = {"Authorization": f"Bearer {token_for('worker')}"}
    listed = (await http.get("/services", headers=headers)).json()["items"]
    assert [each["name"] for each in listed] == ["Day centre"]
    assert (await http.get("/services", params={"q": "refuge"}, headers=headers)).json()["items"] == []
    there = await http.get(f"/services/{directory_id('service', 'test', 's1')}", headers=headers)
    nowhere = await http.get(f"/services/{directory_id('service', 'test', 'none')}", headers=headers)
    assert there.status_code == nowhere.status_code == 404
    assert _without_id(there) == _without_id(nowhere)
    async with db.transaction(SYSTEM) as session:
        assert await agency_of(session, directory_id("service", "test", "s1")) is None


async def shown(db: Database, external_id: str = "s1") -> bool:
    async with db.transaction(SYSTEM) as session:
        return await agency_of(session, directory_id("service", "test", external_id)) is not None


def given_at(place: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "s1", "name": "Drop-in", "service_at_locations": [{"location": {"id": "l1", **place}}], **more}


@pytest.mark.parametrize(
    "words", [{"name": "Synthetic Women's Refuge"}, {"description": "We run a <b>safe house</b>."}]
)
async def test_an_agency_that_is_a_refuge_hides_all_its_services(
    db: Database, http: httpx.AsyncClient, token_for: MakeToken, words: dict[str, str]
) -> None:
    await bring(db, given({"id": "s1", "name": "Drop-in"}))
    assert await shown(db)
    # The agency alone changes, in a file that does not mention the service.
    await bring(db, organization(**words))
    assert not await shown(db)
    headers = {"Authorization": f"Bearer {token_for('worker')}"}
    assert (await http.get("/services", headers=headers)).json()["items"] == []
    assert (await http.get("/agencies", headers=headers)).json()["items"] == []
    # A later file of the service alone, with its organization in brief, does not undo that.
    await bring(db, {"id": "s2", "name": "Advice", "status": "active", "organization_id": "o1"})
    assert not await shown(db, "s2")
    await bring(db, given({"id": "s1", "name": "Drop-in"}, description=None))
    assert not await shown(db) and not await shown(db, "s2"), "a person shows it, and no telling"


@pytest.mark.parametrize("words", [{"name": "The refuge"}, {"description": "A women's refuge, second floor"}])
async def test_a_place_that_is_a_refuge_hides_what_is_given_there(db: Database, words: dict[str, str]) -> None:
    report = await bring(db, given(given_at({"name": "Hall"}), {"id": "s2", "name": "Elsewhere"}))
    assert report.never_shown == {} and await shown(db)
    place = {"id": "l1", "latitude": 51.5, "location_type": "physical", **words}
    await bring(db, [place])
    assert not await shown(db) and await shown(db, "s2")
    # Told in full and in brief in one file: what one of them hides is hidden.
    report = await bring(db, [given(given_at({"name": "Hall"})), place])
    assert report.never_shown == {"refuge": 1} and not await shown(db)


REFUGE = {"description": "We run a women's refuge"}
PHONES = {"phones": [{"number": "020 7946 0000"}]}
OF_A_SERVICE = {"id": "s2", "name": "Advice", "status": "active", "organization": {"id": "o1", "name": "Harbour Trust"}}
OF_AN_AGENCY = {"id": "o1", "name": "Harbour Trust", "website": None, "services": [{"id": "s1", "name": "Drop-in"}]}
AT_A_PLACE = {"service": {"id": "s1", "name": "Drop-in", "organization_id": "o1"}, "location": {"id": "l1"}}
OF_A_LIST = {"id": "s1", "name": "Drop-in", "status": "active", "organization_id": "o1"}


def in_full(*, agency: Any = None, service: Any = None, place: Any = None) -> list[dict[str, Any]]:
    """An agency, its service and the place of it, each told by itself."""
    where = {"id": "l1", "latitude": 51.5, "name": "Hall", "addresses": [{"city": "Hackney"}], **(place or {})}
    told = {**given_at({}), **PHONES, "email": "in@synthetic.invalid", "status": "inactive", "organization_id": "o1"}
    return [organization(name="Harbour Trust", **PHONES, **(agency or {})), {**told, **(service or {})}, where]


@pytest.mark.parametrize(
    ("whole", "brief"),
    [
        (in_full(agency=REFUGE), OF_A_SERVICE),
        (in_full(service=REFUGE), OF_AN_AGENCY),
        (in_full(service=REFUGE), AT_A_PLACE),
        (in_full(place=REFUGE), AT_A_PLACE),
        (in_full(place=REFUGE), OF_A_LIST),
    ],
)
async def test_what_is_told_in_brief_shows_nothing_that_was_hidden(
    db: Database, whole: list[dict[str, Any]], brief: dict[str, Any]
) -> None:
    await bring(db, whole)
    assert not await shown(db)
    await bring(db, brief)
    assert not await shown(db)
    await bring(db, in_full())
    assert not await shown(db), "a person shows it, and no telling"


@pytest.mark.parametrize(
    "brief", [OF_A_SERVICE, AT_A_PLACE, {**OF_AN_AGENCY, **PHONES, "email": "door@synthetic.invalid"}]
)
async def test_what_is_told_in_brief_takes_nothing_away(db: Database, brief: dict[str, Any]) -> None:
    await bring(db, in_full())
    report = await bring(db, brief)
    assert report.changed == {}
    async with db.transaction(SYSTEM) as session:
        agency = await session.get_one(Agency, directory_id("agency", "test", "o1"))
        service = await session.get_one(AgencyService, directory_id("service", "test", "s1"))
        place = await session.get_one(Location, directory_id("location", "test", "l1"))
    assert (agency.email, agency.phone) == ("door@synthetic.invalid", "020 7946 0000")
    assert (service.email, service.phone, service.status) == ("in@synthetic.invalid", "020 7946 0000", "inactive")
    assert (place.name, place.address) == ("Hall", ["Hackney"])
    assert await count(db, ServiceAtLocation) == 1


async def test_what_is_told_in_brief_is_taken_and_the_agency_s_own_telling_still_counts(db: Database) -> None:
    await bring(db, in_full())
    renamed = {**OF_A_SERVICE, "organization": {"id": "o1", "name": "Quay Trust"}}
    assert (await bring(db, renamed)).changed == {"agency": 1}
    assert (await bring(db, renamed)).changed == {}
    assert (await bring(db, in_full())).changed == {"agency": 1}
    async with db.transaction(SYSTEM) as session:
        assert (await session.get_one(Agency, directory_id("agency", "test", "o1"))).name == "Harbour Trust"


async def test_a_service_told_once_for_each_place_is_given_at_all_of_them(db: Database) -> None:
    other = {**AT_A_PLACE, "location": {"id": "l2", "name": "The refuge"}}
    await bring(db, [organization(), AT_A_PLACE, other])
    assert await count(db, ServiceAtLocation) == 2
    assert not await shown(db)


@pytest.mark.parametrize("brief", ["service_list", "service_at_location_list"])
@pytest.mark.parametrize("profile", ["hsds_3.0", "hsds_uk_3.0"])
async def test_a_published_list_wipes_nothing_of_what_was_published_in_full(
    db: Database, profile: str, brief: str
) -> None:
    whole, lists = (SAMPLES / profile / f"{name}.json" for name in ("organization_full", brief))
    if not (whole.exists() and lists.exists()):
        pytest.skip(f"the public sample data is not beside the project: {profile}")
    body = json.loads(whole.read_bytes())
    await bring(db, {**body, **PHONES, **REFUGE})
    await bring(db, json.loads(lists.read_bytes()))
    async with db.transaction(SYSTEM) as session:
        agency = await session.get_one(Agency, directory_id("agency", "test", body["id"]))
    assert (agency.phone, agency.never_show_rule) == ("020 7946 0000", "refuge")
    assert await count(db, ServiceAtLocation) == 1
    assert not await shown(db, body["services"][0]["id"])


async def test_what_was_set_by_hand_is_not_hidden_or_shown_by_an_import(
    db: Database, http: httpx.AsyncClient, token_for: MakeToken
) -> None:
    await bring(db, given({"id": "s1", "name": "Drop-in"}))
    headers = {"Authorization": f"Bearer {token_for('supervisor')}"}
    path = f"/services/{directory_id('service', 'test', 's1')}"
    tag = (await http.get(path, headers=headers)).headers["ETag"]
    hidden = await http.patch(path, json={"never_show": True}, headers={**headers, "If-Match": tag})
    assert hidden.is_success and not await shown(db)
    await bring(db, given({"id": "s1", "name": "Drop-in, renamed"}))
    assert not await shown(db)


async def test_what_was_set_by_hand_outlives_an_import(
    db: Database, http: httpx.AsyncClient, token_for: MakeToken
) -> None:
    await bring(db, given({"id": "s1", "name": "Clinic"}))
    headers = {"Authorization": f"Bearer {token_for('supervisor')}"}
    path = f"/agencies/{directory_id('agency', 'test', 'o1')}"
    seen = await http.get(path, headers=headers)
    tag = {**headers, "If-Match": seen.headers["ETag"]}
    changed = await http.patch(path, json={"manager_contact": "Ann, the manager"}, headers=tag)
    assert changed.status_code == 200
    await bring(db, given({"id": "s1", "name": "Clinic"}, name="Renamed"))
    after = (await http.get(path, headers=headers)).json()
    assert (after["manager_contact"], after["name"]) == ("Ann, the manager", "Renamed")
    stale = await http.patch(path, json={"email": None}, headers=tag)
    assert stale.status_code == 412


@pytest.mark.parametrize("body", ['{"contents": [', '{"hello": 1}', '{"status": "active", "name": "No id"}'])
async def test_the_command_refuses_a_broken_file_in_one_line(
    db: Database, engines: Stack, tmp_path: Path, body: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_text(body)
    done = _command(engines, str(file))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and "nothing was changed" in done.stderr
    assert await count(db, Agency) == 0


async def test_the_command_reports_as_json(db: Database, engines: Stack) -> None:
    done = _command(engines, str(DEMO), "--source", "demo", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["added"] == {"agency": 5, "location": 5, "service": 5}
    assert report["source"] == "demo"


def _command(engines: Stack, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy.cli", "import-directory", *words]
    environment = {**os.environ, **engines.environment()}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def _without_id(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    body.pop("correlation_id")
    return body
