"""Whatever is decided or told without the person's word is told to the guardian at once, who gives a word on it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.intake.world import World

OVERRIDE = {"why": "Secret words.", "risk": "r", "proportionality": "p", "told": True}
DISAGREES = {"agrees": False, "why": "Secret reason."}


async def override(world: World, person: str, agency: UUID, **of: Any) -> str:
    body = {"agency_id": str(agency), "grounds": ["vital_interest"], "override": OVERRIDE}
    return str((await world.ok("POST", f"/people/{person}/legal-bases", body, **of))["id"])


async def listed(world: World, person: str) -> list[Any]:
    """What the guardian was told of this person, the first first."""
    return (await world.ok("GET", f"/people/{person}/oversight", role="guardian"))["items"][::-1]


async def give(world: World, row: Any, *, agrees: bool = True, role: str = "guardian", **of: Any) -> Any:
    body = {"agrees": True} if agrees else DISAGREES
    return await world.ok("POST", f"/oversight/{row['id']}/word", body, role=role, **of)


async def decided(world: World, person: str) -> None:
    await override(world, person, new_id())


async def a_no_opened(world: World, person: str) -> None:
    await world.ok("POST", f"/people/{person}/said-no", {})
    body = {"by": "safeguarding", "why": "Secret words."}
    await world.ok("POST", f"/people/{person}/came-back", body, role="supervisor")


async def told_after_it_was_read(world: World, person: str) -> None:
    agency = new_id()
    await override(world, person, agency)
    await give(world, (await listed(world, person))[0])
    await world.confirm(await world.permit(person, agency))


async def left_after_it_was_withdrawn(world: World, person: str) -> None:
    agency = new_id()
    consent = await world.consent(person, agency)
    permit = await world.permit(person, agency)
    await world.ok("POST", f"/consents/{consent['id']}/withdraw", {})
    assert await world.confirm(permit)


KINDS: dict[str, Callable[[World, str], Awaitable[None]]] = {
    "override": decided,
    "no_opened": a_no_opened,
    "disclosure": told_after_it_was_read,
    "after_withdrawal": left_after_it_was_withdrawn,
}


@pytest.mark.parametrize("what", KINDS)
async def test_the_guardian_is_told_in_the_same_transaction(world: World, what: str) -> None:
    person = await world.person()
    await KINDS[what](world, person)
    row = (await listed(world, person))[-1]
    assert (row["what"], row["reviewed_at"], row["for_role"]) == (what, None, "guardian")
    needed, facts = (await world.events(row["id"]))[0]
    assert needed == "intake.oversight.needed"
    assert facts["oversight_id"] == row["id"] and facts["what"] == what and "Secret" not in str(facts)
    [waits] = (await world.ok("GET", "/oversight", role="guardian"))["items"]
    assert waits == row


@pytest.mark.parametrize("agrees", [True, False])
async def test_the_word_is_given_once_and_its_event_holds_no_words(world: World, agrees: bool) -> None:
    person = await world.person()
    await decided(world, person)
    [row] = await listed(world, person)
    answer = await world.refused(422, "POST", f"/oversight/{row['id']}/word", {"agrees": False}, role="guardian")
    assert answer["errors"][0]["field"] == "why"
    supervisor = await world.refused(409, "POST", f"/oversight/{row['id']}/word", DISAGREES, role="supervisor")
    assert supervisor["rule"] == "not_yours"
    given = await give(world, row, agrees=agrees)
    assert given["agrees"] is agrees and given["reviewed_at"] and given["why"] == (None if agrees else "Secret reason.")
    again = await world.refused(409, "POST", f"/oversight/{row['id']}/word", DISAGREES, role="guardian")
    assert again["rule"] == "given"
    name, facts = (await world.events(row["id"]))[-1]
    assert (name, facts["agrees"]) == ("intake.oversight.given", agrees) and "Secret" not in str(facts)
    # Whoever decided it reads the word.
    assert (await world.ok("GET", f"/oversight/{row['id']}"))["agrees"] is agrees
    assert (await world.ok("GET", "/oversight", role="guardian"))["items"] == []


async def test_nobody_gives_the_word_on_what_they_decided(world: World) -> None:
    person = await world.person()
    await override(world, person, new_id(), role="guardian", sub="guardian-1")
    [row] = await listed(world, person)
    assert row["for_role"] == "supervisor"
    own = await world.refused(409, "POST", f"/oversight/{row['id']}/word", DISAGREES, role="guardian", sub="guardian-1")
    assert own["rule"] == "not_yours"
    turned = await world.refused(
        409, "POST", f"/oversight/{row['id']}/word", DISAGREES, role="supervisor", sub="guardian-1"
    )
    assert turned["rule"] == "own_decision", "also when they have another role meanwhile"
    await give(world, row, role="supervisor")


async def test_what_the_guardian_does_not_agree_with_serves_for_nothing_more(world: World) -> None:
    person, agency, referral = await world.person(), new_id(), new_id()
    basis = await override(world, person, agency)
    held = await world.permit(person, agency, referral=referral)
    [row] = await listed(world, person)
    await give(world, row, agrees=False)
    assert await world.rows("SELECT outcome FROM permits WHERE id = :id", id=held.permit_id) == [("lapsed",)]
    for purpose in ("send", "call", "show", "chase"):
        assert not (await world.permit(person, agency, purpose, referral=referral)).granted
    spoken = {"categories": ["alias"], "how": "phone", "agency_id": str(agency), "legal_basis_id": basis}
    refused = await world.refused(409, "POST", f"/people/{person}/disclosures", spoken)
    assert refused["rule"] == "not_live"
    # Another decision is another one, and is told again.
    await override(world, person, agency)
    assert (await world.permit(person, agency)).granted
    assert [each["what"] for each in await listed(world, person)] == ["override", "override"]


async def test_a_decision_that_waits_is_read_together_with_what_was_told_on_it(world: World) -> None:
    person, agency, referral = await world.person(), new_id(), new_id()
    await override(world, person, agency)
    await world.confirm(await world.permit(person, agency, referral=referral))
    [row] = await listed(world, person)
    assert row["what"] == "override"
    await give(world, row)
    # A reminder by reference tells nothing; the content shown does, once.
    await world.confirm(await world.permit(person, agency, "chase", referral=referral))
    assert len(await listed(world, person)) == 1
    for _ in range(2):
        await world.confirm(await world.permit(person, agency, "show", referral=referral))
    assert [each["what"] for each in await listed(world, person)] == ["override", "disclosure"]


async def test_consent_and_grounds_that_tell_nothing_are_told_to_nobody(world: World) -> None:
    person, agency = await world.person(), new_id()
    await world.consent(person, agency)
    await world.confirm(await world.permit(person, agency))
    await world.ok("POST", f"/people/{person}/legal-bases", {"agency_id": str(agency), "grounds": ["statute"]})
    await world.ok("POST", f"/people/{person}/said-no", {})
    await world.ok("POST", f"/people/{person}/came-back", {"by": "person"})
    assert await listed(world, person) == []
