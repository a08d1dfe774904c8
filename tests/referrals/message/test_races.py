"""Answers, withdrawals, deaths of processes and engines, between a step and its mail: many rounds, real concurrency."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals import mailer as mailing
from services.referrals.codes import Move
from services.referrals.message.models import Message, MessageItem
from services.referrals.message.words import Kind, Status
from services.referrals.outbound import permits
from services.referrals.outbound.permits import IntakeAway
from services.referrals.outbound.transport import Folder
from services.referrals.referral import service
from services.referrals.referral.position import Position
from services.referrals.referral.rules import Answer
from services.referrals.referral.service import Request
from services.referrals.referral.transitions import Attribution
from shared import clock
from shared.practice.calendar import local_day
from tests.referrals.conftest import MakePlace, Place
from tests.referrals.message.post import Post, code_in, read, token_in
from tests.referrals.stories import Story

ROUNDS = 20


class Killed(BaseException):
    """Stands for the end of a process at that point: nothing of ours handles it."""


class Dying(Folder):
    """A way out whose process dies before or after the mail has left."""

    def __init__(self, folder: Path, *, left: bool) -> None:
        super().__init__(folder)
        self.left = left

    async def send(self, name: str, sender: str, recipient: str, mail: EmailMessage) -> None:
        if self.left:
            await super().send(name, sender, recipient, mail)
        raise Killed


class Noting(Folder):
    """A folder that notes when each mail began to leave."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.left: dict[str, datetime] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Any]:
        async with super().open():
            # Other processes get their turn between looking and closing.
            await asyncio.sleep(random.uniform(0, 0.03))
            yield self

    async def send(self, name: str, sender: str, recipient: str, mail: EmailMessage) -> None:
        self.left[name] = clock.now()
        await super().send(name, sender, recipient, mail)


async def reminded(post: Post, place: Place) -> Story:
    """The first message has gone and a reminder stands in the day's list, which closes in a moment."""
    story = await post.story(place)
    [first] = await post.messages(agency_id=place.agency_id)
    assert await post.mailer().deliver(first.id) == "sent"
    await post.remind(story)
    return story


async def all_reminded(post: Post, make_place: MakePlace) -> list[Story]:
    """Many of them, each with an agency of its own."""
    return [await reminded(post, await make_place()) for _ in range(ROUNDS)]


@pytest.fixture
async def morning(post: Post) -> Post:
    """Just before a list closes."""
    post.to_the_morning(time(9, 46))
    return post


async def test_a_withdrawal_committed_before_the_mail_lets_nothing_leave(morning: Post, make_place: MakePlace) -> None:
    post = morning
    for _ in range(5):
        story = await reminded(post, await make_place())
        await post.withdraw(story)
        assert await post.mailer().round() == [Status.VOID]
    assert [m.why for m in await post.messages(kind=Kind.REMINDERS)] == ["withdrawn"] * 5
    assert len(post.mails()) == 5, "the first ones only"


async def test_a_withdrawal_at_the_same_moment_comes_before_the_permit_or_after_it(
    morning: Post, make_place: MakePlace
) -> None:
    """Whoever comes first in intake: a mail that left was permitted before the withdrawal was committed."""
    post = morning
    stories = await all_reminded(post, make_place)
    way = Noting(post.folder)
    mailers = [post.mailer(way), post.mailer(way)]

    async def withdraw(story: Story) -> None:
        await asyncio.sleep(random.uniform(0, 2))
        await post.withdraw(story)

    async def keep_mailing() -> None:
        while await post.messages(kind=Kind.REMINDERS, status=Status.WAITING):
            await asyncio.gather(*(mailer.round() for mailer in mailers))

    await asyncio.gather(keep_mailing(), *(withdraw(story) for story in stories))
    reminders = {(await post.items(m))[0].referral_id: m for m in await post.messages(kind=Kind.REMINDERS)}
    left = 0
    for story in stories:
        message = reminders[story.id]
        rows = await post.intake.rows(
            "SELECT p.granted_at, c.withdrawn_recorded_at FROM consents c LEFT JOIN permits p"
            " ON p.referral_id = :referral AND p.request_id LIKE :request WHERE c.id = :consent",
            referral=story.id,
            request=f"mail-{message.id}-%",
            consent=post.consents[story.id],
        )
        permitted, withdrawn = rows[0]
        if str(message.id) in way.left:
            left += 1
            assert message.status == Status.SENT
            assert permitted is not None and permitted <= withdrawn
        else:
            assert message.status == Status.VOID and message.why == "withdrawn"
            assert permitted is None
    print(f"{left} of {ROUNDS} had left before")


async def test_an_answer_at_the_same_moment_is_never_followed_by_a_mail(morning: Post, make_place: MakePlace) -> None:
    post = morning
    stories = await all_reminded(post, make_place)
    way = Noting(post.folder)
    mailers = [post.mailer(way), post.mailer(way)]
    seen: dict[Any, str] = {}

    async def accept(session: AsyncSession, position: Position) -> None:
        # What became of the mail by the time the answer has the referral to itself.
        mine = select(Message.status).join(MessageItem).where(MessageItem.referral_id == position.referral.id)
        seen[position.referral.id] = str(await session.scalar(mine.where(Message.kind == Kind.REMINDERS)))
        answer = Answer(Move.ACCEPT, local_day(clock.now()))
        await service.move(session, position, Request(answer, Attribution("agency", clock.now())))

    async def answer(story: Story) -> None:
        await asyncio.sleep(random.uniform(0, 0.6))
        await story.do(accept)

    async def keep_mailing() -> None:
        while await post.messages(kind=Kind.REMINDERS, status=Status.WAITING):
            await asyncio.gather(*(mailer.round() for mailer in mailers))

    await asyncio.gather(keep_mailing(), *(answer(story) for story in stories))
    for message in await post.messages(kind=Kind.REMINDERS):
        [item] = await post.items(message)
        # It was written down as being sent before the answer had its turn, or it never left.
        assert (str(message.id) in way.left) == (seen[item.referral_id] in (Status.SENDING, Status.SENT))
        if str(message.id) not in way.left:
            assert (item.outcome, item.why, message.status) == ("dropped", "answered", Status.VOID)


@pytest.mark.parametrize("left", [False, True])
async def test_a_process_that_dies_while_sending_is_followed_by_the_same_mail(
    post: Post, place: Place, left: bool
) -> None:
    await post.story(place)
    [message] = await post.messages()
    with pytest.raises(Killed):
        await post.mailer(Dying(post.folder, left=left)).deliver(message.id)
    [message] = await post.messages()
    assert message.status == Status.SENDING
    before = post.mails()
    assert len(before) == left
    assert await post.mailer().round() == ["sent"]
    [after] = post.mails()
    for mail in before:
        assert mail["Message-ID"] == after["Message-ID"]
        assert (token_in(mail), code_in(mail)) == (token_in(after), code_in(after))
    [message] = await post.messages()
    assert message.status == Status.SENT and message.attempts == 2


async def test_what_may_have_left_and_is_not_wanted_any_more_stays_unclear(post: Post, place: Place) -> None:
    story = await post.story(place)
    [message] = await post.messages()
    with pytest.raises(Killed):
        await post.mailer(Dying(post.folder, left=True)).deliver(message.id)
    await story.move(Move.WITHDRAW, by="worker-1", reason="ours")
    assert sorted(await post.mailer().round()) == ["sent", Status.UNCLEAR]
    found = await post.disclosures(story)
    assert found[0] == ("send", "sent"), "the person has a right to know that it may have left"
    assert [mail["Subject"].endswith("please reply") for mail in post.mails()].count(False) == 1, "and they hear of it"


async def test_while_intake_is_away_nothing_leaves(
    silent_post: Post, place: Place, answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = silent_post
    monkeypatch.setattr(permits, "PATIENCE_SECONDS", 1.0)
    story = await post.story(place)
    with pytest.raises(IntakeAway):
        await post.mailer().round()
    [message] = await post.messages()
    assert post.mails() == [] and (message.status, message.why) == (Status.WAITING, "intake_away")
    row = await story.row()
    assert (row.state, row.send_waits) == ("draft", "intake_away")
    async with answering():
        assert await post.mailer().round() == ["sent"]


async def test_what_intake_was_not_told_is_told_later(
    silent_post: Post, place: Place, answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = silent_post
    async with answering():
        story = await post.story(place)
        await post.mailer().round()
        post.to_the_morning(time(9, 46))
        await post.remind(story)
        with monkeypatch.context() as patch:
            patch.setattr(mailing.permits, "confirm", _away)
            with pytest.raises(IntakeAway):
                await post.mailer().round()
        assert (await post.messages(kind=Kind.REMINDERS))[0].status == Status.SENT
        assert (await post.disclosures(story))[-1] == ("chase", "live")
        await post.mailer().round()
        assert (await post.disclosures(story))[-1] == ("chase", "sent")


async def _away(*_: object) -> None:
    raise IntakeAway


async def test_steps_and_the_closing_of_their_list_at_the_same_moment_lose_none(morning: Post, place: Place) -> None:
    """Whichever list a step joined, it was in a mail or waits in the next one; nobody waits in a circle."""
    post = morning
    stories = [await post.story(place) for _ in range(ROUNDS)]
    await post.mailer().round()

    async def step(story: Story) -> None:
        await asyncio.sleep(random.uniform(0, 0.5))
        await post.remind(story)

    async def keep_mailing() -> None:
        mailer = post.mailer()
        for _ in range(20):
            await mailer.round()
            await asyncio.sleep(0.03)

    await asyncio.gather(keep_mailing(), *(step(story) for story in stories))
    seen: dict[Any, str] = {}
    for message in await post.messages(kind=Kind.REMINDERS):
        for item in await post.items(message):
            assert item.referral_id not in seen, "one step, one list"
            seen[item.referral_id] = message.status
            if message.status == Status.SENT:
                assert item.outcome == "included"
                mail = read((post.folder / f"{message.id}.eml").read_bytes())
                assert next(s for s in stories if s.id == item.referral_id)
                assert str(message.id) in mail["Message-ID"]
    assert set(seen) == {story.id for story in stories}
    assert set(seen.values()) <= {Status.SENT, Status.WAITING}
