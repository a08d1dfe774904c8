"""Bad input on every write route of intake. A route without an entry here fails."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from services.intake.app import create
from shared.http.app import guarded
from shared.http.routes import WRITES
from shared.process import open_services
from shared.settings import Settings
from tests.bad_input import Write, check
from tests.intake.world import World, ago, ahead

NOBODY = str(uuid4())
AGENCY = str(uuid4())
Body = dict[str, Any]
Build = Callable[[World], Awaitable[Write]]

LANGUAGE: Body = {
    "speaks": ["Sylheti"],
    "reads": [],
    "interpreter_needed": True,
    "may_interpret": ["professional"],
}

# What hangs on one person: template, method, a good body, where its ETag is read (PUT and PATCH), more of `Write`.
ON_A_PERSON: list[tuple[str, str, Body, dict[str, Any]]] = [
    ("PATCH", "", {"alias": "Jo", "aliases": ["Josie"], "language": LANGUAGE}, {}),
    (
        "PUT",
        "/safe-contact",
        {"channels": ["phone"], "when": "mornings", "voicemail": "as_written", "voicemail_words": "Ring Al back"},
        {},
    ),
    (
        "PUT",
        "/sealed",
        {"reasons": ["street_drinking"], "other_reason": "x", "source": "himself"},
        {"refused_role": "clinician"},
    ),
    (
        "POST",
        "/contacts",
        {
            "id": str(uuid4()),
            "kind": "sighted",
            "channel": "in_person",
            "occurred_at": ago(hours=1),
            "place": "the market",
            "note": "He asked after a bed.",
            "sighting": {"by_whom": "Al", "where": "the market", "how_he_was": "well"},
        },
        {},
    ),
    ("POST", "/engagement", {"state": "approached", "occurred_at": ago(hours=1)}, {}),
    ("POST", "/concerns", {"about": "adult", "who": "himself", "what": "Bruises.", "noticed_at": ago(hours=1)}, {}),
    (
        "POST",
        "/consents",
        {
            "agency_id": AGENCY,
            "purpose": "a bed",
            "may_tell": ["alias"],
            "may_tell_us": ["attendance"],
            "how_given": "spoken",
            "language": "Sylheti",
            "present": "nobody else",
            "expires_at": ahead(days=3650),
        },
        {},
    ),
    (
        "POST",
        "/legal-bases",
        {
            "agency_id": AGENCY,
            "grounds": ["vital_interest"],
            "note": "n",
            "override": {
                "why": "w",
                "risk": "r",
                "proportionality": "p",
                "told": False,
                "why_not_told": "not found",
            },
        },
        {},
    ),
    ("POST", "/said-no", {"until": ahead(days=3650), "words": "Not now."}, {}),
    ("POST", "/came-back", {"by": "himself", "why": "He rang."}, {}),
    ("POST", "/died", {"words": "The ward rang."}, {}),
]


def on_a_person(method: str, below: str, body: Body, more: dict[str, Any]) -> Build:
    async def build(world: World) -> Write:
        person, foreign = await world.person(), await world.stranger()
        if below == "/came-back":
            await world.ok("POST", f"/people/{person}/said-no", {})
        etag = None
        if method != "POST":
            etag = (await world.send("GET", f"/people/{person}{below}")).headers["ETag"]
        return Write(
            method,
            f"/people/{{person_id}}{below}",
            f"/people/{person}{below}",
            body,
            etag=etag,
            foreign=(f"/people/{foreign}{below}", body),
            unknown=(f"/people/{NOBODY}{below}", body),
            **more,
        )

    return build


async def register(world: World) -> Write:
    body = {"id": str(uuid4()), "team_id": str(world.team), "alias": "Jo", "aliases": ["J"], "language": LANGUAGE}
    return Write(
        "POST",
        "/people",
        "/people",
        body,
        foreign=("/people", {**body, "team_id": str(world.other_team)}),
        unknown=("/people", {**body, "team_id": NOBODY}),
    )


async def count(world: World) -> Write:
    body = {"kind": "without_papers", "team_id": str(world.team)}
    return Write(
        "POST",
        "/counts",
        "/counts",
        body,
        foreign=("/counts", {**body, "team_id": str(world.other_team)}),
        unknown=("/counts", {**body, "team_id": NOBODY}),
    )


async def told_lead(world: World) -> Write:
    body = {"to_whom": "the lead", "decided": "A meeting tomorrow."}
    raised = {"about": "child", "what": "Alone at night."}
    ours = await world.ok("POST", f"/people/{await world.person()}/concerns", raised)
    stranger = await world.stranger()
    theirs = await world.ok("POST", f"/people/{stranger}/concerns", raised, teams=[world.other_team])
    return Write(
        "POST",
        "/concerns/{concern_id}/told-lead",
        f"/concerns/{ours['id']}/told-lead",
        body,
        foreign=(f"/concerns/{theirs['id']}/told-lead", body),
        unknown=(f"/concerns/{NOBODY}/told-lead", body),
    )


async def withdraw(world: World) -> Write:
    body = {"how": "by_phone", "words": "I do not want it any more."}
    given = {"agency_id": AGENCY, "purpose": "a bed", "may_tell": ["alias"], "how_given": "spoken"}
    ours = await world.ok("POST", f"/people/{await world.person()}/consents", given)
    stranger = await world.stranger()
    theirs = await world.ok("POST", f"/people/{stranger}/consents", given, teams=[world.other_team])
    return Write(
        "POST",
        "/consents/{consent_id}/withdraw",
        f"/consents/{ours['id']}/withdraw",
        body,
        foreign=(f"/consents/{theirs['id']}/withdraw", body),
        unknown=(f"/consents/{NOBODY}/withdraw", body),
    )


async def disclosure(world: World) -> Write:
    given = {"agency_id": AGENCY, "purpose": "a bed", "may_tell": ["alias", "health"], "how_given": "spoken"}
    person, stranger = await world.person(), await world.stranger()
    ours = await world.ok("POST", f"/people/{person}/consents", given)
    body = {
        "id": str(uuid4()),
        "categories": ["alias"],
        "how": "phone",
        "agency_id": AGENCY,
        "to_whom": "the nurse",
        "consent_id": ours["id"],
    }
    return Write(
        "POST",
        "/people/{person_id}/disclosures",
        f"/people/{person}/disclosures",
        body,
        refused_role="commissioner",
        foreign=(f"/people/{stranger}/disclosures", body),
        unknown=(f"/people/{NOBODY}/disclosures", body),
    )


async def link(world: World) -> Write:
    ours, theirs = await world.person(), await world.stranger()
    body = {"id": str(uuid4()), "person_id": ours, "other_person_id": theirs, "knows": "nobody", "note": "n"}
    return Write(
        "POST",
        "/partner-links",
        "/partner-links",
        body,
        role="guardian",
        refused_role="worker",
        foreign=("/partner-links", {**body, "person_id": theirs}),
        unknown=("/partner-links", {**body, "person_id": NOBODY}),
    )


BUILDS: dict[tuple[str, str], Build] = {
    (method, f"/people/{{person_id}}{below}"): on_a_person(method, below, body, more)
    for method, below, body, more in ON_A_PERSON
} | {
    ("POST", "/people"): register,
    ("POST", "/counts"): count,
    ("POST", "/concerns/{concern_id}/told-lead"): told_lead,
    ("POST", "/consents/{consent_id}/withdraw"): withdraw,
    ("POST", "/partner-links"): link,
    ("POST", "/people/{person_id}/disclosures"): disclosure,
}


def test_every_write_route_has_a_case(settings: Settings) -> None:
    writes = {
        (method, path)
        for method, path, _ in guarded(create(open_services("intake", settings)))
        if method in WRITES and not path.startswith("/operations")  # every service's own, tested with the ground
    }
    assert writes == set(BUILDS)


@pytest.mark.parametrize("route", sorted(BUILDS), ids=lambda route: " ".join(route))
async def test_bad_input(world: World, route: tuple[str, str]) -> None:
    write = await BUILDS[route](world)
    client = world.bad_input()
    await check(client, write)
    assert len(client.sent) > 15
