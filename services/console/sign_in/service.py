"""Deciding by password whether somebody is the holder of an account, in this one place."""

from ipaddress import IPv4Address, IPv6Network, ip_address
from uuid import UUID

from services.console.staff import passwords
from services.console.staff import service as staff
from services.console.staff.rules import key_of
from services.console.web.pages import Limit, address_of
from services.console.web.visit import Visit

# Guesses at one account's password from one place; attempts at many accounts from one place; and guesses at one
# account's password from anywhere. The last limit is large: guessing must not lock the account's owner out either.
PER_NAME_AND_ADDRESS = Limit(count=10, seconds=900)
PER_ADDRESS = Limit(count=100, seconds=900)
PER_NAME = Limit(count=100, seconds=900)
# Guesses at the password of an open or locked session. Nobody without that session can use this limit up.
PER_SESSION = Limit(count=10, seconds=900)


async def spend_attempt(at: Visit, sign_in: str) -> None:
    """Count one attempt to sign in. Raises a 429 problem once there were too many, right password or not.

    The order matters: attempts refused for one place use nothing of the limits that everybody shares.
    """
    for bucket in _buckets(at, sign_in):
        await at.house.limiter.spend(*bucket)


async def forgive_attempt(at: Visit, sign_in: str) -> None:
    """Take the attempt of a successful sign-in back: only guesses count."""
    for bucket in _buckets(at, sign_in):
        await at.house.limiter.give_back(*bucket)


async def proves(at: Visit, kept: str | None, password: str) -> bool:
    """Return whether the holder of this session knows its password. Raises a 429 problem after too many guesses."""
    bucket = ("password-of-session", at.session_token or "", PER_SESSION)
    await at.house.limiter.spend(*bucket)
    if not await passwords.matches(kept, password):
        return False
    await at.house.limiter.give_back(*bucket)
    return True


def _buckets(at: Visit, sign_in: str) -> tuple[tuple[str, str, Limit], ...]:
    name, place = key_of(sign_in), place_of(address_of(at.request))
    return (
        ("sign-in-name-address", f"{name} {place}", PER_NAME_AND_ADDRESS),
        ("sign-in-address", place, PER_ADDRESS),
        ("sign-in-name", name, PER_NAME),
    )


def place_of(address: str) -> str:
    """Return the place that guesses come from: who has one IPv6 address has the 2^64 addresses beside it too."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


async def by_password(at: Visit, sign_in: str, password: str) -> UUID | None:
    """Return the account if the password is right and it may sign in; an unknown name takes as long as a known one."""
    async with at.transaction() as tx:
        account = await staff.by_sign_in(tx, sign_in)
    kept = account.password_hash if account else None
    right = await passwords.matches(kept, password)
    if account is None or kept is None or not right or account.disabled_at is not None:
        return None
    if passwords.outdated(kept):
        again = await passwords.hashed(password)
        async with at.transaction() as tx:
            await staff.keep_rehashed(tx, account.id, again)
    return account.id
