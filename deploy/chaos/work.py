"""Ordinary work of a client program that retries with the same key and body until there is an answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from deploy.demo.api import ApiError

T = TypeVar("T")

TOLD = {"safe_contact": "only in person, through us", "need": "an assessment (synthetic)"}


async def steady(ask: Callable[[], Awaitable[T]], *, also: Collection[int] = (), seconds: float = 60) -> T:
    """Retry while the service is unavailable (no answer, 5xx, or a status of `also`); every other answer is final."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        except ApiError as error:
            if (error.status < 500 and error.status not in also) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)


@dataclass
class Person:
    """Hold what was accepted about one person: answered with 2xx, so it must be neither lost nor doubled."""

    person: str
    case: str = ""
    plan: str = ""
    referrals: list[str] = field(default_factory=list[str])
