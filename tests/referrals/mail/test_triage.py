"""What a mail stops, what it never does, and who may read it."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from services.referrals.activities import ReferralActivities
from services.referrals.codes import Move, State
from services.referrals.mail import unclaimed
from services.referrals.mail.watched_folder import Watch
from services.referrals.message.models import Message, MessageItem
from shared.context import Actor
from shared.db.session import Database
from shared.events.envelope import opened
from shared.ids import new_id
from shared.settings import Settings
from tests import bad_input
from tests.referrals.conftest import Api, MakePlace, Place
from tests.referrals.mail.letters import mail, report
from tests.referrals.stories import Story
from tests.tables import base_of


@pytest.fixture
async def story(db: Database, activities: ReferralActivities, worker: Actor, place: Place) -> Story:
    """A referral that waits for its agency."""
    return await Story(db, activities, worker, place).sent()


@pytest.fixture
def gateway(as_role: Callable[..., Api], team_id: UUID) -> Callable[..., Any]:
    """`await gateway(raw)`: hand in a mail."""
    api = as_role("system", sub="gateway")

    async def send(raw: bytes, kind: str = "message/rfc822", **more: Any) -> httpx.Response:
        client = as_role("system", **more) if more else api
        headers = {**client.headers, "Content-Type": kind}
        return await client.client.post("/inbound-mail", content=raw, headers=headers)

    return send


async def sent_as(story: Story, header_id: str) -> None:
    """Its first message has left under this Message-ID."""
    async with story.db.transaction(Actor.service("referrals")) as session:
        row = await session.scalar(
            Message.__table__.select()  # type: ignore[arg-type]
            .with_only_columns(Message.id)
            .join(MessageItem.__table__, MessageItem.message_id == Message.id)
            .where(MessageItem.referral_id == story.id)
        )
        message = await session.get_one(Message, row)
        message.status, message.header_id = "sent", header_id
        for item in (
            await session.execute(text("SELECT id FROM message_items WHERE message_id = :m"), {"m": row})
        ).all():
            (await session.get_one(MessageItem, item[0])).outcome = "included"


async def arrived(story: Story) -> list[dict[str, Any]]:
    async with story.db.platform_connection() as connection:
        rows = await connection.scalars(text("SELECT body FROM outbox WHERE subject LIKE '%mail.arrived'"))
        return [opened(body)[1] for body in rows.all()]


async def test_a_mail_of_the_agency_pauses_the_ladder_and_answers_nothing(
    story: Story, gateway: Callable[..., Any], api: Api
) -> None:
    before = await story.row()
    raw = mail(f"Yes, we accept {before.reference.lower()}. Tom can come on Monday.")
    answer = await gateway(raw)
    assert answer.status_code == 202
    assert answer.json()["status"] == "matched" and answer.json()["referral_ids"] == [str(story.id)]
    after = await story.row()
    assert after.state == State.SENT and after.stage_entry == before.stage_entry
    assert after.mail_since is not None and after.paused_since is not None
    [told] = await arrived(story)
    assert told["referral_ids"] == [str(story.id)] and "Tom" not in json.dumps(told)

    again = await gateway(raw)
    assert again.status_code == 202 and len(await arrived(story)) == 1, "the same mail is one mail"
    [line] = (await api.get("/mails", unread="true", referral_id=story.id)).json()["items"]
    assert "text" not in line
    shown = await api.get(f"/mails/{line['id']}")
    assert "Tom can come" in shown.json()["text"] and shown.json()["sender"] == "team@agency.example"
    read = await api.post(f"/mails/{line['id']}/read")
    assert read.status_code == 200 and read.json()["read_by"] == "worker-1"
    assert (await story.row()).mail_since is None and (await story.row()).paused_since is None
    assert (await api.get("/mails", unread="true")).json()["items"] == []
    assert (await api.post(f"/mails/{line['id']}/read")).status_code == 200, "twice is fine"


async def test_a_stranger_who_names_an_open_reference_is_heard_and_stops_nothing(
    story: Story, gateway: Callable[..., Any], api: Api
) -> None:
    reference = (await story.row()).reference
    raw = mail(f"About {reference}: ring my own number.", sender="new.colleague@elsewhere.example")
    answer = (await gateway(raw)).json()
    assert (answer["status"], answer["referral_ids"]) == ("unmatched", []) and len(answer["mail_ids"]) == 1
    await gateway(raw)
    [told] = await arrived(story)
    assert (told["referral_ids"], told["agency_id"]) == ([str(story.id)], None)
    row = await story.row()
    assert row.mail_since is None and row.paused_since is None and row.state == State.SENT
    [line] = (await api.get("/mails", unread="true", referral_id=story.id)).json()["items"]
    # Unread, it does not hold a ladder that a mail of the agency had paused.
    known = (await gateway(mail(f"{reference}"))).json()["mail_ids"][0]
    assert (await story.row()).mail_since is not None
    await api.post(f"/mails/{known}/read")
    assert (await story.row()).mail_since is None and (await story.row()).paused_since is None
    assert (await api.post(f"/mails/{line['id']}/read")).status_code == 200
    async with story.db.platform_connection() as connection:
        read = await connection.scalars(text("SELECT body FROM outbox WHERE subject LIKE '%mail.read'"))
        assert {opened(body)[1]["mail_id"] for body in read} == {known, line["id"]}, "which closes its task"


async def test_a_stranger_who_names_what_has_ended_or_never_was_is_only_kept(
    story: Story, gateway: Callable[..., Any], api: Api
) -> None:
    reference = (await story.row()).reference
    await story.move(Move.DECLINE, reason="no_capacity")
    for said in (reference, "ZZZZZZZZ"):
        assert (await gateway(mail(f"About {said}", sender="s@elsewhere.example"))).json()["status"] == "unmatched"
    assert await arrived(story) == []


async def test_what_is_kept_is_sealed(story: Story, gateway: Callable[..., Any]) -> None:
    await gateway(mail(f"{(await story.row()).reference} canary in the text", subject="canary in the subject"))
    async with story.db.platform_connection() as connection:
        for table in ("mails", "mail_referrals", "outbox", "referral_moves"):
            rows = (await connection.scalars(text(f"SELECT t::text FROM {table} t"))).all()
            assert rows and all("canary" not in row for row in rows), table


async def test_the_ladder_goes_on_when_the_last_mail_is_read(
    story: Story, gateway: Callable[..., Any], api: Api
) -> None:
    reference = (await story.row()).reference
    ids = [(await gateway(mail(f"{reference} {n}"))).json()["mail_ids"][0] for n in range(2)]
    await api.post(f"/mails/{ids[0]}/read")
    assert (await story.row()).mail_since is not None
    await api.post(f"/mails/{ids[1]}/read")
    assert (await story.row()).mail_since is None


async def test_a_plain_reply_is_known_by_what_it_answers(story: Story, gateway: Callable[..., Any]) -> None:
    await sent_as(story, "<one@ours.example>")
    answer = await gateway(mail("yes", In_Reply_To="<one@ours.example>"))
    assert answer.json()["referral_ids"] == [str(story.id)]


@pytest.mark.parametrize("sender", ["stranger@agency.example", "team@agency.example.evil", ""])
async def test_a_strangers_mail_stops_nothing_and_is_kept(
    story: Story, gateway: Callable[..., Any], api: Api, sender: str
) -> None:
    answer = await gateway(mail((await story.row()).reference, sender=sender or "nobody"))
    assert answer.json()["status"] == "unmatched"
    assert (await story.row()).mail_since is None
    [line] = (await api.get("/mails", status="unmatched")).json()["items"]
    assert line["why"] == "unknown_sender" and line["agency_id"] is None


async def test_an_agency_names_only_its_own(
    story: Story, make_place: MakePlace, gateway: Callable[..., Any], db: Database, activities: Any, worker: Actor
) -> None:
    other = await Story(db, activities, worker, await make_place(email="other@agency.example")).sent()
    answer = await gateway(mail((await other.row()).reference))
    assert answer.json()["status"] == "unmatched" and (await other.row()).mail_since is None
    [told] = await arrived(story)
    assert told["referral_ids"] == [], "somebody reads it all the same"


async def test_own_words_count_before_what_is_quoted(
    story: Story, gateway: Callable[..., Any], db: Database, activities: Any, worker: Actor, place: Place
) -> None:
    other = await Story(db, activities, worker, place).sent()
    one, two = (await story.row()).reference, (await other.row()).reference
    answer = await gateway(mail(f"about {one}: yes\n\n> Reference {one}: x\n> Reference {two}: x"))
    assert answer.json()["referral_ids"] == [str(story.id)]


async def test_a_bounce_of_our_message_makes_undeliverable(story: Story, gateway: Callable[..., Any]) -> None:
    await sent_as(story, "<one@ours.example>")
    assert (await gateway(report("<one@ours.example>", action="delayed", status="4.4.1"))).json()["status"] == "notice"
    elsewhere = report("<other@ours.example>").replace(b"team@agency.example", b"desk@elsewhere.example")
    assert (await gateway(elsewhere)).json()["status"] == "notice"
    assert (await story.row()).state == State.SENT
    raw = report("<one@ours.example>")
    answers = await asyncio.gather(gateway(raw), gateway(raw))
    assert {answer.json()["status"] for answer in answers} == {"bounce"}
    assert (await story.row()).state == State.UNDELIVERABLE
    assert (await story.row()).stage_entry == 3, "once"


async def test_a_bounce_that_comes_after_the_answer_changes_nothing(story: Story, gateway: Callable[..., Any]) -> None:
    await sent_as(story, "<one@ours.example>")
    await story.move(Move.ACCEPT)
    await gateway(report("<one@ours.example>"))
    assert (await story.row()).state == State.ACCEPTED
    assert len(await arrived(story)) == 1, "but somebody is told that the address is dead"


async def test_an_ended_referral_is_not_stopped_but_its_mail_is_read(story: Story, gateway: Callable[..., Any]) -> None:
    await story.move(Move.DECLINE, reason="no_capacity")
    answer = await gateway(mail((await story.row()).reference))
    assert answer.json()["status"] == "matched" and (await story.row()).mail_since is None


async def test_the_same_mail_at_the_same_moment_is_one(story: Story, gateway: Callable[..., Any]) -> None:
    raw = mail((await story.row()).reference)
    answers = await asyncio.gather(*(gateway(raw) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await arrived(story)) == 1


async def test_bad_input_is_refused_and_writes_nothing(
    story: Story, gateway: Callable[..., Any], api: Api, as_role: Callable[..., Api], db: Database
) -> None:
    snapshot = bad_input.snapshot_of(db, base_of("referrals").metadata)
    before = await snapshot()
    raw = mail((await story.row()).reference)
    for body, kind, status in (
        (b"", "message/rfc822", 422),
        (b"Zq7canary", "message/rfc822", 422),
        (raw + b"Zq7canary" * 3 * 1024 * 1024, "message/rfc822", 413),
        (raw, "application/json", 415),
    ):
        answer = await gateway(body, kind)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert "Zq7canary" not in answer.text
    assert (await gateway(raw, sub=f"agency:{new_id()}")).status_code == 403
    assert (
        await api.client.post("/inbound-mail", content=raw, headers={"Content-Type": "message/rfc822"})
    ).status_code == 401
    headers = {**api.headers, "Content-Type": "message/rfc822"}
    assert (await api.client.post("/inbound-mail", content=raw, headers=headers)).status_code == 403
    assert await snapshot() == before


async def test_another_team_sees_nothing_and_stops_nothing(
    story: Story, gateway: Callable[..., Any], as_role: Callable[..., Api]
) -> None:
    raw = mail((await story.row()).reference)
    assert (await gateway(raw, teams=[new_id()], sub="theirs")).json()["status"] == "unmatched"
    assert (await story.row()).mail_since is None
    found = (await gateway(raw)).json()
    stranger = as_role("worker", teams=[new_id()])
    assert (await stranger.get("/mails")).json()["items"] == []
    one, two = await stranger.get(f"/mails/{found['mail_ids'][0]}"), await stranger.get(f"/mails/{new_id()}")
    assert one.status_code == two.status_code == 404
    assert (await stranger.post(f"/mails/{found['mail_ids'][0]}/read")).status_code == 404
    assert (await as_role("commissioner").get("/mails")).status_code == 403
    answer = await as_role("guardian").post(f"/mails/{found['mail_ids'][0]}/read")
    assert (answer.status_code, answer.json()["rule"]) == (409, "not_for_guardian")


async def test_a_watched_folder_takes_in_what_has_come_to_rest(
    story: Story, db: Database, tmp_path: Path, api: Api
) -> None:
    folder = tmp_path / "in"
    watch = Watch(db, folder)
    assert await watch.look() == 0
    (folder / "a.eml").write_bytes(mail((await story.row()).reference))
    (folder / "b.eml").write_bytes(b"no mail at all")
    (folder / ".draft.eml").write_bytes(b"x")
    (folder / "c.tmp").write_bytes(b"x")
    os.symlink("/etc/hostname", folder / "link.eml")
    assert await watch.look() == 0, "it may still be written"
    assert await watch.look() == 3
    assert sorted(path.name for path in folder.iterdir()) == [".draft.eml", "c.tmp"], "nothing stays in the clear"
    assert (await story.row()).mail_since is not None
    lines = (await api.get("/mails", status="refused")).json()["items"]
    assert {line["why"] for line in lines} == {"not_a_mail", "not_a_file"}
    told = {each["mail_id"] for each in await arrived(story)}
    assert told >= {line["id"] for line in lines} and len(told) == 3, "somebody is told of each"
    (folder / "a.eml").write_bytes(b"no mail at all")
    await watch.look()
    await watch.look()
    assert len(await arrived(story)) == 3, "the same once more is one"


async def test_a_file_goes_only_after_what_it_says_is_kept(
    story: Story, db: Database, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail((await story.row()).reference))
    nowhere = Database(settings.model_copy(update={"database_port": 1}), "referrals", "work")
    away = Watch(nowhere, tmp_path)
    await away.look()
    with pytest.raises(OperationalError):
        await away.look()
    await nowhere.dispose()
    assert path.exists() and await arrived(story) == []
    watch = Watch(db, tmp_path)
    await watch.look()
    await watch.look()
    assert not path.exists() and len(await arrived(story)) == 1


async def test_a_file_with_a_long_name_holds_up_nobody(story: Story, db: Database, tmp_path: Path, api: Api) -> None:
    watch = Watch(db, tmp_path)
    for round in ("one", "two"):
        (tmp_path / f"{'x' * 251}.eml").write_bytes(f"no mail at all {round}".encode())
        (tmp_path / f"zz-{round}.eml").write_bytes(mail(f"{(await story.row()).reference} {round}"))
        await watch.look()
        await watch.look()
        assert os.listdir(tmp_path) == []
    assert len((await api.get("/mails", status="refused")).json()["items"]) == 2
    assert len((await api.get("/mails", status="matched")).json()["items"]) == 2


async def test_two_processes_may_watch_one_folder(story: Story, db: Database, tmp_path: Path) -> None:
    one, two = Watch(db, tmp_path), Watch(db, tmp_path)
    for number in range(10):
        (tmp_path / f"{number}.eml").write_bytes(mail(f"{(await story.row()).reference} {number}"))
    await asyncio.gather(one.look(), two.look())
    await asyncio.gather(one.look(), two.look())
    assert os.listdir(tmp_path) == [] and len(await arrived(story)) == 10


async def test_an_answer_that_was_written_is_recorded_with_the_mail_read(
    story: Story, gateway: Callable[..., Any], api: Api
) -> None:
    reference = (await story.row()).reference
    await gateway(mail(f"Yes, {reference}, we take it on."))
    [line] = (await api.get("/mails", unread="true", referral_id=story.id)).json()["items"]
    path, said = f"/referrals/{story.id}/replies", {"answer": "accept"}
    lonely = await api.post(path, outcome="wrote", said=said)
    assert lonely.status_code == 422 and lonely.json()["errors"][0]["field"] == "mail_id"
    heard = await api.post(path, outcome="wrote", mail_id=line["id"], said=said)
    assert heard.status_code == 200 and heard.json()["state"] == "accepted"
    last = (await api.get(f"/referrals/{story.id}/history")).json()["items"][-1]
    assert (last["move"], last["by"], last["channel"]) == ("accept", "agency", "mail")
    after = await story.row()
    assert after.mail_since is None and after.paused_since is None
    assert (await api.get(f"/mails/{line['id']}")).json()["read_by"] == "worker-1"


async def test_a_mail_that_nobody_could_match_is_put_to_its_referral_by_hand(
    story: Story, gateway: Callable[..., Any], api: Api, as_role: Callable[..., Api]
) -> None:
    await gateway(mail("about the gentleman: we will ring", sender="someone@elsewhere.example"))
    [line] = (await api.get("/mails", status="unmatched")).json()["items"]
    reference = (await story.row()).reference
    [found] = (await api.get("/referrals", reference=reference.lower())).json()["items"]
    assert found["id"] == str(story.id)
    path = f"/referrals/{story.id}/replies"
    foreign = await as_role("worker", teams=[new_id()]).post(path, outcome="wrote", mail_id=line["id"])
    assert foreign.status_code == 404
    heard = await api.post(path, outcome="wrote", mail_id=line["id"])
    assert heard.status_code == 200 and heard.json()["state"] == "sent"
    shown = (await api.get(f"/mails/{line['id']}")).json()
    assert (shown["status"], shown["referral_ids"]) == ("matched", [str(story.id)]) and shown["read_at"]
    assert (await api.get("/mails", status="unmatched")).json()["items"] == []


async def test_a_mail_of_no_team_is_kept_counted_and_given_to_the_reader_once_there_is_one(
    story: Story, gateway: Callable[..., Any], api: Api, as_role: Callable[..., Api], db: Database, team_id: UUID,
    place: Place, activities: ReferralActivities,
) -> None:  # fmt: skip
    other = Actor("worker-2", story.worker.role, (new_id(),))
    await Story(db, activities, other, place).sent()
    both = [team_id, *other.teams]
    letter = mail("about the gentleman: we will ring", sender="someone@elsewhere.example")
    taken = await gateway(letter, teams=both)
    assert taken.status_code == 202, taken.text
    assert (await api.get("/mails", status="unmatched")).json()["items"] == []
    for role, counted in (("supervisor", None), ("admin", 1)):
        watched = (await as_role(role).get("/operations/watch")).json()
        assert watched["mails_nobody_reads"] == counted, "no team hears how many mails others have"
    await unclaimed.look_after(db, None)
    # It comes once more, now that somebody reads, and before it was given.
    await gateway(letter, teams=[team_id])
    await unclaimed.look_after(db, team_id)
    [line] = (await api.get("/mails", status="unmatched")).json()["items"]
    shown = (await api.get(f"/mails/{line['id']}")).json()
    assert shown["text"].startswith("about the gentleman") and shown["read_at"] is None
    async with db.transaction(Actor.service("referrals")) as session:
        assert await unclaimed.count(session) == 0
