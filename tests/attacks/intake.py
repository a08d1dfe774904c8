"""Intake under attack: the rows that its routes name, and one request that each of its write routes accepts."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from tests.attacks.letters import catching_up, dead_letter, programs
from tests.bad_input import Write
from tests.intake.world import World, ago, ahead

NOBODY = str(uuid4())
AGENCY = str(uuid4())
Body = dict[str, Any]
Build = Callable[[World], Awaitable[Write]]


async def rows(world: World, team: UUID) -> dict[str, str]:
    """One row of each kind in a team, by the names that routes, queries and bodies use for its id."""
    of: dict[str, Any] = {"teams": [team]}
    person = (await world.ok("POST", "/people", {"alias": "Jo"}, **of))["id"]
    concern = await world.ok("POST", f"/people/{person}/concerns", {"about": "child", "what": "Alone."}, **of)
    given = {"agency_id": AGENCY, "purpose": "a bed", "may_tell": ["alias"], "how_given": "spoken"}
    consent = await world.ok("POST", f"/people/{person}/consents", given, **of)
    ground = {"agency_id": AGENCY, "grounds": ["vital_interest"], "note": "n"}
    basis = await world.ok("POST", f"/people/{person}/legal-bases", ground, **of)
    other = (await world.ok("POST", "/people", {"alias": "Al"}, **of))["id"]
    link = {"person_id": person, "other_person_id": other, "knows": "nobody"}
    linked = await world.ok("POST", "/partner-links", link, role="guardian", **of)
    spoken = {
        "categories": ["alias"],
        "how": "phone",
        "agency_id": AGENCY,
        "to_whom": "Al",
        "consent_id": consent["id"],
    }
    told = await world.ok("POST", f"/people/{person}/disclosures", spoken, **of)
    contact = {"kind": "met", "channel": "in_person", "occurred_at": ago(hours=1)}
    met = await world.ok("POST", f"/people/{person}/contacts", contact, **of)
    return {
        "team_id": str(team),
        "person_id": person,
        "ids": person,
        "other_person_id": other,
        "concern_id": concern["id"],
        "consent_id": consent["id"],
        "legal_basis_id": basis["id"],
        "contact_id": met["id"],
        "record_id": met["id"],
        "link_id": linked["id"],
        "oversight_id": await overridden(world, person, **of),
        "disclosure_id": told["id"],
        # Directory and referrals are not here: any id will do.
        "agency_id": str(uuid4()),
        "referral_id": str(uuid4()),
    }


async def overridden(world: World, person: str, **of: Any) -> str:
    """A decision to tell without consent, by what the guardian is told of it."""
    override = {"why": "w", "risk": "r", "proportionality": "p", "told": True}
    body = {"agency_id": str(uuid4()), "grounds": ["vital_interest"], "override": override}
    await world.ok("POST", f"/people/{person}/legal-bases", body, **of)
    [row] = (await world.ok("GET", f"/people/{person}/oversight", role="guardian", **of))["items"]
    return str(row["id"])


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
        {"reasons": ["street_drinking"], "other_reason": "x", "source": "person"},
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
            "sighting": {"by_whom": "Al", "where": "the market", "how_they_were": "well"},
        },
        {"makes": "contact_id"},
    ),
    ("POST", "/engagement", {"state": "approached", "occurred_at": ago(hours=1)}, {}),
    (
        "POST",
        "/concerns",
        {"about": "adult", "who": "their brother", "what": "Bruises.", "noticed_at": ago(hours=1)},
        {"makes": "concern_id"},
    ),
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
        {"makes": "consent_id"},
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
        {"makes": "legal_basis_id"},
    ),
    ("POST", "/said-no", {"until": ahead(days=3650), "words": "Not now."}, {}),
    ("POST", "/came-back", {"by": "person", "why": "He rang."}, {}),
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
        makes="person_id",
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


async def names(world: World) -> Write:
    path, body = "/people/names", {"ids": [await world.person()]}
    return Write("POST", path, path, body, takes_key=False)


async def search(world: World) -> Write:
    await world.person("Jo")
    return Write("POST", "/people/search", "/people/search", {"alias": "Jo"}, takes_key=False)


async def last_contacts(world: World) -> Write:
    path, body = "/people/last-contacts", {"ids": [await world.person()]}
    return Write("POST", path, path, body, takes_key=False)


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


async def strike(world: World) -> Write:
    met = {"kind": "met", "channel": "in_person"}
    person, stranger = await world.person(), await world.stranger()
    ours = await world.ok("POST", f"/people/{person}/contacts", met)
    body = {"record": "contact", "record_id": ours["id"], "why": "Written into the wrong file."}
    return Write(
        "POST",
        "/people/{person_id}/strikes",
        f"/people/{person}/strikes",
        body,
        foreign=(f"/people/{stranger}/strikes", body),
        unknown=(f"/people/{NOBODY}/strikes", body),
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
        makes="disclosure_id",
        foreign=(f"/people/{stranger}/disclosures", body),
        unknown=(f"/people/{NOBODY}/disclosures", body),
    )


async def word(world: World) -> Write:
    ours = await overridden(world, await world.person())
    theirs = await overridden(world, await world.stranger(), teams=[world.other_team])
    body = {"agrees": False, "why": "It was not needed."}
    return Write(
        "POST",
        "/oversight/{oversight_id}/word",
        f"/oversight/{ours}/word",
        body,
        role="guardian",
        refused_role="worker",
        foreign=(f"/oversight/{theirs}/word", body),
        unknown=(f"/oversight/{NOBODY}/word", body),
    )


async def link(world: World) -> Write:
    ours, theirs = await world.person(), await world.stranger()
    body = {"id": str(uuid4()), "person_id": ours, "other_person_id": theirs, "knows": "nobody", "note": "n"}
    return Write(
        "POST",
        "/partner-links",
        "/partner-links",
        body,
        makes="link_id",
        role="guardian",
        refused_role="worker",
        foreign=("/partner-links", {**body, "person_id": theirs}),
        unknown=("/partner-links", {**body, "person_id": NOBODY}),
    )


async def replay(world: World) -> Write:
    return await dead_letter(world)


BUILDS: dict[tuple[str, str], Build] = {
    (method, f"/people/{{person_id}}{below}"): on_a_person(method, below, body, more)
    for method, below, body, more in ON_A_PERSON
} | {
    ("POST", "/people"): register,
    ("POST", "/counts"): count,
    ("POST", "/programs"): programs,
    ("POST", "/people/names"): names,
    ("POST", "/people/search"): search,
    ("POST", "/people/last-contacts"): last_contacts,
    ("POST", "/concerns/{concern_id}/told-lead"): told_lead,
    ("POST", "/consents/{consent_id}/withdraw"): withdraw,
    ("POST", "/partner-links"): link,
    ("POST", "/oversight/{oversight_id}/word"): word,
    ("POST", "/people/{person_id}/disclosures"): disclosure,
    ("POST", "/people/{person_id}/strikes"): strike,
    ("POST", "/operations/catch-up"): catching_up,
    ("POST", "/operations/dead-letters/{dead_letter_id}/replay"): replay,
}
