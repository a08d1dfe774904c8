"""Partner links: for the guardian alone, and never an oracle about the other file."""

import re
from uuid import uuid4

from tests.intake.world import World


async def test_only_the_guardian_makes_and_sees_links(world: World) -> None:
    body = {"person_id": await world.person(), "other_person_id": str(uuid4()), "knows": "ours", "note": "n"}
    made = await world.ok("POST", "/partner-links", body, role="guardian", status=201)
    assert made["knows"] == "ours" and made["by"] == "guardian-1"
    assert (await world.ok("GET", "/partner-links", role="guardian"))["items"] == [made]
    only = f"/partner-links?person_id={body['person_id']}"
    assert (await world.ok("GET", only, role="guardian"))["items"] == [made]
    other = f"/partner-links?person_id={uuid4()}"
    assert (await world.ok("GET", other, role="guardian"))["items"] == []
    for role in ("worker", "clinician", "supervisor", "commissioner", "admin", "system"):
        await world.refused(403, "POST", "/partner-links", body, role=role)
        await world.refused(403, "GET", "/partner-links", role=role)
    elsewhere = await world.ok("GET", "/partner-links", role="guardian", teams=[world.other_team])
    assert elsewhere["items"] == []


async def test_the_answer_is_the_same_whatever_the_other_file_is(world: World) -> None:
    ours = await world.person()
    died, said_no, elsewhere = await world.person(), await world.person(), await world.stranger()
    await world.ok("POST", f"/people/{died}/died", {})
    await world.ok("POST", f"/people/{said_no}/said-no", {})
    answers: set[tuple[int, str]] = set()
    lengths: set[int] = set()
    for other in (died, said_no, elsewhere, str(uuid4()), ours, died):
        body = {"person_id": ours, "other_person_id": other}
        answer = await world.send("POST", "/partner-links", body, role="guardian")
        lengths.add(len(answer.content))
        plain = re.sub(r'"(id|other_person_id|recorded_at)":"[^"]*"', "", answer.text)
        answers.add((answer.status_code, re.sub(r'"(id|other_person_id|recorded_at)": "[^"]*"', "", plain)))
    assert len(answers) == 1 and len(lengths) == 1 and next(iter(answers))[0] == 201


async def test_not_yours_and_not_there_are_the_same_bytes(world: World) -> None:
    theirs = await world.stranger()
    correlation = str(uuid4())
    got: list[tuple[int, bytes, dict[str, str]]] = []
    for who in (theirs, str(uuid4())):
        headers = {
            "Authorization": f"Bearer {world.token('guardian')}",
            "Idempotency-Key": str(uuid4()),
            "X-Correlation-Id": correlation,
        }
        body = {"person_id": who, "other_person_id": str(uuid4())}
        answer = await world.http.post("/partner-links", json=body, headers=headers)
        got.append((answer.status_code, answer.content, dict(answer.headers)))
    assert got[0] == got[1] and got[0][0] == 404


async def test_a_link_shows_nowhere_else(world: World) -> None:
    """Neither file changes, no event is told, and the table names nobody."""
    ours, theirs = await world.person(), await world.person()
    before = [(await world.send("GET", f"/people/{who}")).json() for who in (ours, theirs)]
    events = len(await world.rows("SELECT 1 FROM outbox"))
    body = {"person_id": ours, "other_person_id": theirs, "note": "Xylophone"}
    await world.ok("POST", "/partner-links", body, role="guardian")
    assert [(await world.send("GET", f"/people/{who}")).json() for who in (ours, theirs)] == before
    assert len(await world.rows("SELECT 1 FROM outbox")) == events
    [(row,)] = await world.rows("SELECT x::text FROM partner_links x")
    assert not any(word in row for word in (ours, theirs, "Xylophone", "guardian"))
