"""Where a referral is written to and whom to ring: the service's own desk, its place's, its agency's."""

import json
from typing import Any

import httpx
import pytest

from services.referrals.directory import hsds
from services.referrals.directory.contact import Contact, contact_of
from services.referrals.directory.models import directory_id
from services.referrals.directory.rules import role_rank
from shared.context import Actor
from shared.db.session import Database
from tests.conftest import MakeToken
from tests.referrals.directory.test_importing import bring

SYSTEM = Actor.service("referrals")
OFFICE = {
    "id": "o1",
    "name": "Synthetic Trust",
    "email": "press@trust.invalid",
    "phones": [{"number": "020 7946 0100"}],
}
DESK = "nurses@trust.invalid"
RING = [{"number": "020 7946 0123"}]


def service(**more: Any) -> dict[str, Any]:
    return {"id": "s1", "name": "Nurses", "status": "active", "organization": OFFICE, **more}


def at(**place: Any) -> list[dict[str, Any]]:
    return [{"id": "sal1", "location": {"id": "l1", "name": "Hall"}, **place}]


async def reach(db: Database, external_id: str = "s1") -> Contact:
    async with db.transaction(SYSTEM) as session:
        return await contact_of(session, directory_id("service", "test", external_id))


@pytest.mark.parametrize(
    ("told", "email", "phone"),
    [
        ({"email": DESK, "phones": RING}, DESK, RING[0]["number"]),
        ({"email": DESK}, DESK, "020 7946 0100"),
        ({}, "press@trust.invalid", "020 7946 0100"),
        ({"contacts": [{"email": DESK, "phones": RING}]}, DESK, RING[0]["number"]),
        (
            {"email": "info@trust.invalid", "contacts": [{"title": "Referral coordinator", "email": DESK}]},
            DESK,
            "020 7946 0100",
        ),
        (
            {"contacts": [{"department": "Press office", "email": "p@trust.invalid"}, {"name": "Desk", "email": DESK}]},
            DESK,
            "020 7946 0100",
        ),
        (
            {"service_at_locations": at(contacts=[{"email": DESK}], phones=RING)},
            DESK,
            RING[0]["number"],
        ),
        (
            {"service_at_locations": at(location={"id": "l1", "contacts": [{"email": DESK, "phones": RING}]})},
            DESK,
            RING[0]["number"],
        ),
    ],
)
async def test_the_nearest_desk_is_written_to(db: Database, told: dict[str, Any], email: str, phone: str) -> None:
    await bring(db, service(**told))
    found = await reach(db)
    assert (found.email, found.phone) == (email, phone)


async def test_the_import_says_who_can_be_reached_and_names_who_cannot(
    db: Database, http: httpx.AsyncClient, token_for: MakeToken
) -> None:
    silent = {"id": "o2", "name": "Council"}
    report = await bring(
        db,
        [
            service(),
            {"id": "s2", "name": "Desk", "status": "active", "organization": silent, "email": DESK},
            {"id": "s3", "name": "By phone", "status": "active", "organization": silent, "phones": RING},
            {"id": "s4", "name": "Nobody", "status": "active", "organization": silent},
            {"id": "s5", "name": "Women's refuge", "status": "active", "organization": silent},
        ],
    )
    assert report.reached == {"email": 2, "phone": 1, "neither": 1}
    assert report.unreachable == ["Nobody"]
    headers = {"Authorization": f"Bearer {token_for('worker')}"}
    listed = (await http.get("/services", headers=headers)).json()["items"]
    assert {each["name"]: each["has_email"] for each in listed} == {
        "Nurses": True,
        "Desk": True,
        "By phone": False,
        "Nobody": False,
    }
    one = (await http.get(f"/services/{directory_id('service', 'test', 's2')}", headers=headers)).json()
    assert (one["email"], one["phone"]) == (DESK, None)


@pytest.mark.parametrize(
    ("role", "rank"),
    [("Referrals", -1), ("Duty worker", -1), ("Press and referrals", 1), ("Complaints", 1), ("Ann", 0), ("", 0)],
)
def test_who_takes_referrals_is_written_to_first(role: str, rank: int) -> None:
    assert role_rank(role) == rank


def test_a_place_told_by_itself_keeps_its_desk() -> None:
    place = {"id": "l1", "location_type": "physical", "contacts": [{"email": DESK, "phones": RING}]}
    found = hsds.read(json.dumps(place).encode()).locations["l1"]
    assert (found.email, found.phone) == (DESK, RING[0]["number"])
