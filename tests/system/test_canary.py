"""A value of its own in every sensitive field is found nowhere but sealed: not on disk, in mails, logs or arguments.

Searched byte by byte: all of PostgreSQL's files (tables, indexes, WAL), NATS's and Temporal's stores, logs and mails;
and every table once more as text, since PostgreSQL may compress what it stores.
"""

import base64
import secrets
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import psycopg
from psycopg import sql
from sqlalchemy import select

from deploy.demo.setting import Setting
from deploy.stack import SERVICES, Stack
from services.casework.needs_assessment.rules import DOMAINS
from shared import clock
from shared.context import Actor
from shared.crypto.sealed import Sealed, SealedJson
from shared.db.session import Database
from shared.practice.disclosure_parts import Data
from tests import keys
from tests.system import truth
from tests.system.conftest import Home, MakeScene
from tests.system.work import TOLD, until
from tests.tables import base_of

BASES = {service: base_of(service) for service in ("intake", "casework", "referrals")}
# Written by the programs themselves out of what is public: no field of it takes what somebody typed.
# What a worker is called, and what everybody may know of a day.
NO_WORDS_OF_HIS = {"messages.body", "contact_names.name", "bank_holidays.name", "bank_holidays.source"}


class Bird:
    """Makes canaries: each field its own, all with one part in common that nothing else holds."""

    def __init__(self) -> None:
        self.mark = f"zq{secrets.token_hex(8)}"
        self._sung = 0

    def sing(self) -> str:
        self._sung += 1
        return f"{self.mark}x{self._sung}"

    def shapes(self) -> list[bytes]:
        """The mark as it is, and as it looks inside base64 wherever it begins."""
        plain = self.mark.encode()
        inner = [base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 :][:-4].rstrip(b"=") for shift in range(3)]
        return [plain, plain.upper(), plain.hex().encode(), *(found[:16] for found in inner)]


class Client:
    """Any request as any role of one team."""

    def __init__(self, stack: Stack, team: UUID) -> None:
        self._stack, self._team = stack, team

    async def __call__(self, method: str, service: str, path: str, body: Any = None, role: str = "worker") -> Any:
        sub = {"worker": f"synthetic-mpc-{self._team}"}.get(role, f"synthetic-{role}")
        headers = {
            "Authorization": f"Bearer {self._stack.token(role, teams=[self._team], sub=sub)}",
            "Idempotency-Key": str(uuid4()),
        }
        url = self._stack.url(service) + path
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            if method in ("PUT", "PATCH"):
                tag = (await http.get(url, headers=headers)).headers.get("ETag", '"0"')
                headers["If-Match"] = tag
            if isinstance(body, bytes):
                answer = await http.request(
                    method, url, content=body, headers={**headers, "Content-Type": "message/rfc822"}
                )
            else:
                answer = await http.request(method, url, json=body, headers=headers)
        assert answer.is_success, f"{method} {service} {path}: {answer.status_code} {answer.text}"
        return answer.json()


async def test_a_canary_in_every_sensitive_field_is_found_nowhere(home: Home, make_scene: MakeScene) -> None:
    team, bird = uuid4(), Bird()
    scene = await make_scene(team)
    client = Client(home.stack, team)
    await _his_file(client, bird, scene)
    him = scene.cast.person
    await _plan(client, bird, scene)
    await _referral(client, bird, scene)
    await _endings(client, bird, scene, him)
    await _refusals(client, bird, scene)
    await scene.journey.settle()
    with keys.in_use(home.stack.settings()):
        missing = [place async for place in _unsung(home.stack, team, bird)]
    assert not missing, f"no canary sits in {missing}"
    places = [
        *_in_files(home.stack.folder.path, bird),
        *_in_mails(home.stack.folder.mail, bird),
        *await _in_tables(home.stack, bird),
        *await _in_events(home.stack, bird),
        *_in_processes(home.stack, bird),
    ]
    assert not places, f"the canary is heard in {places}"
    await truth.check(scene)


async def _his_file(client: Client, bird: Bird, scene: Setting) -> None:
    sing = bird.sing
    language = {"speaks": [sing()], "reads": [sing()], "interpreter_needed": True}
    body = {"alias": sing(), "aliases": [sing()], "language": language}
    scene.cast.person = him = (await client("POST", "intake", "/people", body))["id"]
    safe = {"channels": ["phone"], "by_whom": "us", "when": sing(), "details": sing(), "voicemail": "as_written"}
    await client("PUT", "intake", f"/people/{him}/safe-contact", {**safe, "voicemail_words": sing()})
    await client("PUT", "intake", f"/people/{him}/sealed", {"reasons": ["other"], "other_reason": sing()})
    contact = {"kind": "met", "channel": "in_person", "place": sing(), "note": sing()}
    await client("POST", "intake", f"/people/{him}/contacts", contact)
    sighting = {"by_whom": sing(), "where": sing(), "how_they_were": sing()}
    await client("POST", "intake", f"/people/{him}/contacts", {"kind": "sighted", "sighting": sighting})
    agency = scene.cast.services["tb"]["agency_id"]
    consent = {"agency_id": agency, "may_tell": [str(kind) for kind in Data], "may_tell_us": ["attendance"]}
    words = {"purpose": sing(), "how_given": "through_interpreter", "language": sing(), "present": sing()}
    agreed = await client("POST", "intake", f"/people/{him}/consents", {**consent, **words})
    said = {"categories": ["alias"], "how": "phone", "agency_id": agency, "to_whom": sing(), "consent_id": agreed["id"]}
    await client("POST", "intake", f"/people/{him}/disclosures", said)
    other = {**consent, **words, "agency_id": scene.cast.services["sau"]["agency_id"]}
    given = await client("POST", "intake", f"/people/{him}/consents", other)
    await client("POST", "intake", f"/consents/{given['id']}/withdraw", {"how": "spoken", "words": sing()})
    override = {"why": sing(), "risk": sing(), "proportionality": sing(), "told": False, "why_not_told": sing()}
    basis = {"agency_id": agency, "grounds": ["vital_interest"], "note": sing(), "override": override}
    await client("POST", "intake", f"/people/{him}/legal-bases", basis)
    [owed] = (await client("GET", "intake", f"/people/{him}/oversight?limit=1", role="guardian"))["items"]
    word = {"agrees": True, "why": sing()}
    await client("POST", "intake", f"/oversight/{owed['id']}/word", word, role="guardian")
    concern = await client(
        "POST", "intake", f"/people/{him}/concerns", {"about": "adult", "who": sing(), "what": sing()}
    )
    told = {"to_whom": sing(), "decided": sing()}
    await client("POST", "intake", f"/concerns/{concern['id']}/told-lead", told)
    struck = {"record": "concern", "record_id": concern["id"], "why": sing()}
    await client("POST", "intake", f"/people/{him}/strikes", struck)
    link = {"person_id": him, "other_person_id": str(uuid4()), "note": sing()}
    await client("POST", "intake", "/partner-links", link, role="guardian")


async def _plan(client: Client, bird: Bird, scene: Setting) -> None:
    sing, cast = bird.sing, scene.cast

    async def opened() -> str | None:
        try:
            return (await client("POST", "casework", "/cases", {"person_id": cast.person}))["id"]
        except AssertionError:
            return None

    cast.case = await until(opened, "casework knows him")
    plan = {"goals": [sing()], "actions": [{"what": sing(), "goal": 0}]}
    cast.plan = (await client("POST", "casework", f"/cases/{cast.case}/plan", plan))["id"]
    await client("POST", "casework", f"/plans/{cast.plan}/goals", {"words": sing()})
    await client("POST", "casework", f"/plans/{cast.plan}/actions", {"what": sing()})
    domains = {domain: {"score": 3, "sentence": sing()} for domain in DOMAINS}
    await client("POST", "casework", f"/cases/{cast.case}/needs-assessments", {"domains": domains})
    await scene.soon(lambda: scene.board_row(cast.plan))
    await client("POST", "casework", f"/plans/{cast.plan}/hold", {"kind": "away", "note": sing()})
    await client("POST", "casework", f"/plans/{cast.plan}/resume", {"note": sing()})


async def _referral(client: Client, bird: Bird, scene: Setting) -> None:
    sing, cast = bird.sing, scene.cast
    names = ("first_name", "person_wants", "language", "interpreter", "access_needs", "entitlement", "risk")
    # Whom the agency rings stands in the mail itself.
    ours = {"worker_first_name": "Synthetic", "worker_phone": "020 7946 0099"}
    told = {**{name: sing() for name in (*TOLD, *names)}, **ours}
    service = cast.services["tb"]["id"]
    body = {"person_id": cast.person, "case_id": cast.case, "plan_id": cast.plan, "service_id": service}
    made = await client("POST", "referrals", "/referrals", {**body, "pathway": "tb", "told": told})
    cast.referral = made["id"]
    path = f"/referrals/{cast.referral}"
    await client("POST", "referrals", f"{path}/moves", {"move": "send", "note": sing()})
    await scene.reached(cast.referral, "sent")
    mail = await scene.mail_sent(cast.referral, "first")
    await scene.soon(lambda: scene.board_row(cast.referral))
    asked = {"command": "acknowledge", "until": (clock.now() + timedelta(days=9)).isoformat(), "note": sing()}
    await client("POST", "casework", f"/board/{cast.referral}/commands", asked, role="supervisor")
    await client("POST", "referrals", f"{path}/question", {"on": True, "note": sing()})
    await client("POST", "referrals", f"{path}/question", {"on": False, "note": sing()})
    dates = {"imaging_result_received_at": clock.now().isoformat()}
    await client("POST", "referrals", f"{path}/dates", {"dates": dates, "note": sing()})
    why = {"reason": "agency_not_answering", "note": sing()}
    await client("POST", "referrals", f"{path}/stall-reason", why)
    at = (clock.now() + timedelta(days=5)).isoformat()
    appointment = {"at": at, "place": sing(), "bring": sing(), "who_goes": sing()}
    said = {"answer": "book", "appointment": appointment, "their_reference": sing()}
    await client("POST", "referrals", f"{path}/replies", {"outcome": "spoke", "said": said, "note": sing()})
    inbound = EmailMessage()
    inbound["From"] = "chest.clinic@synthetic-tb.invalid"
    inbound["To"] = "alongside@alongside.invalid"
    inbound["Message-ID"] = f"<{uuid4()}@synthetic-tb.invalid>"
    inbound["In-Reply-To"] = (await client("GET", "referrals", f"/messages/{mail['id']}"))["header_id"]
    inbound["Subject"] = f"{made['reference']} {sing()}"
    inbound.set_content(f"About {made['reference']}: {sing()}")
    inbound.add_attachment(sing().encode(), maintype="application", subtype="pdf", filename=f"{sing()}.pdf")
    await client("POST", "referrals", "/inbound-mail", inbound.as_bytes(), role="system")


async def _endings(client: Client, bird: Bird, scene: Setting, him: str) -> None:
    sing, cast = bird.sing, scene.cast
    declined = {"answer": "decline", "reason": "no_capacity"}
    said = {"outcome": "spoke", "said": declined, "note": sing()}
    await client("POST", "referrals", f"/referrals/{cast.referral}/replies", said)
    await scene.reached(cast.referral, "declined")

    async def owed() -> str | None:
        steps = await scene.worker.every("casework", "/next-steps")
        return next((step["id"] for step in steps if step["referral_id"] == cast.referral), None)

    step = await until(owed, "a next step is owed")
    await client("POST", "casework", f"/next-steps/{step}/record", {"what": sing()})
    closing = {"reason": "goals_met", "note": sing()}
    await client("POST", "casework", f"/plans/{cast.plan}/close", closing, role="supervisor")
    await client("POST", "casework", f"/cases/{cast.case}/reopen", {"note": sing()})
    await client("POST", "intake", f"/people/{him}/said-no", {"words": sing()})
    signed = {"by": "safeguarding", "why": sing()}
    await client("POST", "intake", f"/people/{him}/came-back", signed, role="supervisor")
    await client("POST", "intake", f"/people/{him}/died", {"words": sing()})


async def _refusals(client: Client, bird: Bird, scene: Setting) -> None:
    """What is refused is heard nowhere either: neither in logs nor in what the problem says."""
    for path, body in (
        ("/people", {"alias": bird.sing() * 40}),
        ("/people", {"alias": bird.sing(), "aliases": bird.sing()}),
        ("/people", {"alias": "Synthetic", bird.sing(): bird.sing()}),
    ):
        try:
            await client("POST", "intake", path, body)
        except AssertionError as refused:
            assert bird.mark not in str(refused), refused
        else:
            raise AssertionError(f"{body} was taken")


async def _unsung(stack: Stack, team: UUID, bird: Bird) -> Any:
    """Sealed columns in which no canary of the team sits: so that a new column cannot be forgotten here."""
    for service, base in BASES.items():
        database = Database(stack.settings(), service, "work")
        try:
            async with database.transaction(Actor.service(service)) as session:
                for mapper in base.registry.mappers:
                    fields = [n for n, value in vars(mapper.class_).items() if isinstance(value, Sealed | SealedJson)]
                    if not fields:
                        continue
                    found = list(await session.scalars(select(mapper.class_).where(mapper.class_.team_id == team)))
                    for name in fields:
                        place = f"{mapper.local_table.name}.{name}"
                        heard = any(bird.mark in str(getattr(row, name)) for row in found)
                        if not heard and place not in NO_WORDS_OF_HIS:
                            yield f"{service} {place}"
        finally:
            await database.dispose()


def _in_files(folder: Path, bird: Bird) -> Iterator[str]:
    shapes = bird.shapes()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            try:
                held = path.read_bytes()
            except FileNotFoundError:
                continue  # PostgreSQL tidies up
            if any(shape in held for shape in shapes):
                yield str(path.relative_to(folder))


def _in_mails(folder: Path, bird: Bird) -> Iterator[str]:
    for path in folder.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if bird.mark in str(mail) or any(bird.mark in str(part.get_payload(decode=True)) for part in mail.walk()):
            yield path.name


async def _in_tables(stack: Stack, bird: Bird) -> list[str]:
    """Every table of every service as text, so also the outbox, the answers kept for keys and the dead letters."""
    heard: list[str] = []
    for service in SERVICES:
        async with await psycopg.AsyncConnection.connect(**stack.superuser(service)) as server:  # type: ignore[arg-type]
            await server.execute("CHECKPOINT")
            tables = await (
                await server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ).fetchall()
            for (table,) in tables:
                copied = b""
                async with server.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                    async for block in copy:
                        copied += bytes(block)
                if any(shape in copied for shape in bird.shapes()):
                    heard.append(f"{service}.{table}")
    return heard


async def _in_events(stack: Stack, bird: Bird) -> list[str]:
    """Every event of every service, opened: its data is sealed and holds nothing of that even so."""
    events = [event for each in (await truth.told(stack)).values() for event in each]
    assert events
    return [event["type"] for event in events if any(shape in str(event).encode() for shape in bird.shapes())]


def _in_processes(stack: Stack, bird: Bird) -> Iterator[str]:
    for name, pid in stack.pids.items():
        if pid is None:
            continue
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            if bird.mark in " ".join([*process.cmdline(), *process.environ().values()]):
                yield f"arguments of {name}"
