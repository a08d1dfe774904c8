"""The link that creates the first administrator of a stack."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.settings import Settings


async def is_needed(settings: "Settings") -> bool:
    """Return whether the stack has no administrator. No link is issued, and an earlier one stays valid."""
    from services.console.staff import invitations
    from shared.context import Actor
    from shared.db.session import Database

    database = Database(settings, "console", "work")
    try:
        async with database.transaction(Actor.service("console")) as tx:
            return await invitations.needs_first_admin(tx)
    finally:
        await database.dispose()


async def link(settings: "Settings") -> str | None:
    """Issue a one-time link, which invalidates the one before; return None when there is an administrator."""
    from services.console.staff import invitations
    from shared.context import Actor
    from shared.db.session import Database

    database = Database(settings, "console", "work")
    try:
        async with database.transaction(Actor.service("console")) as tx:
            if not await invitations.needs_first_admin(tx):
                return None
            return f"{settings.console_url.rstrip('/')}/begin/{await invitations.invite(tx, None)}"
    finally:
        await database.dispose()
