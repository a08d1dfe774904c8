"""The permit: what may leave, on what ground, and what becomes of it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.app import sweep
from services.intake.consent.rules import Standing
from services.intake.disclosure.permit_requests import NotAsked
from services.intake.disclosure.rules import Ground, Situation, decide
from services.intake.permit.rules import Purpose
from services.referrals.referral.schemas import Told
from shared import clock, permits
from shared.crypto.opaque import meant, opaque
from shared.ids import new_id
from shared.practice.disclosure_parts import FIELDS, PARTS, covered
from tests.intake.world import World, ago, ahead

OVERRIDE = {"why": "w", "risk": "r", "proportionality": "p", "told": True}


async def override(world: World, person: str, agency: Any) -> str:
    body = {"agency_id": str(agency), "grounds": ["vital_interest"], "override": OVERRIDE}
    return str((await world.ok("POST", f"/people/{person}/legal-bases", body))["id"])


async def test_a_live_consent_grants_for_five_minutes_and_says_what_they_may_tell(world: World) -> None:
    person, agency = await world.person(), new_id()
    await world.consent(person, agency, may_tell_us=["attendance", "results"])
    before = clock.now()
    permit = await world.permit(person, agency, request="r1")
    assert permit.granted and permit.why is None and permit.may_tell_us == ["attendance", "results"]
    assert permit.expires_at is not None
    assert before + timedelta(minutes=5) <= permit.expires_at <= clock.now() + timedelta(minutes=5)


async def test_no_consent_no_permit(world: World) -> None:
    person, agency = await world.person(), new_id()
    for purpose in ("send", "chase", "call"):
        permit = await world.permit(person, agency, purpose)
        assert (permit.granted, permit.permit_id, permit.why) == (False, None, "no_consent")
    await world.consent(person, agency)
    assert (await world.permit(person, new_id())).why == "no_consent"
    assert (await world.permit(await world.person(), agency)).why == "no_consent"
    assert (await world.permit(str(uuid4()), agency)).why == "not_known"


async def test_the_same_request_gets_the_same_permit_while_it_lives_then_a_fresh_one(world: World, jump: Any) -> None:
    person, agency, referral = await world.person(), new_id(), new_id()
    await world.consent(person, agency)

    async def ask() -> permits.Permit:
        return await world.permit(person, agency, request="r1", referral=referral)

    first = await ask()
    assert await ask() == first
    together = await asyncio.gather(*(ask() for _ in range(5)))
    assert all(one == first for one in together)
    jump(timedelta(minutes=5))
    second = await ask()
    assert second.granted and second.permit_id != first.permit_id
    await world.confirm(second, "lapsed")
    assert (await ask()).permit_id not in (first.permit_id, second.permit_id)


async def test_a_request_id_stands_for_one_thing(world: World) -> None:
    person, agency = await world.person(), new_id()
    await world.consent(person, agency)
    await world.permit(person, agency, request="r1")
    with pytest.raises(NotAsked, match="request_id"):
        await world.permit(person, agency, request="r1")  # of another referral


async def test_garbage_is_refused_for_good(world: World) -> None:
    bad: list[dict[str, Any]] = [{"person_id": "x"}, {"agency_id": ""}, {"purpose": "gossip"}, {"request_id": ""}]
    good = {
        "request_id": "r",
        "referral_id": str(new_id()),
        "person_id": str(new_id()),
        "agency_id": str(new_id()),
        "purpose": "send",
    }
    for wrong in bad:
        with pytest.raises(NotAsked):
            await world.desk.request_permit(permits.PermitRequest(**{**good, **wrong}))
    for wrong in ({"permit_id": "x"}, {"permit_id": str(new_id()), "outcome": "maybe"}):
        with pytest.raises(NotAsked):
            await world.desk.confirm_disclosure(permits.ConfirmDisclosure(**{"outcome": "sent", **wrong}))
    assert not await world.desk.confirm_disclosure(permits.ConfirmDisclosure(str(new_id()), "sent"))


async def test_expired_lets_be_chased_and_stops_anything_new(world: World, jump: Any) -> None:
    person, agency = await world.person(), new_id()
    await world.consent(person, agency, expires_at=ahead(days=2), may_tell_us=["outcome"])
    jump(timedelta(days=2))
    assert (await world.permit(person, agency, "send")).why == "expired"
    assert (await world.permit(person, agency, "call")).why == "expired"
    chase = await world.permit(person, agency, "chase")
    assert chase.granted and chase.may_tell_us == []


async def test_a_withdrawal_stops_every_purpose_and_takes_permits_back(world: World) -> None:
    person, agency, other = await world.person(), new_id(), new_id()
    first = await world.consent(person, agency)
    second = await world.consent(person, agency, purpose="a doctor")
    elsewhere = await world.consent(person, other)
    held = await world.permit(person, agency, request="r1")
    withdrawn = await world.ok("POST", f"/consents/{first['id']}/withdraw", {"words": "No more."}, status=200)
    assert not withdrawn["live"] and withdrawn["withdrawal_words"] == "No more."
    for purpose in ("send", "chase", "call"):
        assert (await world.permit(person, agency, purpose)).why == "withdrawn"
    assert (await world.permit(person, other)).granted
    listed = (await world.ok("GET", f"/people/{person}/consents"))["items"]
    assert {item["id"]: item["live"] for item in listed} == {
        first["id"]: False,
        second["id"]: False,
        elsewhere["id"]: True,
    }
    told = [data["consent_id"] for kind, data in await world.events(person) if kind == "intake.consent.withdrawn"]
    assert sorted(told) == sorted([first["id"], second["id"]])
    [(outcome,)] = await world.rows("SELECT outcome FROM permits WHERE id = :id", id=held.permit_id)
    assert outcome == "lapsed"
    # What had left before it is still written down.
    await world.confirm(held, "sent")
    assert len((await world.ok("GET", f"/people/{person}/disclosures"))["items"]) == 1
    # Again: no second event.
    await world.ok("POST", f"/consents/{first['id']}/withdraw", {}, status=200)
    assert len(await world.events(person)) == 6


async def test_consent_may_be_given_again_but_a_late_entry_does_not_undo_a_withdrawal(world: World) -> None:
    person, agency = await world.person(), new_id()
    first = await world.consent(person, agency, given_at=ago(days=9))
    await world.ok("POST", f"/consents/{first['id']}/withdraw", {"occurred_at": ago(days=2)})
    body = {"agency_id": str(agency), "purpose": "p", "may_tell": ["alias"], "how_given": "written"}
    late = await world.refused(409, "POST", f"/people/{person}/consents", {**body, "given_at": ago(days=3)})
    assert late["rule"] == "withdrawn_since"
    assert (await world.permit(person, agency)).why == "withdrawn"
    await world.ok("POST", f"/people/{person}/consents", body)
    assert (await world.permit(person, agency)).granted


async def test_consents_that_cannot_be(world: World) -> None:
    person, agency = await world.person(), new_id()
    body = {"agency_id": str(agency), "purpose": "p", "may_tell": ["alias"], "how_given": "spoken"}
    for more, field in (
        ({"given_at": ahead(minutes=1)}, "given_at"),
        ({"given_at": ago(days=1), "expires_at": ago(days=2)}, "expires_at"),
        ({"may_tell": []}, "may_tell"),
        ({"may_tell": ["immigration_status"]}, "may_tell.0"),
    ):
        answer = await world.refused(422, "POST", f"/people/{person}/consents", {**body, **more})
        assert answer["errors"][0]["field"] == field
    made = await world.ok("POST", f"/people/{person}/consents", {**body, "given_at": ago(days=1)})
    early = await world.refused(422, "POST", f"/consents/{made['id']}/withdraw", {"occurred_at": ago(days=2)})
    assert early["errors"][0]["field"] == "occurred_at"


async def test_an_override_serves_one_disclosure_and_its_chase(world: World) -> None:
    person, agency, referral = await world.person(), new_id(), new_id()
    basis = await override(world, person, agency)
    first = await world.permit(person, agency, request="r1", referral=referral)
    assert first.granted and first.may_tell_us == []
    assert (await world.permit(person, agency, request="r2")).why == "no_consent"  # held by the first
    await world.confirm(first, "lapsed")
    second = await world.permit(person, agency, request="r2", referral=referral)
    await world.confirm(second, "sent")
    assert (await world.permit(person, agency, request="r3")).why == "no_consent"
    assert (await world.permit(person, agency, "chase", referral=referral)).granted
    assert (await world.permit(person, agency, "chase")).why == "no_consent"  # another referral
    [told] = (await world.ok("GET", f"/people/{person}/disclosures"))["items"]
    assert told["legal_basis_id"] == basis and told["consent_id"] is None and told["purpose"] == "send"


async def test_an_override_from_before_a_withdrawal_does_not_outlive_it(world: World) -> None:
    person, agency = await world.person(), new_id()
    consent = await world.consent(person, agency, given_at=ago(days=2))
    await override(world, person, agency)
    # Also when it was said before the decision and is only recorded now.
    await world.ok("POST", f"/consents/{consent['id']}/withdraw", {"occurred_at": ago(days=1)})
    assert (await world.permit(person, agency)).why == "withdrawn"
    await override(world, person, agency)
    assert (await world.permit(person, agency)).granted


async def test_a_basis_without_override_is_no_permit(world: World) -> None:
    person, agency = await world.person(), new_id()
    body = {"agency_id": str(agency), "grounds": ["statute"]}
    await world.ok("POST", f"/people/{person}/legal-bases", body)
    assert (await world.permit(person, agency)).why == "no_consent"


async def test_a_no_and_a_death_refuse_everything(world: World, jump: Any) -> None:
    person, agency = await world.person(), new_id()
    await world.consent(person, agency)
    held = await world.permit(person, agency, request="r1")
    await world.ok("POST", f"/people/{person}/said-no", {"until": ahead(days=10)})
    [(outcome,)] = await world.rows("SELECT outcome FROM permits WHERE id = :id", id=held.permit_id)
    assert outcome == "lapsed"
    await override(world, person, agency)
    for purpose in ("send", "chase", "call"):
        assert (await world.permit(person, agency, purpose)).why == "said_no"
    jump(timedelta(days=10))
    assert (await world.permit(person, agency, request="r2")).granted
    await world.ok("POST", f"/people/{person}/died", {})
    for purpose in ("send", "chase", "call"):
        assert (await world.permit(person, agency, purpose)).why == "died"
    assert await world.rows("SELECT 1 FROM permits WHERE outcome = 'live'") == []


async def test_sent_becomes_one_disclosure_however_often_it_is_told(world: World) -> None:
    person, agency, referral = await world.person(), new_id(), new_id()
    consent = await world.consent(person, agency)
    permit = await world.permit(person, agency, referral=referral)
    assert await asyncio.gather(*(world.confirm(permit) for _ in range(4))) == [True] * 4
    await world.confirm(permit, "lapsed")
    [told] = (await world.ok("GET", f"/people/{person}/disclosures"))["items"]
    assert told["consent_id"] == consent["id"] and told["referral_id"] == str(referral)
    assert told["agency_id"] == str(agency)
    lapsed = await world.permit(person, agency)
    await world.confirm(lapsed, "lapsed")
    assert len((await world.ok("GET", f"/people/{person}/disclosures"))["items"]) == 1


async def test_what_nobody_confirmed_is_swept(world: World, jump: Any) -> None:
    person, agency = await world.person(), new_id()
    await world.consent(person, agency)
    old = await world.permit(person, agency, request="r1")
    jump(timedelta(minutes=4))
    young = await world.permit(person, agency, request="r2")
    jump(timedelta(minutes=1))
    assert await sweep(world.services) == 1 and await sweep(world.services) == 0
    rows = await world.rows("SELECT id::text, outcome FROM permits")
    assert {tuple(row) for row in rows} == {(old.permit_id, "lapsed"), (young.permit_id, "live")}
    await world.confirm(old, "sent")  # it had left; the news came late
    assert len((await world.ok("GET", f"/people/{person}/disclosures"))["items"]) == 1


@pytest.mark.parametrize("change", ["withdraw", "said-no", "died"])
async def test_after_a_withdrawal_no_or_death_is_committed_no_permit_is_granted(world: World, change: str) -> None:
    """Permits are requested while the withdrawal, no or death is recorded.

    Requests that began after its response are all refused, and no permit granted before stays live.
    """
    agency = new_id()
    for _ in range(6):
        person = await world.person()
        consent = await world.consent(person, agency)
        place = f"/consents/{consent['id']}/withdraw" if change == "withdraw" else f"/people/{person}/{change}"
        committed = asyncio.Event()
        started = asyncio.Event()
        late: list[permits.Permit] = []
        early: list[permits.Permit] = []

        async def ask(
            person: str = person,
            committed: asyncio.Event = committed,
            started: asyncio.Event = started,
            late: list[permits.Permit] = late,
            early: list[permits.Permit] = early,
        ) -> None:
            for _ in range(12):
                after = committed.is_set()
                (late if after else early).append(await world.permit(person, agency))
                started.set()

        async def say(
            place: str = place, committed: asyncio.Event = committed, started: asyncio.Event = started
        ) -> None:
            await started.wait()
            await world.ok("POST", place, {})
            committed.set()

        await asyncio.gather(ask(), ask(), ask(), say())
        assert any(permit.granted for permit in early) and late
        assert not any(permit.granted for permit in late)
        live = await world.rows("SELECT 1 FROM permits WHERE person_id = :id AND outcome = 'live'", id=person)
        assert live == []


async def test_a_permit_covers_all_that_is_to_be_told(world: World) -> None:
    person, agency = await world.person(), new_id()

    async def ask(*tells: str, purpose: Any = "send") -> permits.Permit:
        request, ids = str(uuid4()), (str(new_id()), person, str(agency))
        words = [opaque(each, request) for each in tells]
        return await world.desk.request_permit(permits.PermitRequest(request, *ids, purpose, "", words))

    await world.consent(person, agency, given_at=ago(days=2), may_tell=["alias", "safe_contact", "health"])
    assert (await ask("first_name", "safe_contact", "need", "worker_phone")).granted
    for part in ("person_wants", "about.legal", "a_word_of_tomorrow"):
        assert (await ask("first_name", part)).why == "not_covered"
        assert (await ask("first_name", part, purpose="show")).why == "not_covered"
        assert (await ask("first_name", part, purpose="chase")).granted, "by reference only"
    # The newest consent holds, also where it covers less.
    await world.consent(person, agency, given_at=ago(days=1), may_tell=["alias"])
    assert (await ask("safe_contact")).why == "not_covered" and (await ask("first_name")).granted
    # A decision to disclose without consent is about just this.
    await override(world, person, agency)
    assert (await ask("safe_contact")).granted


def test_words_say_nothing_to_who_passes_them_on() -> None:
    assert meant([opaque("about.health", "one"), "other"], PARTS, "one") == ["about.health", None]
    assert opaque("about.health", "one") != opaque("about.health", "two") and "health" not in opaque("health", "one")


def test_every_field_of_what_is_told_needs_something_or_is_about_the_worker() -> None:
    assert set(FIELDS) == set(Told.model_fields)
    assert {field for field in FIELDS if covered([field], [])} == {"worker_first_name", "worker_phone"}


SITUATIONS = st.builds(
    Situation,
    said_no=st.booleans(),
    died=st.booleans(),
    consent=st.sampled_from(Standing),
    override=st.booleans(),
    earlier_override=st.booleans(),
    covers=st.booleans(),
)


@given(st.sampled_from(Purpose), SITUATIONS)
def test_every_answer_has_a_ground_or_a_reason(purpose: Purpose, now: Situation) -> None:
    answer = decide(purpose, now)
    assert (answer.ground is None) != (answer.why is None)
    if now.said_no or now.died:
        assert answer.why in {"said_no", "died"}
    elif purpose is Purpose.NO_CONTACT:
        assert answer.ground is Ground.LEAVE_ALONE_NOTICE
    elif answer.ground is None:
        assert answer.why == ("not_covered" if now.consent is Standing.LIVE else now.consent.value)
        assert now.consent is not Standing.LIVE or not (now.covers or purpose is Purpose.CHASE)
        # Whoever may not be chased may not be sent anything new either.
        assert purpose is not Purpose.CHASE or decide(Purpose.SEND, now).ground is None
    elif now.consent is Standing.WITHDRAWN:
        assert now.override or (now.earlier_override and purpose in (Purpose.CHASE, Purpose.SHOW))


async def test_the_event_of_a_consent_has_what_the_agency_may_tell_us_by_the_newest_consent(world: World) -> None:
    person, agency = await world.person(), new_id()
    await world.consent(person, agency, may_tell_us=["attendance", "outcome"], given_at=ago(hours=2))
    await world.consent(person, agency, may_tell_us=["outcome"], given_at=ago(hours=1))
    await world.consent(person, agency, may_tell_us=["results"], given_at=ago(hours=3))
    await world.consent(person, new_id(), may_tell_us=[])
    told = [data["may_tell_us"] for kind, data in await world.events(person) if kind == "intake.consent.recorded"]
    assert told == [["attendance", "outcome"], ["outcome"], ["outcome"], []]
