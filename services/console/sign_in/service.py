"""Is it him? The one place that decides it by password."""

from uuid import UUID

from services.console.staff import passwords
from services.console.staff import service as staff
from services.console.staff.rules import key_of
from services.console.web.pages import Limit, address_of
from services.console.web.visit import Visit

# Guessing one account's password, from wherever; and trying many accounts from one place.
PER_NAME = Limit(count=10, seconds=900)
PER_ADDRESS = Limit(count=100, seconds=900)


async def spend_attempt(at: Visit, sign_in: str) -> None:
    """Count one attempt. Raises a 429 problem once there were too many, whether the password is right or not."""
    limiter = at.house.limiter
    await limiter.spend("sign-in-address", address_of(at.request), PER_ADDRESS)
    await limiter.spend("sign-in-name", key_of(sign_in), PER_NAME)


async def forgive_attempt(at: Visit, sign_in: str) -> None:
    """It was he: only guesses count."""
    limiter = at.house.limiter
    await limiter.give_back("sign-in-address", address_of(at.request), PER_ADDRESS)
    await limiter.give_back("sign-in-name", key_of(sign_in), PER_NAME)


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
