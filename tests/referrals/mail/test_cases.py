"""Emails as people and machines really write them, what each is to us, what it stops, what is shown."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.referrals.activities import ReferralActivities
from services.referrals.mail import triage
from services.referrals.mail.parser import read
from services.referrals.mail.triage import Received
from services.referrals.message.models import Message, MessageItem, ReplyGrant
from services.referrals.outbound import secrets
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database
from shared.ids import new_id
from tests.referrals.conftest import Api, MakePlace, Place
from tests.referrals.mail.letters import AGENCY, mail, of_parts, plain, report
from tests.referrals.mail.test_triage import arrived
from tests.referrals.stories import Story

OURS = "<list@ours.example>"
THEIR_LIST = "Hello,\n\nwe have not heard from you about these:\n"
ANSWERS = {"In_Reply_To": OURS}


@dataclass
class Desk:
    """Three referrals of one agency, asked about in one message of ours."""

    db: Database
    stories: list[Story]
    references: list[str]
    message_id: UUID
    body: str

    @property
    def link(self) -> str:
        return f"http://localhost:8100/r#{secrets.token(self.message_id)}"

    @property
    def code(self) -> str:
        return secrets.code(self.message_id)

    async def take(self, raw: bytes) -> Received:
        async with self.db.transaction(Actor.service("referrals")) as session:
            return await triage.receive(session, read(raw), None)

    async def waiting(self) -> list[int]:
        """Which of the three wait for an email to be read."""
        return [number for number, each in enumerate(self.stories) if (await each.row()).mail_since is not None]

    async def states(self) -> set[str]:
        return {(await each.row()).state for each in self.stories}

    async def told(self) -> list[dict[str, Any]]:
        return await arrived(self.stories[0])

    async def history(self, api: Api, number: int = 0) -> list[str]:
        items = (await api.get(f"/referrals/{self.stories[number].id}/history")).json()["items"]
        return [line["move"] for line in items]


@pytest.fixture
async def desk(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> AsyncIterator[Desk]:
    stories = [await Story(db, activities, worker, place).sent() for _ in range(3)]
    references = [(await each.row()).reference for each in stories]
    body = THEIR_LIST + "".join(f"Reference {each}: have you received it?\n" for each in references)
    message_id = new_id()
    async with db.transaction(Actor.service("referrals")) as session:
        message = Message(
            id=message_id, team_id=worker.teams[0], agency_id=place.agency_id, kind="reminders",
            practice_day=clock.now().date(), status="sent", due_at=clock.now(), attempts=1, header_id=OURS,
            address=AGENCY, subject="3 references: please reply", sent_at=clock.now(),
        )  # fmt: skip
        message.body = body
        session.add(message)
        await session.flush()
        for each in stories:
            row = await each.row()
            item = MessageItem(
                team_id=row.team_id, message_id=message_id, referral_id=each.id, stage_entry=row.stage_entry,
                clock="any.sent", outcome="included",
            )  # fmt: skip
            session.add(item)
        token, code = secrets.token_hash(secrets.token(message_id)), secrets.code_hash(secrets.code(message_id))
        assert token is not None and code is not None
        grant = ReplyGrant(
            team_id=worker.teams[0], message_id=message_id, agency_id=place.agency_id, token_hash=token, code_hash=code,
            expires_at=clock.now(),
        )  # fmt: skip
        session.add(grant)
    yield Desk(db, stories, references, message_id, body)


def typed(reference: str) -> str:
    """As people type it: small letters, a dash in the middle, o for 0 and l for 1."""
    return f"{reference[:4]}\u2013{reference[4:]}".lower().replace("0", "o").replace("1", "l")


OUTLOOK = f"{'_' * 32}\nFrom: Us <us@ours.example>\nSent: 30 November 2026 09:46\nTo: Them <{AGENCY}>\nSubject: x\n\n"


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("{1} is accepted.\n\n" + OUTLOOK + "{body}", [1]),
        ("{1} is accepted.\n\nOn Mon, 30 Nov 2026 at 09:46, Us <us@ours.example> wrote:\n\n{body}", [1]),
        ("{1} is accepted.\n\n{body}", [1]),
        ("{typed} is accepted.\n\n" + OUTLOOK + "{body}", [1]),
        ("{body}\n\n{1} is accepted.", [1]),
        (
            "> Reference {0}: have you received it?\n> Reference {1}: have you received it?\nYes.\n> Reference {2}: x",
            [1],
        ),
        ("Yes.\n\n> Reference {1}: have you received it?", [1]),
        ("{0} and {2}: yes.\n\n" + OUTLOOK + "{body}", [0, 2]),
        ("Yes to all of them.\n\n" + OUTLOOK + "{body}", [0, 1, 2]),
        ("Yes to all of them.", [0, 1, 2]),
    ],
)
async def test_an_answer_to_a_list_is_about_what_its_writer_names(desk: Desk, text: str, waits: list[int]) -> None:
    said = text.format(*desk.references, body=desk.body, typed=typed(desk.references[1]))
    assert (await desk.take(mail(said, subject="RE: 3 references: please reply", **ANSWERS))).status == "matched"
    assert await desk.waiting() == waits


LISTS = {
    "Precedence": "list",
    "List_ID": "<team.ours.example>",
    "List_Unsubscribe": "<mailto:x@groups.example>",
    "Mailing_list": "list team@ours.example",
}
RULE = {"Auto_Submitted": "auto-generated", "X_MS_Exchange_Generated_Message_Source": "Mailbox Rules Agent"}


@pytest.mark.parametrize(
    "headers", [LISTS, RULE, {"X_Autoreply": "yes"}, {"Return_Path": "<>"}, {"Auto_Submitted": "auto-replied"}]
)
async def test_a_machines_mark_does_not_take_a_persons_words_away(
    desk: Desk, api: Api, headers: dict[str, str]
) -> None:
    taken = await desk.take(mail(f"Reference {desk.references[1]}: accepted.", **headers))
    assert taken.status == "matched" and await desk.waiting() == [1]
    [line] = (await api.get("/mails", unread="true")).json()["items"]
    assert "accepted." in (await api.get(f"/mails/{line['id']}")).json()["text"]


async def test_a_group_that_writes_in_its_own_name_is_the_agency_behind_it(desk: Desk) -> None:
    sender = "'Clinic' via Team <team@ours.example>"
    taken = await desk.take(mail("We have room.", sender=sender, X_Original_Sender=AGENCY, **LISTS, **ANSWERS))
    assert taken.status == "matched" and await desk.waiting() == [0, 1, 2]


@pytest.mark.parametrize(
    ("said", "headers", "why", "told"),
    [
        ("Thank you for your mail. This desk is closed until Thursday and will read it then.", {}, "absence", False),
        ("I am out of the office until Monday. For urgent matters contact duty@x.example.", {}, "absence", False),
        ("Ich bin bis Montag im Urlaub.", {}, "absence", False),
        ("Thank you for contacting us. Your email has been received, ticket 991.", {}, "received", False),
        ("This mailbox is no longer in use and nobody reads it. Write to new@x.example.", {}, "address_closed", True),
        ("This email address has been closed. Please use our new one, intake@x.example.", {}, "address_closed", True),
        ("Referrals should now be sent to new@x.example.", {}, "address_closed", True),
        ("Priya has left the organisation.", {}, "address_closed", True),
        ("Diese Adresse wird nicht mehr gelesen.", {}, "address_closed", True),
        ("He can come on Thursday at 10:15, please ring us.", {}, "automatic", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["<>", "<them@agency.example>"])
async def test_what_a_machine_answers_is_shown_and_pauses_nothing(
    desk: Desk, api: Api, said: str, headers: dict[str, str], why: str, told: bool, path: str
) -> None:
    marks = {"Auto_Submitted": "auto-replied", "X_Auto_Response_Suppress": "All", "Return_Path": path, **headers}
    taken = await desk.take(mail(said, subject="Automatic reply: 3 references: please reply", **marks, **ANSWERS))
    assert taken.status == "notice" and await desk.waiting() == [] and await desk.states() == {"sent"}
    assert why in await desk.history(api)
    [line] = (await api.get("/mails", status="notice")).json()["items"]
    assert line["why"] == why and (line["read_at"] is None) == told
    assert said in (await api.get(f"/mails/{line['id']}")).json()["text"]
    assert [each["asks"] for each in await desk.told()] == (
        ["address" if why == "address_closed" else "read"] if told else []
    )


NOT_READ = """Content-Type: message/disposition-notification

Final-Recipient: rfc822;team@agency.example
Original-Message-ID: <list@ours.example>
Disposition: automatic-action/MDN-sent-automatically; deleted
"""


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (lambda refs: of_parts(
            plain(f"Your message\n  Subject: x (reference {refs[0]})\nwas deleted without being read."), NOT_READ,
            kind="report; report-type=disposition-notification", subject=f"Not read: Reference {refs[0]}"),
         "not_read_receipt"),
        (lambda refs: of_parts(
            plain("Read."), NOT_READ.replace("deleted", "displayed"),
            kind="report; report-type=disposition-notification"),
         "read_receipt"),
        (lambda refs: mail(f"Your message {refs[0]} was deleted without being read.", subject=f"Not read: {refs[0]}"),
         "not_read_receipt"),
        (lambda refs: mail("", subject=f"Gelesen: Reference {refs[0]}"), "read_receipt"),
    ],
)  # fmt: skip
async def test_a_receipt_is_a_line_in_the_history(
    desk: Desk, api: Api, raw: Callable[[list[str]], bytes], why: str
) -> None:
    assert (await desk.take(raw(desk.references))).status == "notice"
    assert await desk.waiting() == [] and why in await desk.history(api) and await desk.told() == []


def returned(*, inner: str = "", recipient: str = AGENCY) -> bytes:
    """A report of a relay that gave our message an id of its own. `inner`: headers and text of what it brings back."""
    raw = report("<0102@relay.example>").decode().replace("team@agency.example\r\nAction", f"{recipient}\r\nAction")
    head, _, tail = raw.partition("Content-Type: message/rfc822")
    whole = f"Content-Type: message/rfc822\r\n\r\nFrom: us@ours.example\r\n{inner}\r\n--b1--\r\n"
    return (head + (whole if inner else "Content-Type: text/plain\r\n\r\n\r\n--b1--\r\n")).encode()


QMAIL = "Hi. This is the qmail-send program.\nI wasn't able to deliver to:\n<team@agency.example>:\nno such user.\n"


@pytest.mark.parametrize(
    "raw",
    [
        lambda refs: report(OURS),
        lambda refs: returned(inner=f"To: {AGENCY}\r\nSubject: Reference {refs[0]}\r\n\r\nReference {refs[0]}: x"),
        lambda refs: returned(inner=f"To: {AGENCY}\r\nSubject: x\r\n\r\n> Reference {typed(refs[0])}: x"),
        lambda refs: returned(),
        lambda refs: mail(f"{QMAIL}\nReference {refs[0]}", sender="MAILER-DAEMON@relay.example", Return_Path="<>"),
        lambda refs: mail(
            f"Undeliverable. {OURS}", sender="MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@agency.example"
        ),
        lambda refs: mail("No.", sender="Mail Delivery System <x@relay.example>", X_Failed_Recipients=AGENCY),
    ],
)
async def test_what_comes_back_is_known_by_whatever_is_ours_in_it(
    desk: Desk, raw: Callable[[list[str]], bytes]
) -> None:
    assert (await desk.take(raw(desk.references))).status == "bounce"
    assert "undeliverable" in await desk.states()
    assert [each["asks"] for each in await desk.told()] == ["read"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (lambda: mail("We take him on.", Return_Path="<>", **ANSWERS), "matched"),
        (lambda: report(OURS, action="delayed", status="4.4.1"), "notice"),
        (lambda: report(OURS, action="relayed", status="2.0.0"), "notice"),
        (lambda: mail(f"Message delayed 4 hours. It will be retried. {OURS}", sender="mailer-daemon@relay.example"),
         "notice"),
        (lambda: returned(recipient="desk@elsewhere.example"), "notice"),
        (lambda: mail("We take him from Monday. Sam", sender="postmaster@agency.example", **ANSWERS), "notice"),
        (lambda: mail(f"It was not delivered. {OURS}", sender="x@filter.example", subject="Undeliverable: x",
                      Return_Path="<>"), "notice"),
    ],
)  # fmt: skip
async def test_what_is_no_failure_makes_nothing_undeliverable(
    desk: Desk, raw: Callable[[], bytes], status: str
) -> None:
    assert (await desk.take(raw())).status == status and await desk.states() == {"sent"}


@pytest.mark.parametrize(
    "quoted",
    [
        lambda desk: f"> - open {desk.link}\n> - or type this code: {desk.code}",
        lambda desk: f"open {desk.link[:60]}\n> {desk.link[60:]} or type {desk.code.replace('-', ' ').lower()}",
        lambda desk: f"https://filter.example/?url=http%3A%2F%2Flocalhost%2Fr%23{desk.link.partition('#')[2]}&d=1",
        lambda desk: f"the token {desk.link.partition('#')[2]} and {desk.code.replace('-', '')}",
        lambda desk: f"type {desk.code.replace('-', chr(0x2013)).replace('0', 'O').replace('1', 'l')} please",
        lambda desk: f"the code is {' '.join(desk.code.replace('-', ''))}",
        lambda desk: f"the token {desk.link.partition('#')[2][:20]}\n{desk.link.partition('#')[2][20:]}",
        lambda desk: (
            "https://filter.example/?url=https%3A%2F%2Fours.example%2Fr%23"
            + desk.link.partition("#")[2].replace("_", "%5F").replace("-", "%2D")
        ),
        lambda desk: (
            "https://filter.example/v2/url?u=https-3A__ours.example_r-23"
            + desk.link.partition("#")[2].replace("-", "-2D").replace("_", "-5F")
        ),
    ],
)
async def test_our_link_and_code_are_masked_before_they_are_kept(
    desk: Desk, api: Api, quoted: Callable[[Desk], str]
) -> None:
    said = quoted(desk)
    note = f"Content-Type: text/plain\nContent-Disposition: attachment; filename=note.txt\n\n{said}"
    odd = b64encode(f"<< {desk.link} >>".encode()).decode()
    binary = f"Content-Type: application/pdf; name={desk.code}.pdf\nContent-Transfer-Encoding: base64\n\n{odd}"
    wide = b64encode(f"<< {desk.link} {desk.code} >>".encode("utf-16-le")).decode()
    office = f"Content-Type: application/msword; name=x.doc\nContent-Transfer-Encoding: base64\n\n{wide}"
    raw = of_parts(plain(f"{desk.references[0]} seen.\n\n{said}"), note, binary, office, subject=f"Re: {desk.code}")
    [mail_id] = (await desk.take(raw)).mail_ids
    shown = (await api.get(f"/mails/{mail_id}")).json()
    kept = [shown["text"], shown["own"], shown["subject"]]
    for each in shown["files"]:
        content = (await api.get(f"/mails/{mail_id}/files/{each['id']}")).content
        kept += [each["name"], content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace")]
    token, code = desk.link.partition("#")[2], desk.code.replace("-", "")
    for each in kept:
        bare = "".join(char for char in each.upper().replace("O", "0").replace("L", "1") if char.isalnum())
        assert token[:12] not in each and token[-12:] not in each and code not in bare
    assert desk.references[0] in shown["text"], "and nothing else"


async def test_a_copy_that_came_back_holds_no_link(desk: Desk, api: Api) -> None:
    raw = returned(
        inner=f"To: {AGENCY}\r\nSubject: x\r\n\r\nReference {desk.references[0]}\r\nopen {desk.link}\r\n{desk.code}"
    )
    [mail_id] = (await desk.take(raw)).mail_ids
    shown = (await api.get(f"/mails/{mail_id}")).json()["text"]
    assert "[link]" in shown and "[code]" in shown and desk.code not in shown


async def test_the_address_in_the_brackets_is_the_agency(desk: Desk) -> None:
    raw = mail(f"Reference {desk.references[0]}: accepted.").replace(
        AGENCY.encode(), f"Clinic, Chest <{AGENCY}>".encode(), 1
    )
    assert (await desk.take(raw)).status == "matched" and await desk.waiting() == [0]


async def test_a_stranger_who_types_a_reference_in_their_own_way_is_heard(desk: Desk) -> None:
    await desk.take(mail(f"about {typed(desk.references[2])}: we accept", sender="nurse@elsewhere.example"))
    [told] = await desk.told()
    assert told["referral_ids"] == [str(desk.stories[2].id)] and await desk.waiting() == []


async def test_what_says_nothing_to_us_is_counted_and_not_kept(
    desk: Desk, api: Api, as_role: Callable[..., Api]
) -> None:
    for number in range(2):
        taken = await desk.take(mail(f"Our newsletter {number}", sender="news@elsewhere.example", **LISTS))
        assert taken == Received(taken.status, (), ()) and taken.status == "ignored"
    assert (await api.get("/mails")).json()["items"] == []
    watched = (await as_role("supervisor").get("/operations/watch")).json()
    assert watched["mails"]["ignored"] == 2


async def test_the_words_about_two_teams_are_for_neither_but_for_their_guardian(
    desk: Desk, db: Database, activities: ReferralActivities, place: Place, api: Api, as_role: Callable[..., Api]
) -> None:
    other = Actor("worker-2", Role.WORKER, (new_id(),))
    theirs = await Story(db, activities, other, place).sent()
    both = [desk.stories[0].id, theirs.id]
    [mail_id] = (
        await desk.take(mail(f"{desk.references[0]} came with {(await theirs.row()).reference}. Ring."))
    ).mail_ids
    assert await desk.waiting() == [0] and (await theirs.row()).mail_since is not None, "both ladders wait"
    [told] = await desk.told()
    assert told["asks"] == "guardian" and set(told["referral_ids"]) == {str(each) for each in both}
    partner = as_role("worker", teams=list(other.teams), sub="worker-2")
    for reader in (api, partner, as_role("supervisor"), as_role("supervisor", teams=list(other.teams), sub="s-2")):
        assert (await reader.get(f"/mails/{mail_id}")).status_code == 404
        assert (await reader.get("/mails")).json()["items"] == []
        assert (await reader.post(f"/mails/{mail_id}/read")).status_code == 404
    for teams in ([desk.stories[0].worker.teams[0]], list(other.teams)):
        guardian = as_role("guardian", teams=teams, sub=f"guardian-{teams[0]}")
        assert "Ring." in (await guardian.get(f"/mails/{mail_id}")).json()["text"]
    assert (await guardian.post(f"/mails/{mail_id}/read")).status_code == 200
    assert await desk.waiting() == [] and (await theirs.row()).mail_since is None
    stranger = as_role("guardian", teams=[new_id()], sub="guardian-3")
    assert (await stranger.get(f"/mails/{mail_id}")).status_code == 404


async def test_a_file_is_given_to_who_may_read_the_email_and_never_shown(
    desk: Desk, api: Api, as_role: Callable[..., Api], make_place: MakePlace
) -> None:
    letter = bytes(range(256)) * 8_000
    part = (
        'Content-Type: text/html; name=evil.html\nContent-Disposition: attachment; filename="l\u00e9tter.pdf"\n'
        "Content-Transfer-Encoding: base64\n\n"
    ).replace("text/html; name=evil.html", "application/pdf") + b64encode(letter).decode()
    [mail_id] = (await desk.take(of_parts(plain(f"{desk.references[0]}: see the letter."), part))).mail_ids
    shown = (await api.get(f"/mails/{mail_id}")).json()
    [file] = shown["files"]
    assert (file["kind"], file["size"]) == ("application/pdf", len(letter)) and shown["attachments"] == 1
    path = f"/mails/{mail_id}/files/{file['id']}"
    given = await api.get(path)
    assert given.content == letter and given.headers["content-type"] == "application/octet-stream"
    assert given.headers["content-disposition"].startswith("attachment;")
    assert given.headers["x-content-type-options"] == "nosniff"
    assert (await as_role("worker", teams=[new_id()]).get(path)).status_code == 404
    assert (await as_role("commissioner").get(path)).status_code == 403
    assert (await api.get(f"/mails/{mail_id}/files/{new_id()}")).status_code == 404
    async with desk.db.platform_connection() as connection:
        kept = (await connection.execute(text("SELECT label_sealed, content_sealed FROM mail_files"))).one()
        assert b"pdf" not in bytes(kept[0]) and letter[:256] not in bytes(kept[1])


async def test_what_cannot_be_read_is_kept_sealed_and_told_with_its_reason(
    desk: Desk, api: Api, as_role: Callable[..., Api]
) -> None:
    head = f"From: {AGENCY}\nSubject: Re: Reference {desk.references[1]} Zq7canary\nMessage-ID: <x@agency.example>\n"
    raw = (head + "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(90))).encode()
    for _ in range(2):
        async with desk.db.transaction(Actor.service("referrals")) as session:
            taken = await triage.refuse(session, raw, "too_many_parts", len(raw), None)
        assert taken.status == "refused"
    assert await desk.waiting() == [1], "the agency has said something"
    [told] = await desk.told()
    assert told["referral_ids"] == [str(desk.stories[1].id)]
    [line] = (await api.get("/mails", status="refused")).json()["items"]
    shown = (await api.get(f"/mails/{line['id']}")).json()
    assert shown["why"] == "too_many_parts" and shown["sender"] == AGENCY and shown["files"] == []
    watched = (await as_role("supervisor").get("/operations/watch")).json()
    assert watched["mails"]["refused"] == 1 and watched["mails"]["unread"] == 1
    async with desk.db.platform_connection() as connection:
        [kept] = (await connection.execute(text("SELECT size, content_sealed, whole FROM mail_files"))).all()
        assert kept[0] == len(raw) and kept[2] and b"Zq7canary" not in bytes(kept[1])
    await api.post(f"/mails/{line['id']}/read")
    assert await desk.waiting() == []
