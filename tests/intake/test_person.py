"""People: registered by any name, found by any name, changed under their ETag, seen by their team only."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from services.intake.app import sweep
from services.intake.person.rules import pieces, sought
from shared.context import Actor
from shared.ids import new_id
from shared.text import clean_name
from tests.intake.world import World


async def test_an_alias_is_enough_and_the_event_says_no_name(world: World) -> None:
    made = await world.ok("POST", "/people", {"alias": "Little Jo"}, status=201)
    assert made["team_id"] == str(world.team) and made["version"] == 1
    assert made["engagement"]["state"] == "identified" and made["said_no"] is None and made["died_at"] is None
    assert made["safe_contact"] | {"recorded_at": None, "by": None} == {
        "version": 0,
        "recorded": False,
        "channels": ["in_person"],
        "by_whom": "us",
        "when": None,
        "details": None,
        "voicemail": "nothing",
        "voicemail_words": None,
        "recorded_at": None,
        "by": None,
    }
    [(kind, data)] = await world.events(made["id"])
    assert kind == "intake.person.registered" and data["version"] == 1
    assert set(data) == {"version", "occurred_at", "person_id", "team_id"}


async def test_what_a_client_calls_a_file_is_known_in_its_team_alone(world: World) -> None:
    """That another team has called one so, or has one with this very id, is told by nothing."""
    given = str(uuid4())
    theirs = await world.ok("POST", "/people", {"id": given, "alias": "Jo"}, teams=[world.other_team])
    ours = await world.ok("POST", "/people", {"id": given, "alias": "Jo"})
    assert len({given, ours["id"], theirs["id"]}) == 3
    await world.ok("POST", "/people", {"id": theirs["id"], "alias": "Al"})
    await world.refused(404, "GET", f"/people/{given}")
    assert (await world.refused(409, "POST", "/people", {"id": given, "alias": "Al"}))["rule"] == "id_taken"


async def test_the_same_key_makes_one_person(world: World) -> None:
    key = str(uuid4())
    one = await world.ok("POST", "/people", {"alias": "Jo"}, key=key)
    two = await world.ok("POST", "/people", {"alias": "Jo"}, key=key)
    assert one == two and len((await world.ok("GET", "/people"))["items"]) == 1


async def test_somebody_of_two_teams_says_which(world: World) -> None:
    both = [world.team, world.other_team]
    answer = await world.refused(422, "POST", "/people", {"alias": "Jo"}, teams=both)
    assert answer["errors"][0]["field"] == "team_id"
    made = await world.ok("POST", "/people", {"alias": "Jo", "team_id": str(world.other_team)}, teams=both)
    assert made["team_id"] == str(world.other_team)


async def test_another_teams_person_is_nobody(world: World) -> None:
    """Every read answers the same for another team's file and for none at all."""
    theirs = await world.stranger()
    reads = ["", "/safe-contact", "/sealed", "/contacts", "/concerns", "/consents", "/legal-bases", "/disclosures"]
    for below in reads:
        answers = [await world.send("GET", f"/people/{who}{below}") for who in (theirs, str(uuid4()))]
        bodies = [{**answer.json(), "correlation_id": ""} for answer in answers]
        assert [answer.status_code for answer in answers] == [404, 404] and bodies[0] == bodies[1], below
        assert len(answers[0].content) == len(answers[1].content)
    assert (await world.ok("GET", "/people"))["items"] == []


async def test_a_change_needs_the_version_last_seen(world: World) -> None:
    person = await world.person("Jo", aliases=["Josie"])
    read = await world.send("GET", f"/people/{person}")
    assert read.headers["ETag"] == '"1"'
    body = {"language": {"speaks": ["Polish"], "may_interpret": ["telephone_service"]}}
    changed = await world.send("PATCH", f"/people/{person}", body, etag='"1"')
    assert changed.headers["ETag"] == '"2"'
    assert changed.json()["language"]["speaks"] == ["Polish"] and changed.json()["aliases"] == ["Josie"]
    await world.refused(412, "PATCH", f"/people/{person}", {"alias": "Al"}, etag='"1"')
    cleared = await world.ok("PATCH", f"/people/{person}", {"language": None}, etag='"2"')
    assert cleared["language"] is None and cleared["alias"] == "Jo"


async def test_partner_and_family_are_no_choice_of_interpreter(world: World) -> None:
    for who in ("partner", "family", "friend"):
        body = {"alias": "Jo", "language": {"may_interpret": [who]}}
        answer = await world.refused(422, "POST", "/people", body)
        assert answer["errors"][0]["field"] == "language.may_interpret.0"


async def test_found_by_any_part_of_any_of_their_names_in_ones_own_teams(world: World) -> None:
    jose = await world.person("José the Long", aliases=["Blackie"])
    jo = await world.person("J")
    lukasz = await world.person("Łukasz Ż.")
    fox = await world.person("🦊", aliases=["محمد"])
    theirs = await world.stranger("Joseph")

    async def found(alias: str, **more: object) -> set[str]:
        answer = await world.ok("POST", "/people/search", {"alias": alias}, **more)  # type: ignore[arg-type]
        return {item["id"] for item in answer["items"]}

    for search in ("jos", "JOSE lo", "black", "ose", "ack", "ong jos"):
        assert await found(search) == {jose}, search
    assert await found("jose short") == set() and await found("...") == set()
    assert await found("j") == {jo}
    assert await found("lukasz") == await found("Łukasz") == await found("kas") == {lukasz}
    assert await found("🦊") == await found("fox") == await found("mohammed") == await found("محمد") == {fox}
    both = [world.team, world.other_team]
    assert await found("jos", teams=[world.other_team]) == {theirs} and await found("jos", teams=both) == {jose, theirs}
    version = (await world.send("GET", f"/people/{jose}")).headers["ETag"]
    await world.ok("PATCH", f"/people/{jose}", {"aliases": []}, etag=version)
    assert await found("black") == set() and await found("jos") == {jose}


async def test_names_indexed_by_an_earlier_version_are_indexed_anew(world: World) -> None:
    """And the number of entries is the same for a short name and a long one; a file's version says nothing of it."""
    short, long = await world.person("Jo"), await world.person("Little Jo Black")
    version = (await world.send("GET", f"/people/{short}")).headers["ETag"]
    counted = "SELECT count(*) FROM alias_tokens WHERE person_id = :id"
    counts = [(await world.rows(counted, id=one))[0][0] for one in (short, long)]
    assert counts == [32, 32]
    async with world.services.work.transaction(Actor.service("intake")) as session:
        await session.execute(text("DELETE FROM alias_tokens"))
        await session.execute(text("UPDATE people SET names_edition = 0"))
    assert (await world.ok("POST", "/people/search", {"alias": "jo"}))["items"] == []
    await sweep(world.services)
    assert len((await world.ok("POST", "/people/search", {"alias": "jo"}))["items"]) == 2
    assert (await world.send("GET", f"/people/{short}")).headers["ETag"] == version


async def test_an_invisible_name_is_refused_with_its_reason(world: World) -> None:
    for alias, rule in (("\u3164", "text_invisible"), ("Sam\u202e", "text_invisible"), ("\u200b", "text_blank")):
        refused = await world.refused(422, "POST", "/people", {"alias": alias})
        assert [(one["field"], one["rule"]) for one in refused["errors"]] == [("alias", rule)]


async def test_no_name_stands_in_an_address(world: World) -> None:
    await world.person("Jo")
    refused = await world.refused(422, "GET", "/people?alias=Zebedee")
    assert (
        refused["errors"][0]["field"] == "alias" and "/people/search" in str(refused) and "Zebedee" not in str(refused)
    )
    both = {"alias": "jo", "engagement": "said_no"}
    assert (await world.ok("POST", "/people/search", both))["items"] == []
    unnamed = await world.refused(422, "POST", "/people/search", {})
    assert unnamed["errors"][0]["field"] == "alias"
    await world.refused(403, "POST", "/people/search", {"alias": "jo"}, role="commissioner")


async def test_found_by_name_in_pages(world: World) -> None:
    made = [await world.person(f"Jo {n}") for n in range(3)]
    first = await world.ok("POST", "/people/search?limit=2", {"alias": "jo"})
    second = await world.ok("POST", f"/people/search?limit=2&cursor={first['next_cursor']}", {"alias": "jo"})
    assert [item["id"] for item in (*first["items"], *second["items"])] == made[::-1]


async def test_no_name_lies_in_the_database_in_clear(world: World) -> None:
    person = await world.person("Zebedee", aliases=["Qwerty"], language={"speaks": ["Volapuk"]})
    tables = await world.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    for (table,) in tables:
        if table == "alembic_version":
            continue
        for (row,) in await world.rows(f'SELECT x::text FROM "{table}" x'):
            for word in ("Zebedee", "zebedee", "Qwerty", "Volapuk"):
                assert word not in row and word.encode().hex() not in row, table
    assert person


async def test_the_list_pages_newest_first(world: World) -> None:
    made = [await world.person(f"P{n}") for n in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        answer = await world.ok("GET", f"/people?limit=2{cursor}")
        assert len(answer["items"]) <= 2
        seen += [item["id"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert seen == made[::-1]
    assert set(answer["items"][0]) == {
        *("id", "team_id", "version", "alias", "engagement", "case_id", "recorded_at"),
    }


async def test_who_may_open_a_file(world: World) -> None:
    for role in ("worker", "clinician", "supervisor", "guardian"):
        await world.ok("POST", "/people", {"alias": "Jo"}, role=role)
    for role in ("commissioner", "admin", "system"):
        await world.refused(403, "POST", "/people", {"alias": "Jo"}, role=role)
        await world.refused(403, "GET", f"/people/{new_id()}", role=role)


@given(st.text(min_size=1, max_size=40))
def test_every_name_is_found_by_itself(name: str) -> None:
    try:
        name = clean_name(name)
    except ValueError:
        return
    assert sought(name) and all(any(way <= pieces([name]) for way in ways) for ways in sought(name))
