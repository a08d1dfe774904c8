"""Safe contact, sealed facts, contacts, concerns, legal bases: what is kept about one person."""

from datetime import datetime
from uuid import uuid4

from shared import clock
from shared.ids import new_id
from tests.intake.world import World, ago, ahead, instant


async def test_safe_contact_replaces_the_strict_default(world: World) -> None:
    person = await world.person()
    place = f"/people/{person}/safe-contact"
    assert (await world.send("GET", place)).headers["ETag"] == '"0"'
    body = {"channels": ["text"], "by_whom": "us_and_agencies", "details": "07700 900123, his sister's"}
    await world.refused(428, "PUT", place, body)
    put = await world.send("PUT", place, body, etag='"0"')
    assert put.headers["ETag"] == '"1"' and put.json()["recorded"] and put.json()["voicemail"] == "nothing"
    await world.refused(412, "PUT", place, body, etag='"0"')
    assert (await world.ok("PUT", place, {"channels": ["in_person"]}, etag='"1"'))["details"] is None
    assert (await world.ok("GET", f"/people/{person}"))["safe_contact"]["channels"] == ["in_person"]


async def test_voicemail_words_belong_to_as_written(world: World) -> None:
    place = f"/people/{await world.person()}/safe-contact"
    for more in ({"voicemail": "as_written"}, {"voicemail_words": "Ring me"}):
        answer = await world.refused(422, "PUT", place, {"channels": ["phone"], **more}, etag='"0"')
        assert answer["errors"][0]["field"] == "voicemail_words"


async def test_sealed_facts_are_nowhere_but_in_their_own_answer(world: World) -> None:
    person = await world.person()
    place = f"/people/{person}/sealed"
    empty = await world.ok("GET", place)
    assert empty == {"version": 1, "reasons": [], "other_reason": None, "source": None}
    before = (await world.send("GET", f"/people/{person}")).headers["ETag"]
    body = {"reasons": ["street_drinking", "no_settled_home"], "other_reason": "told by Al", "source": "dosh"}
    sealed = await world.ok("PUT", place, body, etag='"1"')
    assert sealed == {"version": 2, "reasons": ["street_drinking", "no_settled_home"]} | {
        "other_reason": "told by Al",
        "source": "dosh",
    }
    assert (await world.send("GET", f"/people/{person}")).headers["ETag"] == before
    for path in ("/people", f"/people/{person}"):
        text = (await world.send("GET", path)).text
        assert not any(word in text for word in ("street_drinking", "dosh", "reason", "source"))
    for role, status in {"clinician": 403, "commissioner": 403, "supervisor": 200, "guardian": 200}.items():
        assert (await world.send("GET", place, role=role)).status_code == status
    assert [kind for kind, _ in await world.events(person)] == ["intake.person.registered"]


async def test_the_length_of_what_is_sealed_does_not_count_the_reasons(world: World) -> None:
    person = await world.person()
    lengths: set[int] = set()
    every = ["partner_of_somebody_known", "street_drinking", "no_settled_home", "kept_out_of_services", "other"]
    for version, reasons in enumerate(([], every[:1], every), start=1):
        await world.ok("PUT", f"/people/{person}/sealed", {"reasons": reasons}, etag=f'"{version}"')
        lengths |= {row[0] for row in await world.rows("SELECT length(facts_sealed) FROM sealed_facts")}
    assert len(lengths) == 1


async def test_a_contact_is_logged_with_its_own_time_and_its_event_says_ids_only(world: World) -> None:
    person, contact, at = await world.person(), str(uuid4()), ago(days=3)
    body = {"id": contact, "kind": "met", "occurred_at": at, "place": "the park", "note": "He wants a bed.\nSoon."}
    logged = await world.ok("POST", f"/people/{person}/contacts", body, status=201)
    assert logged["id"] != contact and logged["note"] == "He wants a bed.\nSoon." and logged["by"] == "worker-1"
    assert instant(logged["occurred_at"]) == instant(at) < instant(logged["recorded_at"])
    kind, data = (await world.events(person))[-1]
    assert kind == "intake.contact.logged" and data["version"] == 2 and data["kind"] == "met"
    assert set(data) == {"version", "occurred_at", "contact_id", "person_id", "team_id", "kind", "by"}
    answer = await world.refused(409, "POST", f"/people/{person}/contacts", body)
    assert answer["rule"] == "id_taken"


async def test_contacts_are_listed_by_their_own_time(world: World) -> None:
    person = await world.person()
    for days, kind, channel in ((1, "spoke", "phone"), (9, "met", "in_person"), (4, "missed", "text")):
        body = {"kind": kind, "channel": channel, "occurred_at": ago(days=days)}
        await world.ok("POST", f"/people/{person}/contacts", body)
    answer = await world.ok("GET", f"/people/{person}/contacts")
    assert [item["kind"] for item in answer["items"]] == ["spoke", "missed", "met"]


async def test_contacts_that_cannot_be(world: World) -> None:
    place = f"/people/{await world.person()}/contacts"
    sighting = {"by_whom": "Al", "where": "the park", "how_they_were": "thin"}
    for body, field in (
        ({"kind": "met", "occurred_at": ahead(minutes=5)}, "occurred_at"),
        ({"kind": "spoke"}, "channel"),
        ({"kind": "met", "channel": "phone"}, "channel"),
        ({"kind": "sighted"}, "sighting"),
        ({"kind": "met", "sighting": sighting}, "sighting"),
        ({"kind": "met", "occurred_at": "2026-01-01T10:00:00"}, "occurred_at"),
    ):
        answer = await world.refused(422, "POST", place, body)
        assert answer["errors"][0]["field"] == field
    sighted = await world.ok("POST", place, {"kind": "sighted", "sighting": sighting})
    assert sighted["sighting"] == sighting


async def test_a_concern_is_told_to_the_lead_once(world: World) -> None:
    person = await world.person()
    body = {"about": "child", "who": "a boy of ten", "what": "Alone at night.", "noticed_at": ago(hours=5)}
    raised = await world.ok("POST", f"/people/{person}/concerns", body, status=201)
    assert raised["lead_told_at"] is None and raised["what"] == "Alone at night."
    assert raised["tell_lead_by"] == clock.local_date(datetime.fromisoformat(raised["noticed_at"])).isoformat()
    assert (await world.ok("GET", "/concerns"))["items"] == [raised]
    assert (await world.ok("GET", "/concerns", teams=[world.other_team]))["items"] == []
    place = f"/concerns/{raised['id']}/told-lead"
    early = {"to_whom": "the lead", "occurred_at": ago(hours=6)}
    assert (await world.refused(422, "POST", place, early))["errors"][0]["field"] == "occurred_at"
    told = await world.ok("POST", place, {"to_whom": "the lead", "decided": "Strategy meeting."}, status=200)
    assert told["lead_told_by"] == "worker-1" and told["decided"] == "Strategy meeting."
    await world.refused(409, "POST", place, {"to_whom": "another"})
    assert (await world.ok("GET", f"/people/{person}/concerns"))["items"] == [told]
    assert (await world.ok("GET", "/concerns"))["items"] == []
    assert [kind for kind, _ in await world.events(person)] == ["intake.person.registered"]


async def test_an_override_names_why_the_risk_and_whether_the_person_was_informed(world: World) -> None:
    place = f"/people/{await world.person()}/legal-bases"
    agency = str(new_id())
    override = {"why": "w", "risk": "r", "proportionality": "p", "told": True}
    for body, field in (
        ({"grounds": ["gdpr_6_1_e"], "override": override}, "override"),
        ({"grounds": ["statute"], "override": {**override, "told": False}}, "override.why_not_told"),
        ({"grounds": ["statute"], "override": {**override, "why_not_told": "x"}}, "override.why_not_told"),
        ({"grounds": []}, "grounds"),
    ):
        answer = await world.refused(422, "POST", place, {"agency_id": agency, **body})
        assert answer["errors"][0]["field"] == field
    made = await world.ok("POST", place, {"agency_id": agency, "grounds": ["statute"], "override": override})
    assert made["override"] == {**override, "why_not_told": None} and made["by"] == "worker-1"
    plain = await world.ok("POST", place, {"agency_id": agency, "grounds": ["gdpr_6_1_e", "gdpr_9_2_h"]})
    listed = (await world.ok("GET", place))["items"]
    assert [item["id"] for item in listed] == [plain["id"], made["id"]]
