"""The whole service on the real engines: a permit asked over NATS, events out to NATS and in from it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
from nats.aio.client import Client as Nats

from services.intake.app import service
from shared import asking, clock
from shared.events.casework import CaseOpened
from shared.events.envelope import Envelope, read, write
from shared.ids import new_id
from shared.metrics.gathering import Gatherer
from shared.nats import ensure_stream
from shared.permits import (
    CONFIRM_DISCLOSURES,
    REQUEST_PERMITS,
    ConfirmDisclosure,
    ConfirmDisclosures,
    Confirmed,
    Permit,
    PermitRequest,
    PermitRequests,
    Permits,
    Purpose,
)
from shared.process import PARTS, serve
from shared.settings import Settings
from tests.conftest import MakeDatabase, MakeToken
from tests.scrape import series, value


@pytest.fixture
async def intake(
    settings: Settings, database_of: MakeDatabase, fresh_streams: Nats
) -> AsyncIterator[httpx.AsyncClient]:
    """The running service, as a client of it."""
    await database_of("intake")
    stop, force = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(serve(service(settings), settings, frozenset(PARTS), stop, force=force))
    address = f"http://{settings.host}:{settings.port('intake')}"
    async with httpx.AsyncClient(base_url=address) as http:
        async with asyncio.timeout(30):
            while True:
                try:
                    if (await http.get("/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                assert not running.done(), running.exception()
                await asyncio.sleep(0.05)
        yield http
        stop.set()
        async with asyncio.timeout(20):
            await running


async def permits_counted(answer: str) -> float:
    found = series((await Gatherer([]).text()).decode())
    return value(found, "alongside_permits_total", answer=answer) or 0


async def test_the_service_on_real_engines(
    intake: httpx.AsyncClient, fresh_streams: Nats, token_for: MakeToken, team_id: UUID
) -> None:
    def headers() -> dict[str, str]:
        return {"Authorization": f"Bearer {token_for('worker')}", "Idempotency-Key": str(uuid4())}

    js = fresh_streams.jetstream()
    heard = await js.subscribe("alongside.intake.>", stream="INTAKE", deliver_policy="all")
    person = (await intake.post("/people", json={"alias": "Jo"}, headers=headers())).json()["id"]
    agency = str(new_id())
    body = {"agency_id": agency, "purpose": "a bed", "may_tell": ["alias"], "how_given": "spoken"}
    consent = (await intake.post(f"/people/{person}/consents", json=body, headers=headers())).json()["id"]

    async def ask(purpose: Purpose, request: str) -> Permit:
        asked = PermitRequests([PermitRequest(request, str(new_id()), person, agency, purpose)])
        [answer] = (await asking.ask(fresh_streams, REQUEST_PERMITS, asked, Permits, 10)).answers
        return answer

    before = await permits_counted("granted"), await permits_counted("withdrawn")
    permit = await ask("send", "r1")
    assert permit.granted and permit.permit_id is not None and permit.expires_at is not None
    assert permit.expires_at > clock.now()
    told = ConfirmDisclosures([ConfirmDisclosure(permit.permit_id, "sent"), ConfirmDisclosure(str(new_id()), "sent")])
    assert (await asking.ask(fresh_streams, CONFIRM_DISCLOSURES, told, Confirmed, 10)).known == 1
    disclosures = (await intake.get(f"/people/{person}/disclosures", headers=headers())).json()["items"]
    assert [one["consent_id"] for one in disclosures] == [consent]
    answer = await intake.post(f"/consents/{consent}/withdraw", json={}, headers=headers())
    assert answer.status_code == 200
    assert (await ask("chase", "r2")).why == "withdrawn"
    after = await permits_counted("granted"), await permits_counted("withdrawn")
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1], "both are seen at /metrics"

    events = [read((await heard.next_msg(timeout=5)).data) for _ in range(3)]
    assert [one.event.type for one in events] == [
        "intake.person.registered",
        "intake.consent.recorded",
        "intake.consent.withdrawn",
    ]
    assert [one.event.version for one in events] == [1, 2, 3]

    await ensure_stream(js, "casework")
    case = new_id()
    opened = CaseOpened(
        version=1, occurred_at=clock.now(), case_id=case, person_id=UUID(person), team_id=team_id, stage="engaging"
    )
    envelope = Envelope(new_id(), opened, case, clock.now(), "")
    for _ in range(2):  # twice: once is enough
        await js.publish(CaseOpened.subject(), write(envelope).encode())
    async with asyncio.timeout(15):
        while True:
            found = (await intake.get(f"/people/{person}", headers=headers())).json()
            if found["case_id"] == str(case):
                break
            await asyncio.sleep(0.1)
    assert found["engagement"]["ended"]
    again = await intake.post(f"/people/{person}/engagement", json={"state": "engaged"}, headers=headers())
    assert again.status_code == 409
