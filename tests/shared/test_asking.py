"""Questions between services: answered once, sealed, bound to what was asked; no answer is no answer."""

import asyncio
from dataclasses import dataclass

import pytest
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from shared import asking
from shared.asking import NoAnswer, answering, ask
from shared.crypto.sealed import seal
from shared.ids import new_id


@dataclass(frozen=True)
class Question:
    word: str


@dataclass(frozen=True)
class Answer:
    word: str


async def shout(question: Question) -> Answer:
    return Answer(question.word.upper())


@pytest.fixture
def subject() -> str:
    return f"ask.test.{new_id().hex}"


async def test_a_question_is_answered_by_one_of_a_group(nats_connection: Nats, subject: str) -> None:
    by: list[int] = []

    def numbered(number: int):  # type: ignore[no-untyped-def]
        async def answer(question: Question) -> Answer:
            by.append(number)
            return await shout(question)

        return answer

    async with (
        answering(nats_connection, subject, "test", Question, numbered(1)),
        answering(nats_connection, subject, "test", Question, numbered(2)),
    ):
        words = [f"w{number}" for number in range(30)]
        found = await asyncio.gather(*(ask(nats_connection, subject, Question(word), Answer, 10) for word in words))
    assert [each.word for each in found] == [word.upper() for word in words] and len(by) == 30


async def test_nobody_there_and_nobody_in_time_are_no_answer(nats_connection: Nats, subject: str) -> None:
    with pytest.raises(NoAnswer):
        await ask(nats_connection, subject, Question("a"), Answer, 10)

    async def fails(question: Question) -> Answer:
        raise ValueError("cannot")

    async with answering(nats_connection, subject, "test", Question, fails):
        with pytest.raises(NoAnswer):
            await ask(nats_connection, subject, Question("a"), Answer, 0.2)


async def test_what_passes_is_sealed_and_an_answer_belongs_to_its_question(nats_connection: Nats, subject: str) -> None:
    seen: list[bytes] = []

    async def listen(message: Msg) -> None:
        seen.append(message.data)

    spy = await nats_connection.subscribe(subject, cb=listen)
    async with answering(nats_connection, subject, "test", Question, shout):
        assert (await ask(nats_connection, subject, Question("secret"), Answer, 10)).word == "SECRET"
    await spy.unsubscribe()
    assert len(seen) == 1 and b"secret" not in seen[0]

    async def forge(message: Msg) -> None:
        # What was said to another question, with the keys of this installation.
        await message.respond(seal(b'{"word": "SECRET"}', asking._bound(subject, str(new_id()), "answer")))

    forger = await nats_connection.subscribe(subject, cb=forge)
    with pytest.raises(NoAnswer):
        await ask(nats_connection, subject, Question("other"), Answer, 5)
    await forger.unsubscribe()
