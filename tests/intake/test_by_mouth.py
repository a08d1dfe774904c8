"""What was told by mouth or phone: to whom, what, and on a ground that held at that time."""

from typing import Any
from uuid import uuid4

import pytest

from shared.ids import new_id
from tests.intake.world import World, ago, ahead

OVERRIDE = {"why": "w", "risk": "r", "proportionality": "p", "told": True}


def said(**more: Any) -> dict[str, Any]:
    return {"categories": ["alias"], "how": "phone", **more}


async def test_what_was_told_is_kept_sealed_and_listed(world: World) -> None:
    person, agency = await world.person(), new_id()
    consent = await world.consent(person, agency, given_at=ago(days=2))
    body = said(agency_id=str(agency), to_whom="Nurse Adler", consent_id=consent["id"], occurred_at=ago(hours=1))
    told = await world.ok("POST", f"/people/{person}/disclosures", body, status=201)
    assert (told["by"], told["how"], told["categories"], told["to_whom"]) == (
        "worker-1", "phone", ["alias"], "Nurse Adler"
    )  # fmt: skip
    [listed] = (await world.ok("GET", f"/people/{person}/disclosures"))["items"]
    assert listed == told
    assert not await world.rows("SELECT 1 FROM disclosures d WHERE d::text LIKE '%Adler%'")
    assert "Adler" not in str(await world.events(person))


@pytest.mark.parametrize("why", ["withdrawn", "expired", "not_yet", "not_covered"])
async def test_without_a_ground_that_held_it_is_refused(world: World, why: str) -> None:
    person, agency = await world.person(), new_id()
    more = {"expires_at": ago(hours=2)} if why == "expired" else {}
    consent = await world.consent(person, agency, given_at=ago(days=2), **more)
    body = said(agency_id=str(agency), consent_id=consent["id"], occurred_at=ago(hours=1))
    if why == "withdrawn":
        await world.ok("POST", f"/consents/{consent['id']}/withdraw", {"occurred_at": ago(hours=2)})
    if why == "not_yet":
        body["occurred_at"] = ago(days=3)
    if why == "not_covered":
        body["categories"] = ["alias", "health"]
    answer = await world.refused(409, "POST", f"/people/{person}/disclosures", body)
    assert answer["rule"] == ("not_covered" if why == "not_covered" else "not_live")
    assert await world.rows("SELECT 1 FROM disclosures") == []


async def test_the_newest_consent_counts_also_where_it_covers_less(world: World) -> None:
    person, agency = await world.person(), new_id()
    wide = await world.consent(person, agency, given_at=ago(days=3), may_tell=["alias", "health"])
    less = await world.consent(person, agency, given_at=ago(days=1), may_tell=["alias"])
    place = f"/people/{person}/disclosures"
    body = said(agency_id=str(agency), categories=["health"], occurred_at=ago(hours=1))
    assert (await world.refused(409, "POST", place, {**body, "consent_id": wide["id"]}))["rule"] == "not_newest"
    assert (await world.refused(409, "POST", place, {**body, "consent_id": less["id"]}))["rule"] == "not_covered"
    before = {**body, "consent_id": wide["id"], "occurred_at": ago(days=2)}
    await world.ok("POST", place, before, status=201)


async def test_once_the_newest_has_run_out_the_one_before_holds_again(world: World) -> None:
    person, agency = await world.person(), new_id()
    wide = await world.consent(person, agency, given_at=ago(days=3), may_tell=["alias", "health"])
    await world.consent(person, agency, given_at=ago(days=2), may_tell=["alias"], expires_at=ago(days=1))
    body = said(agency_id=str(agency), categories=["health"], consent_id=wide["id"], occurred_at=ago(hours=1))
    await world.ok("POST", f"/people/{person}/disclosures", body, status=201)


async def test_a_disclosure_before_the_withdrawal_can_still_be_recorded(world: World) -> None:
    person, agency = await world.person(), new_id()
    consent = await world.consent(person, agency, given_at=ago(days=2))
    await world.ok("POST", f"/consents/{consent['id']}/withdraw", {"occurred_at": ago(hours=1)})
    body = said(agency_id=str(agency), consent_id=consent["id"], occurred_at=ago(hours=5))
    await world.ok("POST", f"/people/{person}/disclosures", body, status=201)


async def test_a_decision_without_consent_serves_once(world: World) -> None:
    person, agency = await world.person(), new_id()
    basis = {"agency_id": str(agency), "grounds": ["vital_interest"], "decided_at": ago(hours=3)}
    plain = await world.ok("POST", f"/people/{person}/legal-bases", basis)
    decided = await world.ok("POST", f"/people/{person}/legal-bases", {**basis, "override": OVERRIDE})
    body = said(to_whom="the paramedic", how="in_person", categories=["health"], occurred_at=ago(hours=1))
    place = f"/people/{person}/disclosures"
    assert (await world.refused(409, "POST", place, {**body, "legal_basis_id": plain["id"]}))["rule"] == "not_live"
    await world.ok("POST", place, {**body, "legal_basis_id": decided["id"]}, status=201)
    assert (await world.refused(409, "POST", place, {**body, "legal_basis_id": decided["id"]}))["rule"] == "used"
    # ... and no message leaves on it any more.
    assert not (await world.permit(person, agency)).granted


async def test_the_ground_is_of_this_person_and_names_the_agency(world: World) -> None:
    person, other, agency = await world.person(), await world.person("Al"), new_id()
    own, others = await world.consent(person, agency), await world.consent(other, agency)
    place = f"/people/{person}/disclosures"
    for body, field in (
        (said(agency_id=str(agency), consent_id=others["id"]), "consent_id"),
        (said(agency_id=str(agency), consent_id=str(uuid4())), "consent_id"),
        (said(agency_id=str(new_id()), consent_id=own["id"]), "agency_id"),
        (said(to_whom="a sister", consent_id=own["id"]), "agency_id"),
        (said(consent_id=own["id"]), "to_whom"),
        (said(agency_id=str(agency)), "legal_basis_id"),
        (said(agency_id=str(agency), consent_id=own["id"], occurred_at=ahead(hours=1)), "occurred_at"),
    ):
        answer = await world.refused(422, "POST", place, body)
        assert answer["errors"][0]["field"] == field


async def test_after_a_no_or_a_death_nothing_may_have_been_told(world: World) -> None:
    for path in ("said-no", "died"):
        person, agency = await world.person(), new_id()
        consent = await world.consent(person, agency, given_at=ago(days=2))
        await world.ok("POST", f"/people/{person}/{path}", {"occurred_at": ago(hours=3)})
        body = said(agency_id=str(agency), consent_id=consent["id"], occurred_at=ago(hours=1))
        answer = await world.refused(409, "POST", f"/people/{person}/disclosures", body)
        assert answer["rule"] == path.replace("-", "_")
        earlier = {**body, "occurred_at": ago(hours=5)}
        await world.ok("POST", f"/people/{person}/disclosures", earlier, status=201)
