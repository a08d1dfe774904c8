"""The people, cases, agencies and referrals of a figure, created through the public APIs before any measurement."""

import json
import os
import sys
from uuid import uuid4

from deploy import children
from deploy.bench.callers import Json, some_at_once
from deploy.bench.place import Place
from deploy.errors import StackError

CASES_OF_ONE_WORKER = 10
AGENCIES = 20


async def register(place: Place, number: int, at_once: int) -> list[str]:
    """Register so many people with intake; return their ids."""

    async def one(place_in_row: int) -> str:
        made = await place.worker.post("intake", "/people", {"alias": f"Synthetic {place_in_row}"})
        return str(made["id"])

    return await some_at_once(range(number), one, at_once)


async def hire(place: Place, *workers: str) -> None:
    """Make these accounts colleagues of the team."""
    states = [{"account_id": each, "role": "worker", "teams": [str(place.stack.folder.team())]} for each in workers]
    for start in range(0, len(states), 200):
        await place.program.post("casework", "/members", {"members": states[start : start + 200]})


async def open_cases(place: Place, number: int, at_once: int) -> list[str]:
    """Open so many cases, ten for each worker; return their ids."""
    people = await register(place, number, at_once)
    await place.quiet()
    team = uuid4().hex[:6]  # new workers each time, so that none exceeds the caseload ceiling
    await hire(place, *(f"bench-{team}-{each}" for each in range(-(-number // CASES_OF_ONE_WORKER))))

    async def one(row: tuple[int, str]) -> str:
        body = {"person_id": row[1], "worker_id": f"bench-{team}-{row[0] // CASES_OF_ONE_WORKER}"}
        return str((await place.supervisor.post("casework", "/cases", body))["id"])

    found = await some_at_once(enumerate(people), one, at_once)
    await place.quiet()
    return found


async def agencies(place: Place) -> list[Json]:
    """Import a directory of twenty agencies with the product's own command; return its services."""
    file = place.stack.folder.path / "bench-directory.json"
    file.write_text(json.dumps(_directory()), encoding="utf-8")
    command = (sys.executable, "-m", "deploy.cli", "import-directory", str(file), "--source", "bench")
    code, output = await children.output_of(*command, env={**os.environ, **place.stack.environment()})
    if code:
        raise StackError(f"the directory was not imported: {output[-300:]}")
    return (await place.worker.get("referrals", "/services", limit=100))["items"]


def _directory() -> Json:
    contents = [
        {
            "id": f"bench-agency-{number}",
            "name": f"Synthetic agency {number}",
            "description": "For measuring (synthetic).",
            "email": f"desk@agency-{number}.invalid",
            "services": [
                {
                    "id": f"bench-service-{number}",
                    "name": f"Synthetic service {number}",
                    "description": "For measuring (synthetic).",
                    "status": "active",
                }
            ],
        }
        for number in range(AGENCIES)
    ]
    page = {"total_items": AGENCIES, "total_pages": 1, "page_number": 1, "size": AGENCIES}
    return {**page, "first_page": True, "last_page": True, "empty": False, "contents": contents}


async def refer(place: Place, number: int, at_once: int) -> list[str]:
    """Send so many referrals of as many people, with consent, permit and message; return their ids."""
    services = await agencies(place)
    people = await register(place, number, at_once)
    await place.quiet()

    async def one(row: tuple[int, str]) -> str:
        place_in_row, person = row
        service = services[place_in_row % len(services)]
        await agree(place, person, service["agency_id"])
        body = {
            "person_id": person,
            "service_id": service["id"],
            "told": {"safe_contact": "only in person, through us", "need": "an assessment (synthetic)"},
        }
        made = await place.worker.post("referrals", "/referrals", body)
        await place.worker.post("referrals", f"/referrals/{made['id']}/moves", {"move": "send"})
        return str(made["id"])

    return await some_at_once(enumerate(people), one, at_once)


async def agree(place: Place, person: str, agency: str) -> None:
    """Record a person's consent to a referral to this agency."""
    body = {
        "agency_id": agency,
        "purpose": "referral",
        "may_tell": ["alias", "safe_contact", "person_wants"],
        "may_tell_us": ["attendance", "outcome"],
        "how_given": "spoken",
    }
    await place.worker.post("intake", f"/people/{person}/consents", body)
