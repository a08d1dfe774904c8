"""Passwords: argon2id, off the event loop and few at a time, and as slow for a name that nobody has."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["hashed", "matches", "outdated"]

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each hash needs memory and a core: a flood of attempts waits for its turn, while other people's pages go on.
_turns = asyncio.Semaphore(2)
_nobody = _hasher.hash("nobody has this password")


async def hashed(password: str) -> str:
    """Return the hash under which a password is stored."""
    async with _turns:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(kept: str | None, password: str) -> bool:
    """Return whether the password is right. Without a hash the work is done too, so that timing reveals no names."""
    async with _turns:
        return await asyncio.to_thread(_verify, kept or _nobody, password) and kept is not None


def outdated(kept: str) -> bool:
    """Return whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(kept)


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
