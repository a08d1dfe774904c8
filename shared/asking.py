"""Sealed questions from one service to another and their answers, by NATS request and reply.

Question and answer are sealed with the keys of the installation and bound to their subject and to the id of the
question, so that neither can be read in transit, moved to another subject, or used as the answer to another question.
The caller decides what a missing answer means: this module stores nothing and does not retry.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import TypeAdapter, ValidationError

from shared import log
from shared.crypto.keyring import SealBroken
from shared.crypto.sealed import seal, unseal
from shared.ids import new_id

ID = "Ask-Id"
AT_ONCE = 20

Q = TypeVar("Q")
A = TypeVar("A")


class NoAnswer(Exception):
    """Nobody answered in time, or not with an answer to this question."""


async def ask(nats: Client, subject: str, question: object, answer: type[A], seconds: float) -> A:
    """Send a question and return its answer. Raise NoAnswer when none arrives within `seconds`."""
    id = str(new_id())
    data = seal(_json(type(question)).dump_json(question), _bound(subject, id, "question"))
    try:
        # A disconnected client would buffer the question and send it after its caller has stopped waiting.
        if not nats.is_connected:
            raise NoAnswer("not connected")
        reply = await nats.request(subject, data, timeout=seconds, headers={ID: id})
        return _json(answer).validate_json(unseal(reply.data, _bound(subject, id, "answer")))
    except (NatsError, SealBroken, ValidationError, TimeoutError, OSError) as error:
        raise NoAnswer(type(error).__name__) from error


@asynccontextmanager
async def answering(
    nats: Client, subject: str, group: str, question: type[Q], answer: Callable[[Q], Awaitable[object]]
) -> AsyncGenerator[None]:
    """Answer questions on `subject` while the block runs, `AT_ONCE` at a time; each goes to one process of `group`.

    A question that cannot be answered gets no reply: its caller has a timeout of its own.
    """
    running: set[asyncio.Task[None]] = set()
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(message: Msg) -> None:
        async with slots:
            try:
                await message.respond(await _answered(message, subject, question, answer))
            except Exception:
                log.get(part="answering").warning("a question was not answered", subject=subject, exc_info=True)

    async def on_message(message: Msg) -> None:
        task = asyncio.create_task(one(message))
        running.add(task)
        task.add_done_callback(running.discard)

    subscription = await nats.subscribe(subject, queue=group, cb=on_message)  # pyright: ignore[reportUnknownMemberType]
    # From here on the server has registered the subscription.
    await nats.flush()
    try:
        yield
    finally:
        if nats.is_connected:
            await subscription.unsubscribe()
        if running:
            await asyncio.wait(running)


async def _answered(message: Msg, subject: str, question: type[Q], answer: Callable[[Q], Awaitable[object]]) -> bytes:
    id = (message.headers or {}).get(ID, "")
    asked = _json(question).validate_json(unseal(message.data, _bound(subject, id, "question")))
    found = await answer(asked)
    return seal(_json(type(found)).dump_json(found), _bound(subject, id, "answer"))


def _bound(subject: str, id: str, part: str) -> bytes:
    return f"ask|1|{subject}|{id}|{part}".encode()


@cache
def _json(of: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(of)
