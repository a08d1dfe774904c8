"""The link that makes the one administrator of a stack which has none."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.settings import Settings


async def is_needed(settings: "Settings") -> bool:
    """True while nobody can let others in. No link is made, and the one before still works."""
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
    """A fresh one-time link; the one before is void. None when there is an administrator already."""
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
