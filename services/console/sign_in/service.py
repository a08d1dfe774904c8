"""Is it him? The one place that decides it by password."""

from ipaddress import IPv4Address, IPv6Network, ip_address
from uuid import UUID

from services.console.staff import passwords
from services.console.staff import service as staff
from services.console.staff.rules import key_of
from services.console.web.pages import Limit, address_of
from services.console.web.visit import Visit

# Guessing one account's password from one place; trying many accounts from one place; and guessing one account's
# password from wherever. The last is large: whoever cannot guess must not be able to keep its owner out either.
PER_NAME_AND_ADDRESS = Limit(count=10, seconds=900)
PER_ADDRESS = Limit(count=100, seconds=900)
PER_NAME = Limit(count=100, seconds=900)
# Guessing the password of a session that is open or locked. Nobody without that session can use it up.
PER_SESSION = Limit(count=10, seconds=900)


async def spend_attempt(at: Visit, sign_in: str) -> None:
    """Count one attempt to sign in. Raises a 429 problem once there were too many, right password or not.

    In this order: what one place tries in vain uses nothing up of what everybody shares.
    """
    for bucket in _buckets(at, sign_in):
        await at.house.limiter.spend(*bucket)


async def forgive_attempt(at: Visit, sign_in: str) -> None:
    """It was he: only guesses count."""
    for bucket in _buckets(at, sign_in):
        await at.house.limiter.give_back(*bucket)


async def proves(at: Visit, kept: str | None, password: str) -> bool:
    """Whether whoever has this session knows its password still. Raises a 429 problem after too many guesses."""
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
    """One place that guesses come from: whoever has one address of IPv6 has the 2^64 beside it too."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


async def by_password(at: Visit, sign_in: str, password: str) -> UUID | None:
    """The account, when the password is right and the account may sign in. Takes as long for a name nobody has."""
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
